/**
 * `npx tsx bench/rollout-turn.ts NODES`: processor time of one turn of the controller over so many nodes, and the memory of its copies. A turn
 * ends after 20 writes, three seconds: it breaks where the turn itself takes that long.
 */
import { planRollout, rolloutStateOf } from '../reconciler/cluster/controller/rollout.ts';
import { assignNodes } from '../reconciler/cluster/controller/selection.ts';
import type { NodeObject, RolloutObject } from '../reconciler/cluster/custom-resources.ts';
import { median } from './statistics.ts';

const count = Number(process.argv[2] ?? '5000');
const ROUNDS = 15;

const TYPES = ['Ready', 'Converged', 'Applied', 'Confirmed', 'PoolAvailable', 'PolicyEnforced'];

/** As an agent writes it. */
function objectOf(name: string, isConfirmed: boolean): NodeObject {
  const condition = (type: string) => ({
    type,
    status: 'True' as const,
    reason: 'Converged',
    message: `revision mtu of ${name} is confirmed`,
    observedGeneration: 2,
    lastTransitionTime: '2026-11-30T00:00:00.000Z',
  });
  const pool = { network: 'azure', family: 'ipv4' as const, capacity: 250, used: 30, resting: 2, free: 218 };
  return structuredClone({
    metadata: { name, uid: name, generation: 2, resourceVersion: '1' },
    ownerUid: name,
    spec: isConfirmed ? { desiredRevision: 'mtu' } : { desiredRevision: 'old' },
    status: {
      observedGeneration: 2,
      revision: { desired: isConfirmed ? 'mtu' : 'old', confirmed: isConfirmed ? 'mtu' : 'old' },
      addresses: { network: 'azure', capacity: 250, used: 30, resting: 2, free: 218, maxPods: 250 },
      pools: [pool],
      drift: { count: 0, objects: [] },
      conditions: TYPES.map(condition),
    },
  });
}

globalThis.gc?.();
const before = process.memoryUsage().heapUsed;
const nodes = Array.from({ length: count }, (_, at) => {
  const name = `node-${String(at).padStart(5, '0')}`;
  const node = { name, uid: name, zone: `zone-${at % 3}`, labels: { agentpool: 'workers' }, isReady: true };
  return { node, object: objectOf(name, at < count / 2) };
});
globalThis.gc?.();
const copies = (process.memoryUsage().heapUsed - before) / 1024 / 1024;
const rollout: RolloutObject = { metadata: { name: 'r', generation: 1 }, spec: { revision: 'mtu' } };
const times = Array.from({ length: ROUNDS }, () => {
  const start = process.cpuUsage();
  const assigned = assignNodes(
    [rollout],
    nodes.map(({ node }) => node),
  );
  const byName = new Map(nodes.map(({ node, object }) => [node.name, object]));
  const members = (assigned.get('r') ?? []).map((node) => {
    const object = byName.get(node.name);
    return { node, object, ...rolloutStateOf('mtu', node, object), forMs: 90_000 };
  });
  planRollout(rollout, members);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
});
console.log(
  `${count} nodes: ${median(times).toFixed(1)} ms of processor time a turn, ${copies.toFixed(0)} MiB of copies`,
);
