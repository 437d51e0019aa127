/** The networks of a document, by name. Pure. */
import type { Network, Probe, VnetDocument } from '../../schemas/generated/vnet.ts';
import type { Attaching, ModeCore, NetworkLinks } from './modes/core.ts';
import { coreOf } from './modes/cores.ts';
import { ownValue } from './objects.ts';

/** Returns the network of that name; undefined if the document has none. */
export function networkOf(document: VnetDocument | undefined, name: string): Network | undefined {
  return ownValue(document?.networks, name);
}

/** A network whose mode attaches pods. */
export type AttachingNetwork = {
  readonly name: string;
  readonly network: Network;
  readonly core: ModeCore;
  readonly attach: Attaching;
};

/** Returns the network of that name if its mode attaches pods; else undefined. */
export function attachingNetworkOf(document: VnetDocument, name: string): AttachingNetwork | undefined {
  const network = networkOf(document, name);
  const core = network && coreOf(network);
  return core?.attach && network && { name, network, core, attach: core.attach };
}

/** Returns the links that each network names. */
export function networkLinks({ networks }: VnetDocument): readonly NetworkLinks[] {
  return Object.values(networks).map((network) => coreOf(network).links(network));
}

/** Returns true for a network whose uplink was released by `vnet release`: no pod can be attached to it. */
export function isReleased(network: Network): boolean {
  return coreOf(network).links(network).uplink?.released === true;
}

/** Returns the section for probes, which a network of any mode that attaches pods may have; undefined without one. */
export function probeOf({ probe }: Pick<Network, 'mode'> & { readonly probe?: Probe }): Probe | undefined {
  return probe;
}
