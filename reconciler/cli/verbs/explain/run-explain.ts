/** `vnet explain`: all that is known about one endpoint, by any of its names, even after its removal. */
import type { VnetDocument } from '../../../../schemas/generated/vnet.ts';
import { nearestWord } from '../../../document/check/nearest.ts';
import type { HistoryRecord } from '../../../document/snapshot.ts';
import type { Problem } from '../../../document/store/store.ts';
import { modeOf } from '../../../model/modes/registry.ts';
import { connectionsOf, type PodConnection } from '../../../model/policy/connections.ts';
import { policyInputOf } from '../../../model/policy/policy-input.ts';
import { parseEndpointId, podNameOf } from '../../../model/names.ts';
import { addToList, omitUndefined } from '../../../model/objects.ts';
import { err, type Failure, failure, ok, type Result, renderFailure } from '../../../model/result.ts';
import { linkKeyOf } from '../../../model/state.ts';
import { renderSide } from '../../../plan/text.ts';
import { renderBandwidth } from '../../../model/modes/parts/bandwidth.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import { type Chain, chainOf, renderChain } from './chain.ts';
import {
  findEndpoints,
  isOneContainer,
  type KnownEndpoint,
  namesOf,
  pastEndpoints,
  presentEndpoints,
} from './find.ts';
import { type ItemLine, itemLines } from './items.ts';
import { type TimelineEntry, type AddressUse, addressUsesOf, timelineOf } from './timeline.ts';
import { type Item, listItems } from '../look/items.ts';
import { compareNode, type NodeView, type NodeComparison } from '../look/compare-node.ts';
import type { Output } from '../../../app/output.ts';
import { type Format, printValue } from '../../../app/print.ts';
import { renderTable } from '../../terminal/table.ts';

/** The explanation of one endpoint. Shape: no chain and no items after its removal. */
type Explanation = KnownEndpoint & {
  readonly chain?: Chain;
  readonly peers?: readonly string[];
  readonly items: readonly ItemLine[];
  readonly timeline: readonly TimelineEntry[];
  readonly tenancies: readonly AddressUse[];
  readonly connections?: readonly PodConnection[];
};

/** The data of an explanation. Shape: `known` has all present and past endpoints. */
type ExplanationInputs = {
  readonly comparison: NodeComparison;
  readonly records: readonly HistoryRecord[];
  readonly known: readonly KnownEndpoint[];
};

/**
 * Prints the explanation of the endpoint that `subject` names; a list if it is ambiguous (exit 64).
 * Errors: `not-found` if no present or recorded endpoint has that name.
 */
export function explain(
  node: NodeView,
  subject: string,
  format: Format,
  output: Output,
): Result<ExitCode, Problem> {
  const comparison = compareNode(node);
  if (!comparison.ok) return comparison;
  if (comparison.value === undefined) return err(notFound(subject, []));
  const { document } = comparison.value;
  const records = recordsOf(node, output);
  const present = presentEndpoints(document);
  const known = [...present, ...pastEndpoints(records, document)];
  const alive = findEndpoints(present, subject);
  const found = alive.length > 0 ? alive : findEndpoints(known, subject).slice(0, 1);
  if (found.length === 0) return err(notFound(subject, known));
  if (found.length > 1 && !isOneContainer(found)) return ok(printCandidates(subject, found, format, output));
  const knowledge = { comparison: comparison.value, records, known };
  const explained = found.map((one) => explainOne(node, one, knowledge));
  if (format === 'text') output.print(explained.map(explanationText).join('\n\n'));
  else printValue(explained.length === 1 ? explained[0] : explained, format, output);
  return ok(EXIT.done);
}

function recordsOf({ recorded }: NodeView, output: Output): readonly HistoryRecord[] {
  const records = recorded?.history?.records();
  if (records === undefined) return [];
  if (!records.ok) output.warn(`vnet: ${renderFailure(records.error)}`);
  return records.ok ? records.value : [];
}

function notFound(subject: string, known: readonly KnownEndpoint[]): Failure {
  const nearest = nearestWord(subject, known.flatMap(namesOf));
  return failure('not-found', 'explain', `no present or past endpoint has the name ${subject}`, {
    hint: nearest === undefined ? 'See vnet get endpoints.' : `did you mean ${nearest}?`,
  });
}

function printCandidates(
  subject: string,
  found: readonly KnownEndpoint[],
  format: Format,
  output: Output,
): ExitCode {
  if (format !== 'text') {
    const candidates = found.map(({ id, endpoint }) => ({
      id,
      pod: endpoint.pod,
      addresses: endpoint.addresses,
    }));
    printValue({ candidates }, format, output);
  } else {
    const rows = found.map(({ id, endpoint }) => [endpoint.pod ?? '-', endpoint.addresses.join(' '), id]);
    output.print(renderTable(['POD', 'ADDRESSES', 'ENDPOINT'], rows));
  }
  output.warn(`vnet: ${subject} matches ${found.length} endpoints; name one by address or endpoint ID`);
  return EXIT.usage;
}

