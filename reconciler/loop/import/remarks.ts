/** Remarks for the administrator about a node of azure-vnet, besides its endpoints. Pure. */
import type { Endpoint } from '../../../schemas/generated/vnet.ts';
import type { AzureNetwork, AzureUplink } from '../../azure/state.ts';
import { familyOf, normaliseAddress, normalisePrefix } from '../../model/addresses/address.ts';
import { parseEndpointId } from '../../model/names.ts';
import type { Observation } from '../../model/ports/kernel.ts';
import { HOST, keyOf, normaliseObject } from '../../model/state.ts';
import type { ImportFinding } from './endpoints.ts';

/** A recorded network, and the kernel's state of it. */
type RemarkSource = {
  readonly uplink: AzureUplink;
  readonly network: AzureNetwork;
  readonly observation: Observation;
};

/** Returns a remark for source addresses of a pod without a record: anti-spoofing, which azure-vnet lacks, would drop them. */
export function unrecordedAddresses(
  { observation }: RemarkSource,
  endpoints: ReadonlyMap<string, Endpoint>,
): readonly ImportFinding[] {
  return Array.from(endpoints).flatMap(
    ([id, { hostVeth, netns, addresses, pod }]): readonly ImportFinding[] => {
      const known = new Set(addresses.map(normaliseAddress));
      const dev = parseEndpointId(id).ifName;
      const others = Array.from(observation.state.values()).flatMap((object) =>
        object.kind === 'address' && object.netns === netns && object.dev === dev && hostVeth !== undefined
          ? [object.address]
          : [],
      );
      const foreign = others.filter((address) => !known.has(address));
      if (foreign.length === 0) return [];
      const message = `it also has ${foreign.join(', ')}: bridge.antiSpoofing is off, since it would drop these`;
      return [{ sort: 'note', subject: pod ?? id, message }];
    },
  );
}

/** A network whose IPv6 packets azure-vnet translates. */
export type TranslatedNetwork = { readonly network: string; readonly prefix: string };

/** Returns the IPv6 prefixes of a network of mode bridge that azure-vnet translates (ipv6nat): their gateway is on the bridge. */
export function translatedPrefixes({ network, uplink, observation }: RemarkSource): readonly string[] {
  return network.subnets.flatMap(({ prefix, gateway }) => {
    const address = `${gateway}/${prefix.split('/')[1] ?? ''}`;
    const place = { kind: 'address', netns: HOST, dev: uplink.bridge, address } as const;
    const isThere = familyOf(prefix) === 6 && observation.state.has(keyOf(normaliseObject(place)));
    return isThere ? [normalisePrefix(prefix)] : [];
  });
}

/** Returns a remark for each port of the bridge without a record. */
export function foreignPorts(
  { uplink, observation }: RemarkSource,
  taken: ReadonlySet<string>,
): readonly ImportFinding[] {
  return Array.from(observation.state.values()).flatMap((object): readonly ImportFinding[] => {
    if (object.kind !== 'link' || object.netns !== HOST || object.master !== uplink.bridge) return [];
    if (object.name === uplink.name || taken.has(object.name)) return [];
    const message = `a port of ${uplink.bridge} that is not imported: foreign, not changed (remove it with ip link del ${object.name})`;
    return [{ sort: 'note', subject: object.name, message }];
  });
}
