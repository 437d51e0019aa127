/** Pools and peers of the cluster in a real document, with a simulated kernel. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SIMULATED_KERNELS } from '../../../reconciler/app/kernel/simulated.ts';
import { resolvePaths } from '../../../reconciler/app/paths.ts';
import type { AgentNode } from '../../../reconciler/cluster/agent/agent-node.ts';
import { openLocalNode } from '../../../reconciler/cluster/agent/local-node.ts';
import type { DocumentFields } from '../../../reconciler/cluster/agent/overlay.ts';
import { podCidrFields } from '../../../reconciler/cluster/agent/pod-cidrs/node-cidrs.ts';
import { createSys } from '#sys';
import { type CliNode, makeCliNode } from '../../cli/simulated-node.ts';
import { must } from '../../support/must.ts';

const KUBENET = {
  mode: 'routed',
  bridge: { name: 'cbr0', mac: '0a:58:0a:f4:00:01' },
  podCidrs: { from: 'cluster', dev: 'azure0' },
  pools: {
    ipv4: {
      source: 'static',
      subnet: '10.244.9.0/24',
      gateway: '10.244.9.1',
      addresses: ['10.244.9.0/24'],
    },
  },
};

let cli: CliNode;
let node: AgentNode & { close(): void };
beforeEach(async () => {
  cli = makeCliNode();
  const environment = { VNET_ROOT: cli.root, VNET_NODE: 'node-1' };
  const paths = resolvePaths({}, environment);
  const place = { sys: createSys(), paths, environment, kernels: SIMULATED_KERNELS };
  const parts = { place, warn: () => undefined, arm: () => undefined, isStopped: () => false };
  node = must(await openLocalNode(parts));
  const added = (fields: DocumentFields): DocumentFields => ({
    ...fields,
    networks: { ...Object(fields['networks']), kubenet: KUBENET },
  });
  must(await node.change(added));
});
afterEach(() => {
  node.close();
  cli.remove();
});

const NODES = new Map([
  ['node-1', { podCidrs: ['10.244.1.0/24'], internal: ['10.240.0.35'] }],
  ['node-2', { podCidrs: ['10.244.2.0/24'], internal: ['10.240.0.36'] }],
]);
const follow = (fields: DocumentFields): DocumentFields | undefined => podCidrFields(fields, NODES, 'node-1');

const routes = (): readonly string[] => {
  const seen = cli.kernel.observe({ whole: true, devices: [], pods: [], sysctls: [], entries: [] });
  const state = seen.ok ? Array.from(seen.value.state.values()) : [];
  return state.flatMap((one) => (one.kind === 'route' && one.via === '10.240.0.36' ? [one.to] : []));
};

describe('the podCIDRs of a cluster', () => {
  it('are in document and kernel at once, without a window; history and blame name them', async () => {
    must(await node.change(follow));
    expect(cli.read()).toContain('subnet: 10.244.1.0/24');
    expect(routes()).toEqual(['10.244.2.0/24']);
    expect(must(node.observe()).open).toBeUndefined();
    expect(cli.vnet('blame', 'networks.kubenet.peers').stdout).toContain('kubernetes:podCIDRs');
    const before = cli.read();
    must(await node.change(follow));
    expect([cli.read(), cli.vnet('reconcile', '--dry-run').code]).toEqual([before, 0]);
  });

  it('wait for an unconfirmed change of a person, and lose nothing of it', async () => {
    const edited = cli.file(
      'edited.yaml',
      cli.read().replace(/^networks:/m, 'policy: { links: report }\nnetworks:'),
    );
    expect(cli.vnet('apply', '-f', edited, '--confirm-within', '1h')).toMatchObject({ code: 0, stderr: '' });
    const held = await node.change(follow);
    expect(held.ok || held.error.code).toBe('busy');
    expect(cli.vnet('confirm').code).toBe(0);
    must(await node.change(follow));
    expect(cli.read()).toMatch(/^policy: .*report/m);
    expect(cli.read()).toContain('10.244.1.0/24');
  });
});
