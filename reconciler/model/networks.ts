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

/**
 * Returns the document that leads from `before` to `document` in the kernel: networks whose uplink no network has any more
 * are in it as released, so that addresses and routes go back to the uplink before the bridge goes.
 * Law: means what `document` means when that has all uplinks of `before`. Only to plan with, never to be written.
 */
export function withDeparting(document: VnetDocument, before: VnetDocument): VnetDocument {
  const held = new Set(bridgeNetworks(document).map(([, { uplink }]) => uplink.name));
  const gone = bridgeNetworks(before).filter(([, { uplink }]) => !held.has(uplink.name));
  if (gone.length === 0) return document;
  const released = gone.map(([name, network]): [string, BridgeNetwork] => [
    bridgeNetworkOf(document, name) === undefined ? name : `${name} (before)`,
    { ...network, uplink: { ...network.uplink, released: true } },
  ]);
  return { ...document, networks: { ...document.networks, ...Object.fromEntries(released) } };
}

/** Returns the networks that have a bridge, with their names. */
export function bridgeNetworks(document: VnetDocument): readonly (readonly [string, BridgeNetwork])[] {
  return Object.entries(document.networks).flatMap(([name, network]) =>
    network.mode === 'bridge' ? [[name, network] as const] : [],
  );
}
