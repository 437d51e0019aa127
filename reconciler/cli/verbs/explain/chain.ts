/** The chain of interfaces from a pod to the uplink, as observed. Pure. */
import type { VnetDocument } from '../../../../schemas/generated/vnet.ts';
import type { NamespaceFact, Observation } from '../../../model/ports/kernel.ts';
import { parseEndpointId } from '../../../model/names.ts';
import { attachingNetworkOf } from '../../../model/networks.ts';
import { HOST, type LinkObject, linkKeyOf, type NetnsPath } from '../../../model/state.ts';
import type { KnownEndpoint } from './find.ts';
import { omitUndefined } from '../../../model/objects.ts';

/** Returns the index of an interface; undefined if it is absent or unknown. */
export type IndexOf = (netns: NetnsPath, name: string) => number | undefined;

/** One interface of the chain. Shape: `alias` carries our mark; `master` is the bridge it is a port of. */
export type ChainLink = {
  readonly name: string;
  readonly isThere: boolean;
  readonly index?: number;
  readonly alias?: string;
  readonly master?: string;
};

/** The chain. Shape: veth, bridge and uplink are absent for an address leased by another main plugin. */
export type Chain = {
  readonly netns: { readonly path: NetnsPath; readonly inode: number | 'gone' | 'unknown' };
  readonly pod: ChainLink;
  readonly veth?: ChainLink;
  readonly bridge?: ChainLink;
  readonly uplink?: ChainLink;
};

/** Returns the chain of an endpoint in the document. */
export function chainOf(
  document: VnetDocument,
  { id, endpoint }: KnownEndpoint,
  { state, namespaces }: Observation,
  indexOf: IndexOf,
): Chain {
  const { network: name, ifName } = parseEndpointId(id);
  const on = attachingNetworkOf(document, name);
  const { netns = HOST, hostVeth } = endpoint;
  const { bridge, uplink } = on === undefined || hostVeth === undefined ? {} : on.core.links(on.network);
  const linkOf = (path: NetnsPath, link: string): ChainLink => {
    const seen = state.get(linkKeyOf(link, path));
    return describeLink(link, seen?.kind === 'link' ? seen : undefined, indexOf(path, link));
  };
  return {
    netns: { path: netns, inode: inodeOf(namespaces.get(netns)) },
    pod: linkOf(netns, ifName),
    ...(on === undefined || hostVeth === undefined ? {} : { veth: linkOf(HOST, hostVeth) }),
    ...(bridge === undefined ? {} : { bridge: linkOf(HOST, bridge.name) }),
    ...(uplink === undefined ? {} : { uplink: linkOf(HOST, uplink.name) }),
  };
}

function inodeOf(fact: NamespaceFact | undefined): Chain['netns']['inode'] {
  if (fact === undefined) return 'unknown';
  return fact === 'gone' ? 'gone' : fact.inode;
}

function describeLink(name: string, seen: LinkObject | undefined, index: number | undefined): ChainLink {
  return {
    name,
    isThere: seen !== undefined || index !== undefined,
    ...omitUndefined({ index }),
    ...(seen?.alias === undefined || seen.alias === '' ? {} : { alias: seen.alias }),
    ...(seen?.master === undefined || seen.master === '' ? {} : { master: seen.master }),
  };
}

/** Returns the chain on one line, starting at the pod. */
export function renderChain({ netns, pod, veth, bridge, uplink }: Chain): string {
  const place = typeof netns.inode === 'number' ? `inode ${netns.inode}` : netns.inode;
  return [
    `pod ${renderLink(pod)}`,
    `netns ${netns.path === HOST ? 'unknown' : netns.path} (${place})`,
    ...(veth === undefined ? [] : [`veth ${renderLink(veth)}`]),
    ...(bridge === undefined ? [] : [`${portOf(veth, bridge)}bridge ${renderLink(bridge)}`]),
    ...(uplink === undefined ? [] : [`uplink ${renderLink(uplink)}`]),
  ].join(' -> ');
}

function renderLink({ name, isThere, index, alias }: ChainLink): string {
  const facts = [
    ...(index === undefined ? [] : [`index ${index}`]),
    ...(alias === undefined ? [] : [`alias ${alias}`]),
    ...(isThere ? [] : ['absent']),
  ];
  return facts.length === 0 ? name : `${name} (${facts.join(', ')})`;
}

function portOf(veth: ChainLink | undefined, bridge: ChainLink): string {
  return veth?.master === bridge.name ? 'port of ' : 'NOT a port of ';
}
