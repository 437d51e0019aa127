/** The modes, by name. Pure. */
import type { Network } from '../../../schemas/generated/vnet.ts';
import { bridge } from './bridge/bridge.ts';
import { CORES } from './cores.ts';
import type { Mode } from './mode.ts';
import { routed } from './routed/routed.ts';
import { transparent } from './transparent/transparent.ts';

/** A mode that is a single record is its own core. */
const MODES: { readonly [M in Network['mode']]: Mode<Extract<Network, { mode: M }>> } = {
  ...CORES,
  bridge,
  transparent,
  routed,
};

/** Returns the mode of the network, or of another value that names a mode. */
export function modeOf({ mode }: Pick<Network, 'mode'>): Mode {
  return MODES[mode];
}

/** Returns all modes, the default first. */
export function allModes(): readonly Mode[] {
  return Object.values(MODES);
}
