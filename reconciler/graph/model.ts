/** The contents of a picture of the node: uplinks, bridges, ports, pods, and their states. Pure. */
import type { Endpoint, Network, VnetDocument } from '../../schemas/generated/vnet.ts';
import { poolsOf } from '../model/addresses/families.ts';
import { ENDPOINT_STATES, endpointState, stateOfSteps } from '../model/addresses/endpoint-state.ts';
import type { LinkPicture } from '../model/modes/mode.ts';
import { modeOf } from '../model/modes/registry.ts';
import { type Observation, subjectOf } from '../model/ports/kernel.ts';
import { parseEndpointId } from '../model/names.ts';
import { networksWith } from '../model/capabilities.ts';
import { connectionsOf, type PodConnection } from '../model/policy/connections.ts';
import { policyInputOf } from '../model/policy/policy-input.ts';
import { keyOf, type NetObject } from '../model/state.ts';
import type { Cause, Causes } from '../plan/cause.ts';
import type { Plan, Step } from '../plan/step.ts';
import { renderBandwidth } from '../model/modes/parts/bandwidth.ts';
import { addToList } from '../model/objects.ts';

/** The states of a box: those of an endpoint, and `foreign`: not ours, left alone. */
export const BOX_STATES = [...ENDPOINT_STATES, 'foreign'] as const;

/** One of BOX_STATES. */
export type BoxState = (typeof BOX_STATES)[number];

/** One difference, as text. */
export type Difference = {
  readonly object: string;
  readonly field: string;
  readonly want: string;
  readonly have: string;
};

/** One box of the picture. `facts` are short texts about it; `differences` would be repaired. */
export type PictureItem = {
  readonly name: string;
  readonly standing: BoxState;
  readonly facts: readonly string[];
  readonly differences: readonly Difference[];
};

/** A pod's attachment, from the bridge port to the address in the pod. Absent values are `''`. */
export type AttachmentPicture = {
  readonly id: string;
  readonly pod: string;
  readonly containerId: string;
  readonly netns: string;
  readonly ifName: string;
  readonly hostVeth: string;
  readonly mac: string;
  readonly addresses: readonly string[];
  readonly bandwidth: string;
  readonly standing: BoxState;
  readonly differences: readonly Difference[];
};

/**
 * One network. `uplink` and `bridge` are absent if it has none; `foreign` are foreign objects on its bridge.
 */
export type Segment = {
  readonly name: string;
  readonly mode: Network['mode'];
  readonly pool: string;
  readonly uplink?: PictureItem;
  readonly bridge?: PictureItem;
  readonly attachments: readonly AttachmentPicture[];
  readonly foreign: readonly PictureItem[];
};

/** The contents of the picture. Shape: `connections` are those that network policies judge. */
export type Graph = {
  readonly node: string;
  readonly generation: number;
  readonly segments: readonly Segment[];
  readonly connections: readonly PodConnection[];
};

/** The inputs of a graph: the document, the observed state, and the plan with its causes. */
export type GraphSource = {
  readonly document: VnetDocument;
  readonly observation: Observation;
  readonly plan: Plan;
  readonly causes: Causes;
};

/** Returns the contents of the picture. Law: every step of the plan is a difference of exactly one box. */
export function describeGraph(source: GraphSource): Graph {
  const { document } = source;
  const steps = stepsByPlace(source);
  return {
    node: document.metadata.node,
    generation: document.metadata.generation,
    segments: Object.entries(document.networks).map(([name, network]) =>
      segmentOf(name, network, { source, steps }),
    ),
    connections:
      document.policy?.enforce === true
        ? connectionsOf(policyInputOf(document, source.observation.members))
        : [],
  };
}

/** An edge between two boxes, by their numbers among all attachments. */
export type Edge = { readonly from: number; readonly to: number; readonly allowed: string };

/** More of them make a picture unreadable: `vnet explain POD` has those of one pod. */
const MAX_EDGES = 200;

/** Returns the edges that network policies allow or deny; none if they are too many to draw. */
export function edgesOf({ segments, connections }: Graph): readonly Edge[] {
  if (connections.length > MAX_EDGES) return [];
  const places = new Map(
    segments.flatMap(({ attachments }) => attachments).map(({ pod }, index) => [pod, index] as const),
  );
  return connections.flatMap(({ from, to, allowed }) => {
    const [source, destination] = [places.get(from), places.get(to)];
    return source === undefined || destination === undefined
      ? []
      : [{ from: source, to: destination, allowed }];
  });
}

type Context = { readonly source: GraphSource; readonly steps: ReadonlyMap<string, readonly Step[]> };

/** Steps by box: an endpoint's ID, `<network> uplink`, or `<network> bridge`. */
function stepsByPlace({ document, plan }: GraphSource): ReadonlyMap<string, Step[]> {
  const steps = new Map<string, Step[]>();
  for (const step of plan.steps) addToList(steps, placeOf(step, document), step);
  return steps;
}

