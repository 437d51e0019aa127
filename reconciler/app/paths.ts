/** The paths of a node's files. Pure. */

/**
 * The paths of one node.
 * Shape: all absolute; `stateDirectory` is the document's and survives reboots; of `bootIds` the first
 * existing file is read.
 */
export type NodePaths = {
  readonly document: string;
  readonly stateDirectory: string;
  readonly runDirectory: string;
  readonly bootIds: readonly string[];
};

/** Command-line options that change the paths. */
export type PathChoice = { readonly root?: string | undefined; readonly document?: string | undefined };

/**
 * Returns the paths, from the choice, else VNET_ROOT and VNET_DOCUMENT, else the defaults.
 * A root prefixes the defaults; an explicitly named document is used unchanged.
 */
export function resolvePaths(
  choice: PathChoice,
  environment: Readonly<Record<string, string | undefined>>,
): NodePaths {
  const root = (choice.root ?? environment['VNET_ROOT'] ?? '').replace(/\/+$/, '');
  const bootId = '/proc/sys/kernel/random/boot_id';
  const document = choice.document ?? environment['VNET_DOCUMENT'] ?? `${root}/var/lib/vnet/vnet.yaml`;
  const slash = document.lastIndexOf('/');
  return {
    document,
    stateDirectory: slash < 0 ? '.' : document.slice(0, slash) || '/',
    runDirectory: `${root}/run/vnet`,
    bootIds: root === '' ? [bootId] : [`${root}${bootId}`, bootId],
  };
}

/** Returns the root of these paths, without a slash at its end; '' on a machine. */
export function rootOf({ runDirectory }: NodePaths): string {
  return runDirectory.slice(0, -'/run/vnet'.length);
}
