/** `vnet status`: the state of the node's network on one screen. */
import { count } from '../../../model/words.ts';
import type { Network, VnetDocument } from '../../../../schemas/generated/vnet.ts';
import type { Problem, Snapshot } from '../../../document/store/store.ts';
import { answeredBy } from '../../../loop/report/node-findings.ts';
import { type NodeNotice, noticesOf } from '../../../loop/report/notices.ts';
import type { NodeStatus } from '../../../loop/files/status-file.ts';
import { ok, renderFailure, type Result } from '../../../model/result.ts';
import { coreOf } from '../../../model/modes/cores.ts';
import { modeOf } from '../../../model/modes/registry.ts';
import { poolKey } from '../../../model/addresses/families.ts';
import { describePools, type PoolSummary } from '../../../model/addresses/pool-summary.ts';
import { keyOf } from '../../../model/state.ts';
import { type CurrentStatus, currentStatus } from './current-status.ts';
import { describeEndpoints, type EndpointView } from './describe.ts';
import { renderDuration } from '../../terminal/duration.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import { renderList } from '../../terminal/list.ts';
import { listEndpoints } from './list-document.ts';
import { compareNode, type NodeView, type NodeComparison } from './compare-node.ts';
import type { Output } from '../../../app/output.ts';
import { ownAddressesIn } from '../../../loop/report/conditions.ts';
import { type Format, printValue } from '../../../app/print.ts';
import { renderTable } from '../../terminal/table.ts';

/** The data of the screen. Shape: `comparison` is undefined if the kernel could not be read. */
type Overview = {
  readonly node: NodeView;
  readonly snapshot: Snapshot;
  readonly comparison: NodeComparison | undefined;
  readonly status: NodeStatus | undefined;
  readonly present: CurrentStatus;
  readonly endpoints: readonly EndpointView[];
  readonly pools: readonly PoolSummary[];
};

/** Prints generations, conditions, bridges, pools and all deviations. */
export function showStatus(node: NodeView, format: Format, output: Output): Result<ExitCode, Problem> {
  const snapshot = node.store.read();
  if (!snapshot.ok) return snapshot;
  if (snapshot.value === undefined) {
    if (format === 'text') output.print('No document yet: the first CNI ADD writes it.');
    else printValue(null, format, output);
    return ok(EXIT.done);
  }
  const seen = compareNode(node);
  if (!seen.ok && seen.error.kind === 'failure') output.warn(`vnet: ${renderFailure(seen.error)}`);
  const overview = survey(node, snapshot.value, seen);
  if (format === 'text') output.print(overviewText(overview, output));
  else printValue(overviewValue(overview), format, output);
  return ok(seen.ok ? EXIT.done : EXIT.error);
}

function survey(
  node: NodeView,
  snapshot: Snapshot,
  seen: Result<NodeComparison | undefined, Problem>,
): Overview {
  const { document } = snapshot;
  const comparison = seen.ok ? seen.value : undefined;
  const now = node.now();
  const last = node.recorded?.status();
  return {
    node,
    snapshot,
    comparison,
    status: last,
    present: currentStatus(node, snapshot, seen),
    endpoints: describeEndpoints(document, comparison),
    pools: Object.keys(document.networks).flatMap((name) =>
      describePools(document, name, now, {
        own: comparison && ownAddressesIn(comparison.planned.observation),
        answered: answeredBy(node, name),
      }),
    ),
  };
}

function overviewValue(overview: Overview): Readonly<Record<string, unknown>> {
  const { snapshot, comparison, status: last, endpoints, pools } = overview;
  const { conditions, objects } = overview.present;
  const { node, generation, bootId } = snapshot.document.metadata;
  const steps = comparison?.plan.steps ?? [];
  return {
    node,
    generation,
    observedGeneration: last?.observedGeneration,
    convergedGeneration: convergedOf(overview),
    bootId,
    ready: conditions.some(({ type, status: isTrue }) => type === 'Ready' && isTrue),
    conditions,
    pools,
    endpoints,
    differences: steps.map(({ key, reason }) => ({ key, reason, cause: comparison?.causes?.get(key) })),
    accepted: comparison?.accepted.map(({ step, acceptance }) => ({
      key: step.key,
      until: acceptance.until,
    })),
    foreign: comparison?.plan.foreign.map(keyOf),
    objects,
    notices: noticesIn(overview),
    lastRound: last?.time,
    refused: snapshot.refused,
  };
}

