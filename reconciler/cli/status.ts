/** `vnet status` and `vnet get`: what the node's network is like, in one screen or in a list. */
import type { Network, VnetDocument } from '../../schemas/generated/vnet.ts';
import type { Problem } from '../document/store.ts';
import { planNode } from '../loop/plan-node.ts';
import type { PreviewWorld } from '../loop/round.ts';
import { renderFailure, type Result } from '../model/result.ts';
import { describePool } from '../model/pool.ts';
import { keyOf } from '../model/state.ts';
import { describeEndpoints, type EndpointView } from './describe.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';
import type { Format } from './reconcile.ts';
import { renderTable } from './table.ts';

/** Prints one screen: generations, bridges, pools, and everything that is not as it should be. */
export function status(world: PreviewWorld, format: Format, output: Output): Result<ExitCode, Problem> {
  const snapshot = world.store.read();
  if (!snapshot.ok) return snapshot;
  if (snapshot.value === undefined) {
    output.print(
      format === 'json'
        ? 'null'
        : 'There is no document yet: the first ADD of a container runtime writes it.',
    );
    return { ok: true, value: EXIT.done };
  }
  const { document } = snapshot.value;
  const planned = planNode(world.kernel, document);
  if (!planned.ok) output.warn(`vnet: ${renderFailure(planned.error)}`);
  const steps = planned.ok ? planned.value.plan.steps : [];
  const foreign = planned.ok ? planned.value.plan.foreign : [];
  const namespaces = planned.ok ? planned.value.observation.namespaces : new Map();
  const endpoints = describeEndpoints(document, namespaces, steps);
  const pools = Object.keys(document.networks).map((name) => describePool(document, name, world.now()));
  if (format === 'json') {
    const { node, generation, bootId } = document.metadata;
    const isReady = planned.ok && steps.length === 0;
    const differences = steps.map(({ key, reason }) => ({ key, reason }));
    output.print(
      JSON.stringify(
        {
          node,
          generation,
          bootId,
          ready: isReady,
          pools,
          endpoints,
          differences,
          foreign: foreign.map(keyOf),
        },
        null,
        2,
      ),
    );
  } else {
    output.print(statusText(document, world.bootId, { endpoints, pools }));
    output.print('');
    for (const { key, reason, change } of steps)
      output.print(output.paint(change.verb, `  ! ${key}  ${reason}`));
    for (const object of foreign)
      output.print(output.paint('foreign', `  ? ${keyOf(object)}  foreign, left alone`));
    output.print(planned.ok ? readyLine(steps.length) : 'Unknown: the kernel could not be read.');
  }
  return { ok: true, value: planned.ok ? EXIT.done : EXIT.error };
}

function readyLine(differences: number): string {
  if (differences === 0) return 'Ready: the kernel is as the document says.';
  return `Drifted: ${differences} differences. See vnet reconcile --dry-run, repair with vnet reconcile.`;
}

function statusText(
  document: VnetDocument,
  bootId: string,
  {
    endpoints,
    pools,
  }: { endpoints: readonly EndpointView[]; pools: readonly ReturnType<typeof describePool>[] },
): string {
  const { node, generation } = document.metadata;
  const boot = document.metadata.bootId === bootId ? 'this boot' : 'an earlier boot: run vnet reconcile';
  const head = `vnet on ${node}   generation ${generation}   endpoints of ${boot}`;
  const networks = renderTable(
    [
      'NETWORK',
      'MODE',
      'UPLINK',
      'BRIDGE',
      'ENDPOINTS',
      'USED',
      'FREE',
      'RESTING',
      'RESERVED',
      'WITHDRAWN',
      'TOTAL',
    ],
    Object.entries(document.networks).map(([name, network], index) => {
      const counts = pools[index]?.counts;
      const own = endpoints.filter((endpoint) => endpoint.network === name).length;
      return [
        name,
        network.mode,
        ...linksOf(network),
        String(own),
        ...[
          counts?.used,
          counts?.free,
          counts?.quarantined,
          counts?.reserved,
          counts?.withdrawn,
          counts?.total,
        ].map((count) => String(count ?? 0)),
      ];
    }),
  );
  const troubled = endpoints.filter(({ state }) => state !== 'ready' && state !== 'lease');
  return [head, '', networks, ...(troubled.length === 0 ? [] : ['', endpointTable(troubled)])].join('\n');
}

/** Returns the names of uplink and bridge, as a table shows them. */
function linksOf(network: Network): readonly [uplink: string, bridge: string] {
  if (network.mode !== 'bridge') return ['-', '-'];
  const { uplink, bridge } = network;
  return [uplink.released === true ? `${uplink.name} (released)` : uplink.name, bridge.name];
}

/** Prints the endpoints, with all that leads from pod to bridge. */
export function getEndpoints(world: PreviewWorld, format: Format, output: Output): Result<ExitCode, Problem> {
  const snapshot = world.store.read();
  if (!snapshot.ok) return snapshot;
  const document = snapshot.value?.document;
  if (document === undefined) {
    output.print(format === 'json' ? '[]' : 'No endpoints: there is no document yet.');
    return { ok: true, value: EXIT.done };
  }
  const planned = planNode(world.kernel, document);
  if (!planned.ok) return planned;
  const endpoints = describeEndpoints(
    document,
    planned.value.observation.namespaces,
    planned.value.plan.steps,
  );
  if (format === 'json') output.print(JSON.stringify(endpoints, null, 2));
  else output.print(endpoints.length === 0 ? 'No endpoints.' : endpointTable(endpoints));
  return { ok: true, value: EXIT.done };
}

function endpointTable(endpoints: readonly EndpointView[]): string {
  return renderTable(
    ['POD', 'CONTAINER', 'NETNS', 'INTERFACE', 'HOST VETH', 'BRIDGE', 'MAC', 'ADDRESSES', 'STATE'],
    endpoints.map((endpoint) => [
      endpoint.pod === '' ? '-' : endpoint.pod,
      endpoint.containerId.slice(0, 12),
      endpoint.netns.split('/').at(-1) ?? '-',
      endpoint.ifName,
      endpoint.hostVeth === '' ? '-' : endpoint.hostVeth,
      endpoint.bridge === '' ? '-' : endpoint.bridge,
      endpoint.mac === '' ? '-' : endpoint.mac,
      endpoint.addresses.join(' '),
      endpoint.state,
    ]),
  );
}
