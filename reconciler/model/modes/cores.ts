/** The cores of the modes, by name. Pure. */
import type { Network } from '../../../schemas/generated/vnet.ts';
import type { NftSets } from '../kinds/nft-element.ts';
import { BROUTE_SETS } from '../policy/table/broute-sets.ts';
import { addresses } from './addresses.ts';
import { bridgeCore } from './bridge/core.ts';
import type { ModeCore } from './core.ts';
import { routedCore } from './routed/core.ts';
import { transparentCore } from './transparent/core.ts';

/** The cores of all modes, the default first. */
export const CORES = {
  bridge: bridgeCore,
  transparent: transparentCore,
  routed: routedCore,
  addresses,
} satisfies {
  readonly [M in Network['mode']]: ModeCore<Extract<Network, { mode: M }>>;
};

/** The mode of a network whose CNI configuration does not name one. */
export const DEFAULT_MODE = 'bridge' satisfies Network['mode'];

/** Returns the core of the network's mode. */
export function coreOf(network: Network): ModeCore {
  return CORES[network.mode];
}

/** Returns the nftables sets of all modes, and those of policies, by name. */
export function nftSets(): NftSets {
  return Object.assign({}, BROUTE_SETS, ...Object.values(CORES).map(({ sets }) => sets));
}

/** Returns the cores of the modes that attach pods. */
export function attachingModes(): readonly ModeCore[] {
  return Object.values(CORES).filter((core) => core.attach !== undefined);
}
