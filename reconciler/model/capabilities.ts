/** The networks of a document by the capabilities of their mode. Pure. */
import type { Network, VnetDocument } from '../../schemas/generated/vnet.ts';
import type { Mode } from './modes/mode.ts';
import { modeOf } from './modes/registry.ts';
import { BEFORE_SUFFIX } from './names.ts';

/** A capability of a mode. */
type Capability = 'attach' | 'takeover' | 'untouched';

/** A network and its mode, which has the capability. */
export type NetworkWith<C extends Capability> = {
  readonly name: string;
  readonly network: Network;
  readonly mode: Mode & Required<Pick<Mode, C>>;
};

/** Returns the networks whose mode has the capability. */
export function networksWith<C extends Capability>(
  document: VnetDocument,
  capability: C,
): readonly NetworkWith<C>[] {
  return Object.entries(document.networks).flatMap(([name, network]) => {
    const mode = modeOf(network);
    return hasCapability(mode, capability) ? [{ name, network, mode }] : [];
  });
}

function hasCapability<C extends Capability>(
  mode: Mode,
  capability: C,
): mode is Mode & Required<Pick<Mode, C>> {
  return mode[capability] !== undefined;
}

/** Returns the network in its state after `vnet release`. */
export function releasedNetwork({ network, mode: { takeover } }: NetworkWith<'takeover'>): Network {
  return takeover.withUplink(network, { ...takeover.uplink(network), released: true });
}

/**
 * Returns the document for the transition from `before` to `document`: networks whose uplink is in no network
 * any more are added as released, so that addresses and routes return to the uplink before the bridge is
 * deleted.
 * Law: equal to `document` if it has all uplinks of `before`. For planning only, never written.
 */
export function withRemovedNetworks(document: VnetDocument, before: VnetDocument): VnetDocument {
  const present = networksWith(document, 'takeover');
  const held = new Set(present.map(uplinkName));
  const gone = networksWith(before, 'takeover').filter((one) => !held.has(uplinkName(one)));
  if (gone.length === 0) return document;
  const released = gone.map((one): [string, Network] => [
    document.networks[one.name] === undefined ? one.name : one.name + BEFORE_SUFFIX,
    releasedNetwork(one),
  ]);
  return { ...document, networks: { ...document.networks, ...Object.fromEntries(released) } };
}

function uplinkName({ network, mode }: NetworkWith<'takeover'>): string {
  return mode.takeover.uplink(network).name;
}