function placeOf(step: Step, document: VnetDocument): string {
  const { owner } = step;
  if (owner !== undefined && document.endpoints?.[owner] !== undefined) return owner;
  const subject = subjectOf(step.change);
  const carrier = subject.kind === 'link' ? subject.name : 'dev' in subject ? subject.dev : undefined;
  const drawn = networksWith(document, 'attach');
  for (const { name, network, mode } of drawn) {
    const { uplink, bridge } = mode.links(network);
    if (uplink?.name === carrier) return `${name} uplink`;
    if (bridge?.name === carrier) return `${name} bridge`;
  }
  return `${owner ?? drawn[0]?.name ?? ''} bridge`;
}

function segmentOf(name: string, network: Network, context: Context): Segment {
  const { source } = context;
  const pools = poolsOf(network).map(({ pool }) => `${pool.subnet} via ${pool.gateway}`);
  const attachments = Object.entries(source.document.endpoints ?? {})
    .filter(([id]) => parseEndpointId(id).network === name)
    .map(([id, endpoint]) => attachmentOf(id, endpoint, context))
    .toSorted((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1));
  const common = { name, mode: network.mode, pool: pools.join(', '), attachments };
  const { uplink, bridge } = modeOf(network).picture?.(network) ?? {};
  const onBridge = (object: NetObject): boolean => bridge !== undefined && isOn(object, bridge.name);
  return {
    ...common,
    ...(uplink === undefined ? {} : { uplink: itemOf(uplink, `${name} uplink`, context) }),
    ...(bridge === undefined ? {} : { bridge: itemOf(bridge, `${name} bridge`, context) }),
    foreign: source.plan.foreign.filter(onBridge).map(foreignItem),
  };
}

function sortKey({ pod, containerId }: AttachmentPicture): string {
  return `${pod === '' ? '~' : pod} ${containerId}`;
}

function itemOf({ name, facts }: LinkPicture, place: string, context: Context): PictureItem {
  const steps = context.steps.get(place) ?? [];
  return {
    name,
    facts,
    standing: stateOfSteps(causesOf(steps, context)),
    differences: steps.flatMap(differencesOf),
  };
}

function attachmentOf(id: string, endpoint: Endpoint, context: Context): AttachmentPicture {
  const { containerId, ifName } = parseEndpointId(id);
  const steps = context.steps.get(id) ?? [];
  const { pod = '', netns = '', hostVeth = '', mac = '', addresses } = endpoint;
  const { document, observation } = context.source;
  const sight = { namespaces: observation.namespaces, causes: causesOf(steps, context) };
  return {
    id,
    pod,
    containerId,
    netns,
    ifName,
    hostVeth,
    mac,
    addresses,
    bandwidth: renderBandwidth(endpoint.bandwidth),
    standing: endpointState(document, id, endpoint, sight),
    differences: steps.flatMap(differencesOf),
  };
}

function causesOf(steps: readonly Step[], { source }: Context): readonly (Cause | undefined)[] {
  return steps.map(({ key }) => source.causes.get(key));
}

/** An object without fields to compare is present or absent. */
function differencesOf({ key, change, differences }: Step): readonly Difference[] {
  if (differences.length > 0 && change.verb !== 'delete') {
    return differences.map((difference) => ({ object: key, ...difference }));
  }
  const [want, have] = change.verb === 'delete' ? ['absent', 'present'] : ['present', 'absent'];
  return [{ object: key, field: '', want, have }];
}

function isOn(object: NetObject, bridge: string): boolean {
  return object.kind === 'link' ? object.master === bridge : 'dev' in object && object.dev === bridge;
}

function foreignItem(object: NetObject): PictureItem {
  const isPort = object.kind === 'link';
  const mac = isPort || object.kind === 'neighbour' ? object.mac : undefined;
  return {
    name: isPort ? object.name : keyOf(object),
    standing: 'foreign',
    facts: mac === undefined ? [] : [mac],
    differences: [],
  };
}

/** Returns the number of attachments by state, in the order of BOX_STATES, without zeros. */
export function countStates(graph: Graph): readonly (readonly [BoxState, number])[] {
  const all = graph.segments.flatMap(({ attachments }) => attachments.map(({ standing }) => standing));
  return BOX_STATES.map((state) => [state, all.filter((one) => one === state).length] as const).filter(
    ([, count]) => count > 0,
  );
}

/** Returns the title of an attachment: its pod or, if unknown, its container. */
export function titleOf({ pod, containerId }: Pick<AttachmentPicture, 'pod' | 'containerId'>): string {
  return pod === '' ? `container ${containerId.slice(0, 12)}` : pod;
}
