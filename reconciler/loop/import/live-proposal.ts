/** A proposed document for this node, from objects of any plugin. Pure. */
import type { Bandwidth, Endpoint, Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { gatewayFields } from '../../model/addresses/families.ts';
import { allModes } from '../../model/modes/registry.ts';
import type { VethPeer } from '../../model/ports/veth-peer.ts';
import type { Observation } from '../../model/ports/kernel.ts';
import { API_VERSION, endpointId } from '../../model/names.ts';

/** A container runtime's record of an attachment. Shape: `bandwidth` are the limits that it asked for. */
export type KnownAttachment = {
  readonly network: string;
  readonly containerId: string;
  readonly ifName: string;
  readonly netns: string;
  readonly pod?: string;
  readonly bandwidth?: Bandwidth;
};

/** The inputs of a proposal. Shape: `network` names the network if no runtime does. */
export type LiveSource = {
  readonly observation: Observation;
  readonly ends: readonly VethPeer[];
  readonly known: readonly KnownAttachment[];
  readonly network: string | undefined;
  readonly node: string;
  readonly bootId: string;
  readonly now: Date;
};

/** The proposal. Shape: `remarks` list unknown and omitted values. */
export type LiveProposal = { readonly document: VnetDocument; readonly remarks: readonly string[] };

/** Returns a document of every network that a mode discovers on the node; valid against the schema. */
export function proposeLive(source: LiveSource): LiveProposal {
  const remarks: string[] = [];
  const networks: [string, Network][] = [];
  const endpoints: [string, Endpoint][] = [];
  const { observation, ends } = source;
  for (const found of allModes().flatMap((mode) => mode.discover?.(observation, ends) ?? [])) {
    if ('remark' in found) {
      remarks.push(found.remark);
      continue;
    }
    const { network, pods } = found;
    const name = nameOf(source, pods, networks.length);
    networks.push([name, network]);
    endpoints.push(...pods.map((end) => endpointOf(source, name, end, remarks)));
  }
  const { node, bootId } = source;
  return {
    document: {
      apiVersion: API_VERSION,
      kind: 'NodeNetwork',
      metadata: { node, generation: 1, bootId },
      networks: Object.fromEntries(networks),
      endpoints: Object.fromEntries(endpoints),
    },
    remarks,
  };
}

function nameOf({ known, network }: LiveSource, behind: readonly VethPeer[], count: number): string {
  const told = behind.flatMap((end) =>
    known.filter((one) => isAttachmentOf(one, end)).map((one) => one.network),
  );
  const [first = 'azure'] = told;
  const name = network ?? first;
  return count === 0 ? name : `${name}-${count + 1}`;
}

/** Returns true if the runtime's record is that of the interface. */
export function isAttachmentOf({ netns, ifName }: KnownAttachment, end: VethPeer): boolean {
  return ifName === end.ifName && netns.replace(/^\/var\/run\//, '/run/') === end.netns;
}

/** If no runtime has a record of the container, its ID is made from its namespace: DEL will not find it. */
function endpointOf(
  source: LiveSource,
  network: string,
  end: VethPeer,
  remarks: string[],
): [string, Endpoint] {
  const known = source.known.find((one) => isAttachmentOf(one, end));
  const { netns, netnsInode, hostVeth, mac, gateways, addresses, ifName } = end;
  if (known === undefined) {
    remarks.push(`${hostVeth}: its container ID is unknown; named after ${netns}, correct it before use`);
  }
  const containerId = known?.containerId ?? netns.replaceAll(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[-._]+/, '');
  const [first = '', ...more] = addresses;
  return [
    endpointId(network, containerId, ifName),
    {
      ...(known?.pod === undefined ? {} : { pod: known.pod }),
      netns,
      netnsInode,
      hostVeth,
      mac,
      addresses: [first, ...more],
      ...gatewayFields(gateways),
      added: source.now.toISOString(),
    },
  ];
}
