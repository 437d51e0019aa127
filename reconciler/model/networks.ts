/** The networks of a document, by name and by mode. Pure. */
import type { BridgeNetwork, Network, VnetDocument } from '../../schemas/generated/vnet.ts';

/** Returns the network of the name, if the document has it; `constructor` is a name like any other. */
export function networkOf(document: VnetDocument | undefined, name: string): Network | undefined {
  return document !== undefined && Object.hasOwn(document.networks, name)
    ? document.networks[name]
    : undefined;
}

/** Returns the network of the name, if it is one that has a bridge. */
export function bridgeNetworkOf(document: VnetDocument, name: string): BridgeNetwork | undefined {
  const network = networkOf(document, name);
  return network?.mode === 'bridge' ? network : undefined;
}

/** Returns the networks that have a bridge, with their names. */
export function bridgeNetworks(document: VnetDocument): readonly (readonly [string, BridgeNetwork])[] {
  return Object.entries(document.networks).flatMap(([name, network]) =>
    network.mode === 'bridge' ? [[name, network] as const] : [],
  );
}
