/** The networks of a document by what their mode can do. Pure. */
import type { Network, VnetDocument } from '../../schemas/generated/vnet.ts';
import type { Mode } from './modes/mode.ts';
import { modeOf } from './modes/registry.ts';

/** A capability of a mode. */
type Capability = 'attach' | 'takeover';

/** A network with its mode, which has the capability. */
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

/** Returns the network as `vnet release` leaves it. */
export function asReleased({ network, mode: { takeover } }: NetworkWith<'takeover'>): Network {
  return takeover.withUplink(network, { ...takeover.uplink(network), released: true });
}

/**
 * Returns the document that leads from `before` to `document` in the kernel: networks whose uplink no network has any more
 * are in it as released, so that addresses and routes go back to the uplink before the bridge goes.
 * Law: means what `document` means when that has all uplinks of `before`. Only to plan with, never to be written.
 */
export function withDeparting(document: VnetDocument, before: VnetDocument): VnetDocument {
  const present = networksWith(document, 'takeover');
  const held = new Set(present.map(uplinkName));
  const gone = networksWith(before, 'takeover').filter((one) => !held.has(uplinkName(one)));
  if (gone.length === 0) return document;
  const released = gone.map((one): [string, Network] => [
    present.some(({ name }) => name === one.name) ? `${one.name} (before)` : one.name,
    asReleased(one),
  ]);
  return { ...document, networks: { ...document.networks, ...Object.fromEntries(released) } };
}

function uplinkName({ network, mode }: NetworkWith<'takeover'>): string {
  return mode.takeover.uplink(network).name;
}
