/** The modes, by name. Pure. */
import type { Network } from '../../../schemas/generated/vnet.ts';
import { addresses } from './addresses.ts';
import { bridge } from './bridge/bridge.ts';
import type { Mode } from './mode.ts';

const MODES: { readonly [M in Network['mode']]: Mode<Extract<Network, { mode: M }>> } = { bridge, addresses };

/** Returns the mode of the network, or of anything else that names a mode. */
export function modeOf({ mode }: Pick<Network, 'mode'>): Mode {
  return MODES[mode];
}

/** Returns all modes, the usual one first. */
export function allModes(): readonly Mode[] {
  return Object.values(MODES);
}