function explainOne(
  node: NodeView,
  one: KnownEndpoint,
  { comparison, records, known }: ExplanationInputs,
): Explanation {
  const items = one.gone === undefined ? itemsOf(comparison, one.id) : [];
  const { hostVeth } = one.endpoint;
  const keys = new Set([
    ...items.map(({ key }) => key),
    one.id,
    ...(hostVeth === undefined ? [] : [linkKeyOf(hostVeth)]),
  ]);
  const chain = chainOf(comparison.document, one, comparison.planned.observation, (path, name) =>
    node.indexOf?.(path, name),
  );
  return {
    ...one,
    ...(one.gone === undefined ? { chain } : {}),
    ...omitUndefined({ peers: peersOf(comparison.document, one.id) }),
    items: itemLines(items),
    timeline: timelineOf(one, keys, records, node.recorded?.events() ?? []),
    tenancies: addressUsesOf(one, known).filter(({ id }) => id !== one.id),
    ...omitUndefined({ connections: one.gone === undefined ? connectionsNow(comparison, one) : undefined }),
  };
}

/** The connections that network policies allow between the pod and others of this node; undefined where none are enforced. */
function connectionsNow(
  { document, planned }: NodeComparison,
  one: KnownEndpoint,
): readonly PodConnection[] | undefined {
  if (document.policy?.enforce !== true) return undefined;
  const input = policyInputOf(document, planned.observation.members);
  return connectionsOf(input, podNameOf(one.id, one.endpoint));
}

/** One line for each list of ports. */
function connectionLines(connections: readonly PodConnection[], pod: string): readonly string[] {
  const lines = new Map<string, string[]>();
  for (const { from, to, allowed } of connections) {
    const [word, other] = from === pod ? ['to', to] : ['from', from];
    addToList(lines, `${word.padEnd(5)} ${allowed}`, other);
  }
  return Array.from(lines, ([key, others]) => `  ${key}: ${others.toSorted().join(', ')}`).toSorted();
}

/** The pod CIDRs of other nodes that the pod can reach. */
function peersOf({ networks }: VnetDocument, id: string): readonly string[] | undefined {
  const network = networks[parseEndpointId(id).network];
  const peers = network === undefined ? undefined : modeOf(network).peers?.(network);
  return peers === undefined || peers.length === 0 ? undefined : peers;
}

/** The endpoint's own objects, and those of its network that differ: all of them are on the pod's path. */
function itemsOf(comparison: NodeComparison, id: string): readonly Item[] {
  const { network } = parseEndpointId(id);
  return listItems(comparison).filter(
    ({ owner, state }) => owner === id || (owner === network && state !== 'ok'),
  );
}

function explanationText({
  id,
  endpoint,
  gone,
  chain,
  peers,
  items,
  timeline,
  tenancies,
  connections = [],
}: Explanation): string {
  const { network, containerId, ifName } = parseEndpointId(id);
  const facts: readonly (readonly [string, string])[] = [
    ['endpoint', `${endpoint.pod ?? containerId.slice(0, 12)}   network ${network}   interface ${ifName}`],
    ['container', containerId],
    ['addresses', `${endpoint.addresses.join(' ')}   mac ${endpoint.mac ?? 'foreign'}`],
    ...(endpoint.bandwidth === undefined
      ? []
      : [['bandwidth', renderBandwidth(endpoint.bandwidth)] as const]),
    ['since', gone === undefined ? endpoint.added : `${endpoint.added} until ${gone}: removed`],
    ...(chain === undefined ? [] : [['chain', renderChain(chain)] as const]),
    ...(peers === undefined ? [] : [['peers', peers.join(', ')] as const]),
  ];
  const rows = items.map(({ item, want, have, state }) => [item, renderSide(want), renderSide(have), state]);
  return [
    ...facts.map(([name, value]) => `${name.padEnd(10)} ${value}`),
    ...(rows.length === 0 ? [] : ['', renderTable(['ITEM', 'WANT', 'HAVE', 'STATE'], rows)]),
    ...(connections.length === 0
      ? []
      : ['', 'network policies', ...connectionLines(connections, podNameOf(id, endpoint))]),
    ...(timeline.length === 0
      ? []
      : ['', 'timeline', ...timeline.map(({ time, what }) => `  ${time}  ${what}`)]),
    ...(tenancies.length === 0
      ? []
      : [
          '',
          'other endpoints with the same address',
          ...tenancies.map(
            ({ address, pod, from, until }) => `  ${address}  ${pod}  ${from} until ${until ?? 'now'}`,
          ),
        ]),
  ].join('\n');
}