/** A kernel that matches now is converged, whether or not a round has recorded it. */
function convergedOf({ snapshot, comparison, status: last }: Overview): number | undefined {
  const isWhole = comparison?.planned.plan.steps.length === 0;
  return isWhole ? snapshot.document.metadata.generation : last?.convergedGeneration;
}

function overviewText(overview: Overview, output: Output): string {
  const { snapshot, endpoints, pools } = overview;
  const troubled = endpoints.filter(({ state }) => state !== 'ready' && state !== 'lease');
  return [
    headText(overview),
    '',
    conditionTable(overview),
    '',
    networkTable(snapshot.document, endpoints, pools),
    ...peerLines(snapshot.document),
    ...(troubled.length === 0 ? [] : ['', renderList(listEndpoints(snapshot.document, troubled))]),
    ...differenceLines(overview, output),
    ...noticeLines(overview, output),
    '',
    readyLine(overview),
  ].join('\n');
}

function headText(overview: Overview): string {
  const { node, snapshot, status: last } = overview;
  const { node: name, generation, bootId } = snapshot.document.metadata;
  const boot = bootId === node.bootId ? 'this boot' : 'an earlier boot: run vnet reconcile';
  const round = last === undefined ? [] : [lastRoundText(last, node.now())];
  return [
    `vnet on ${name}   generation ${generation}`,
    `converged ${convergedOf(overview) ?? 'unknown'}`,
    `endpoints of ${boot}`,
    ...round,
  ].join('   ');
}

function lastRoundText({ time, observedGeneration }: NodeStatus, now: Date): string {
  const ageMs = now.getTime() - Date.parse(time);
  return `last round ${renderDuration(ageMs)} ago, of generation ${observedGeneration}`;
}

/** Ready and Drifted are always shown, PolicyEnforced where policies are to be enforced; other conditions only while true. */
function conditionTable({ node, present, snapshot }: Overview): string {
  const always =
    snapshot.document.policy?.enforce === true ? [...ALWAYS_SHOWN, 'PolicyEnforced'] : ALWAYS_SHOWN;
  const shown = present.conditions.filter(({ type, status: isTrue }) => isTrue || always.includes(type));
  const rows = shown.map(({ type, status: isTrue, reason, message, since }) => [
    type,
    isTrue ? 'True' : 'False',
    reason,
    renderDuration(node.now().getTime() - Date.parse(since)),
    message,
  ]);
  return renderTable(['CONDITION', 'STATUS', 'REASON', 'FOR', 'MESSAGE'], rows);
}

const ALWAYS_SHOWN: readonly string[] = ['Ready', 'Drifted'];

function networkTable(
  document: VnetDocument,
  endpoints: readonly EndpointView[],
  pools: readonly PoolSummary[],
): string {
  const headings = [
    'NETWORK',
    'MODE',
    'UPLINK',
    'BRIDGE',
    'ENDPOINTS',
    'POOL',
    'USED',
    'FREE',
    'QUARANTINED',
    'RESERVED',
    'WITHDRAWN',
    'TOTAL',
  ];
  const rows = pools.map(({ network: name, family, counts }) => {
    const network = document.networks[name];
    const own = endpoints.filter((endpoint) => endpoint.network === name).length;
    const { used, free, quarantined, reserved, withdrawn, total } = counts;
    const numbers = [used, free, quarantined, reserved, withdrawn, total];
    const links = network === undefined ? [] : [network.mode, ...linksOf(network)];
    return [name, ...links, String(own), poolKey(family), ...numbers.map(String)];
  });
  return renderTable(headings, rows);
}

