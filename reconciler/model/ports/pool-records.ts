/** Records of CNI calls about the pools of a node, in its run directory. Types, and the names of the files. */

/** A source of a pool whose last answer was none. Units: milliseconds since the epoch. */
export type SilentSource = { readonly network: string; readonly message: string; readonly askedAtMs: number };

/** An address and the MAC that answered for it. Units: milliseconds since the epoch. */
export type AnsweredProbe = { readonly address: string; readonly mac: string; readonly atMs: number };

/** Returns the path of the last query of the host endpoint for the network: `<runDirectory>/pool-<network>.json`. */
export function poolQueryPath(runDirectory: string, network: string): string {
  return `${runDirectory}/pool-${encodeURIComponent(network)}.json`;
}
