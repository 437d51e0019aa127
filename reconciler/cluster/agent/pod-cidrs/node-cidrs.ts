/** Pools and peers of routed networks from the podCIDRs of the Nodes of Kubernetes. Pure. */
import { sameValue } from '../../../document/edit.ts';
import { familyOf, parsePrefix, formatAddress, successor } from '../../../model/addresses/address.ts';
import { asRecord, isRecord, recordsIn } from '../../../model/objects.ts';
import type { ApiObject } from '../../api/objects.ts';
import { type DocumentFields, overlayRevision } from '../overlay.ts';

/** The addresses of a Node. Shape: `podCidrs` one for each family; `internal` its addresses of type InternalIP. */
export type NodeCidrs = { readonly podCidrs: readonly string[]; readonly internal: readonly string[] };

/** Returns the addresses of the Node. Source: NodeSpec.podCIDRs and NodeStatus.addresses of the Kubernetes API. */
export function toNodeCidrs({ spec, status }: ApiObject): NodeCidrs {
  const { podCIDR, podCIDRs } = asRecord(spec);
  const addresses = recordsIn(asRecord(status)['addresses']).filter(({ type }) => type === 'InternalIP');
  return {
    podCidrs: texts(podCIDRs ?? [podCIDR]).filter((text) => parsePrefix(text) !== undefined),
    internal: texts(addresses.map(({ address }) => address)),
  };
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

/** Returns true if a network of the document has its pod CIDRs from the cluster. */
export function wantsPodCidrs(fields: DocumentFields): boolean {
  return clusterNetworks(fields).length > 0;
}

/**
 * Returns the hand-edited part of the document with pools and peers of these Nodes; undefined if nothing changes, or if the node
 * itself is not among them. A Node without podCIDRs changes no pool, and one without a usable address is no peer.
 * Law: applied to its own result it returns undefined.
 */
export function podCidrFields(
  fields: DocumentFields,
  nodes: ReadonlyMap<string, NodeCidrs>,
  name: string,
): DocumentFields | undefined {
  const own = nodes.get(name);
  if (own === undefined) return undefined;
  const networks = clusterNetworks(fields).map(([network, { pools, podCidrs }]) => {
    const { dev } = asRecord(podCidrs);
    const wanted = own.podCidrs.flatMap((cidr) => poolOf(cidr, asRecord(pools)));
    const families = [...new Set([...own.podCidrs.map(familyOfCidr), ...Object.keys(asRecord(pools))])];
    const peers = Array.from(nodes)
      .filter(([other]) => other !== name)
      .flatMap(([, node]) => peersOf(node, families, typeof dev === 'string' ? dev : undefined));
    const sorted = peers.toSorted((left, right) => (left.to < right.to ? -1 : 1));
    return [
      network,
      { ...(wanted.length === 0 ? {} : { pools: Object.fromEntries(wanted) }), peers: sorted },
    ] as const;
  });
  const overlay = { wanted: { networks: Object.fromEntries(networks) }, previous: {}, isOverwriting: true };
  const next = overlayRevision(fields, overlay).fields;
  return sameValue(next, fields) ? undefined : next;
}

function clusterNetworks({ networks }: DocumentFields): readonly (readonly [string, DocumentFields])[] {
  return Object.entries(asRecord(networks)).flatMap(([name, network]) =>
    isRecord(network) && isRecord(network['podCidrs']) ? [[name, network] as const] : [],
  );
}

/** A pool of this prefix stays: an administrator may have limited its addresses. */
function poolOf(cidr: string, pools: DocumentFields): readonly (readonly [string, DocumentFields])[] {
  const family = familyOfCidr(cidr);
  const range = parsePrefix(cidr);
  const now = pools[family];
  if (range === undefined || (isRecord(now) && now['subnet'] === cidr)) return [];
  const gateway = formatAddress(successor(range.first));
  return [[family, { source: 'static', subnet: cidr, gateway, addresses: [cidr] }]];
}

function familyOfCidr(cidr: string): 'ipv4' | 'ipv6' {
  return cidr.includes(':') ? 'ipv6' : 'ipv4';
}

type PeerText = { readonly to: string; readonly via?: string; readonly dev?: string };

function peersOf(
  { podCidrs, internal }: NodeCidrs,
  families: readonly string[],
  dev: string | undefined,
): readonly PeerText[] {
  return podCidrs.flatMap((to) => {
    if (!families.includes(familyOfCidr(to))) return [];
    if (dev === undefined) return [{ to }];
    const via = internal.find((address) => familyOf(address) === familyOf(to.split('/')[0] ?? ''));
    return via === undefined ? [] : [{ to, via, dev }];
  });
}