/** Returns a line for each network with peers. */
function peerLines({ networks }: VnetDocument): readonly string[] {
  const lines = Object.entries(networks).flatMap(([name, network]) => {
    const peers = modeOf(network).peers?.(network) ?? [];
    return peers.length === 0 ? [] : [`peers of ${name}: ${peers.join(', ')}`];
  });
  return lines.length === 0 ? [] : ['', ...lines];
}

/** Returns the names of uplink and bridge for a table. */
function linksOf(network: Network): readonly [uplink: string, bridge: string] {
  const { uplink, bridge } = coreOf(network).links(network);
  const released = uplink?.released === true ? ' (released)' : '';
  return [uplink === undefined ? '-' : `${uplink.name}${released}`, bridge?.name ?? '-'];
}

function differenceLines({ node, comparison, present }: Overview, output: Output): readonly string[] {
  const told = new Map(present.objects.map((object) => [object.key, object]));
  const steps = (comparison?.plan.steps ?? []).map(({ key, reason, change }) => {
    const cause = comparison?.causes?.get(key);
    const known = told.get(key);
    const tries = known === undefined || known.attempts === 0 ? '' : `  ${failingText(known, node.now())}`;
    return output.paint(
      change.verb,
      `  ! ${key}  ${reason}${cause === undefined ? '' : ` (${cause})`}${tries}`,
    );
  });
  const accepted = (comparison?.accepted ?? []).map(({ step, acceptance }) =>
    output.paint('dim', `  = ${step.key}  accepted until ${acceptance.until}`),
  );
  const foreign = (comparison?.plan.foreign ?? []).map((object) =>
    output.paint('foreign', `  ? ${keyOf(object)}  foreign, not changed`),
  );
  const lines = [...steps, ...accepted, ...foreign];
  return lines.length === 0 ? [] : ['', ...lines];
}

function noticesIn({ node, snapshot, comparison }: Overview): readonly NodeNotice[] {
  const seen =
    comparison === undefined
      ? []
      : noticesOf(snapshot.document, comparison.planned.observation, node.probeAnswers);
  const keys = (node.configurations?.() ?? []).flatMap(({ path, unhonoured = [] }): readonly NodeNotice[] => {
    if (unhonoured.length === 0) return [];
    const message = `${path}: not honoured: ${unhonoured.join(', ')}`;
    return [{ id: 'cni-keys', severity: 'note', message, remedy: 'Remove these keys.' }];
  });
  return [...seen, ...keys];
}

function noticeLines(overview: Overview, output: Output): readonly string[] {
  const lines = noticesIn(overview).map(({ severity, message }) =>
    output.paint(severity === 'harm' ? 'delete' : 'dim', `  i ${message}`),
  );
  return lines.length === 0 ? [] : ['', ...lines];
}

function failingText({ reason, attempts, nextTry }: NodeStatus['objects'][number], now: Date): string {
  const wait =
    nextTry === undefined ? '' : `, next try in ${renderDuration(Date.parse(nextTry) - now.getTime())}`;
  return `failing: ${reason} (attempt ${attempts}${wait})`;
}

function readyLine({ comparison, present }: Overview): string {
  if (comparison === undefined) return 'Unknown: the kernel could not be read.';
  const obstructed = present.conditions.find(({ type, status: isTrue }) => type === 'Obstructed' && isTrue);
  if (obstructed !== undefined) return `Not ready: ${obstructed.message}.`;
  const differences = comparison.plan.steps.length;
  if (differences === 0 && comparison.accepted.length > 0)
    return 'Ready: kernel matches the document, except accepted drift.';
  if (differences === 0) return 'Ready: kernel matches the document.';
  return `${count(differences, 'difference')}. See vnet drift and vnet reconcile --dry-run; repair with vnet reconcile.`;
}
