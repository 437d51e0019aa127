/** The agent's node with a real document, real files and a simulated kernel. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SIMULATED_KERNELS } from '../../../reconciler/app/kernel/simulated.ts';
import { resolvePaths } from '../../../reconciler/app/paths.ts';
import type { AgentNode } from '../../../reconciler/cluster/agent/agent-node.ts';
import { NO_RECORD, recordAttempt, type RevisionRecord } from '../../../reconciler/cluster/agent/attempt.ts';
import { openLocalNode } from '../../../reconciler/cluster/agent/local-node.ts';
import type { NodeSpec } from '../../../reconciler/cluster/custom-resources.ts';
import { createSys } from '#sys';
import { type CliNode, makeCliNode } from '../../cli/simulated-node.ts';
import { HOST } from '../../../reconciler/model/state.ts';
import { must } from '../../support/must.ts';

const MTU = { networks: { azure: { bridge: { mtu: 1400 } } } };

let cli: CliNode;
let node: AgentNode & { close(): void };
let armed: number;
beforeEach(async () => {
  cli = makeCliNode();
  armed = 0;
  const environment = { VNET_ROOT: cli.root, VNET_NODE: 'node-1' };
  const place = {
    sys: createSys(),
    paths: resolvePaths({}, environment),
    environment,
    kernels: SIMULATED_KERNELS,
  };
  const arm = (): void => {
    armed += 1;
  };
  node = must(await openLocalNode({ place, warn: () => undefined, arm, isStopped: () => false }));
});
afterEach(() => {
  node.close();
  cli.remove();
});

async function apply(
  name: string,
  document: object,
  spec: NodeSpec = {},
  record: RevisionRecord = NO_RECORD,
) {
  const revision = { metadata: { name }, spec: { document: { ...document }, reason: 'overlay' } };
  const attempt = must(await node.apply({ revision, spec, specGeneration: 1, record }));
  return { attempt, record: recordAttempt(record, attempt) };
}

const bridgeMtu = (): number | undefined => {
  const seen = cli.kernel.observe({ whole: true, devices: [], pods: [], sysctls: [], entries: [] });
  const bridge = seen.ok ? seen.value.state.get('link azure0') : undefined;
  return bridge?.kind === 'link' ? bridge.mtuBytes : undefined;
};

describe('a revision on a node', () => {
  it('changes document and kernel in a window, and is confirmed; history and blame name it', async () => {
    const { attempt } = await apply('mtu', MTU);
    const plan = { steps: 1, disruption: 'hitless', pods: 0 };
    expect(attempt).toMatchObject({ state: 'open', reason: 'Applied', generation: 8, plan });
    expect([bridgeMtu(), armed]).toEqual([1400, 1]);
    expect(must(node.observe()).open).toEqual({ revision: 'mtu', by: 'kubernetes:mtu' });
    expect(must(await node.confirm(attempt))).toMatchObject({ state: 'confirmed', reason: 'Confirmed' });
    expect(must(node.observe()).open).toBeUndefined();
    expect(cli.vnet('history').stdout).toContain('kubernetes:mtu');
    expect(cli.vnet('blame', 'networks.azure.bridge').stdout).toContain('kubernetes:mtu');
    expect(cli.vnet('confirm').code).toBe(66);
  });

  it('is not confirmed while the kernel does not match, and is rolled back at the deadline without the agent', async () => {
    const { attempt } = await apply('mtu', MTU, { confirmWithinSeconds: 5 });
    const seen = must(cli.kernel.observe({ whole: true, devices: [], pods: [], sysctls: [], entries: [] }));
    const have = seen.state.get('link azure0');
    if (have?.kind !== 'link') throw new Error('no bridge');
    const want = { ...have, mtuBytes: 1300 };
    cli.kernel.play((kernel) => kernel.tamper({ verb: 'update', want, have, fields: ['mtuBytes'] }));
    expect(await node.confirm(attempt)).toMatchObject({ ok: false, error: { code: 'busy' } });
    expect(cli.vnet('revert').code).toBe(0);
    expect([must(node.ended(attempt)).state, bridgeMtu()]).toEqual(['rolled-back', 1500]);
    expect(await node.confirm(attempt)).toMatchObject({ ok: false, error: { code: 'not-found' } });
  });

  it('that an administrator confirms counts as confirmed', async () => {
    const { attempt } = await apply('mtu', MTU);
    expect(cli.vnet('confirm').code).toBe(0);
    expect(must(node.ended(attempt))).toMatchObject({ state: 'confirmed', reason: 'ConfirmedByHand' });
  });

  it('is seen at once, though the node was looked at just before: by the agent, by a person, by a round', async () => {
    const look = () => {
      const { document, open, status } = must(node.observe());
      return [document?.generation, open?.revision, status?.convergedGeneration];
    };
    expect([look(), look()]).toEqual([
      [7, undefined, 7],
      [7, undefined, 7],
    ]);
    const { attempt } = await apply('mtu', MTU);
    expect(look()).toEqual([8, 'mtu', 8]);
    must(await node.confirm(attempt));
    expect(look()).toEqual([8, undefined, 8]);
    const text = cli.read().replace('mtu: 1400 #', 'mtu: 1450 #');
    expect(cli.vnet('apply', '-f', cli.file('n.yaml', text)).code).toBe(0);
    expect(look()).toEqual([9, undefined, 9]);
  });

  it('finds the code loaded: a rehearsal of an apply changes nothing, and leaves nothing', async () => {
    const before = [cli.read(), bridgeMtu(), cli.vnet('history').stdout];
    await node.warmUp();
    expect([cli.read(), bridgeMtu(), cli.vnet('history').stdout]).toEqual(before);
    expect([must(node.observe()).open, armed]).toEqual([undefined, 0]);
    expect(readdirSync(join(cli.root, 'run/vnet'))).not.toContain('rehearsal');
  });

  it('counts no address that the node itself has', () => {
    const free = (): readonly number[] => must(node.observe()).pools.map((pool) => pool.free);
    const [before = 0] = free();
    expect(before).toBeGreaterThan(1);
    cli.kernel.play((kernel) => {
      kernel.addDevice({
        kind: 'link',
        netns: HOST,
        name: 'docker0',
        type: 'device',
        mac: '02:42:00:00:00:01',
      });
      const want = { kind: 'address', netns: HOST, dev: 'docker0', address: '10.240.0.38/32' } as const;
      kernel.tamper({ verb: 'create', want });
    });
    // Writes one of the files on which an observation depends.
    expect(cli.vnet('reconcile').code).toBe(0);
    expect(free()).toEqual([before - 1]);
  });

  it('is withdrawn', async () => {
    const { attempt } = await apply('mtu', MTU);
    expect(must(await node.withdraw(attempt))).toMatchObject({ state: 'rolled-back' });
    expect(bridgeMtu()).toBe(1500);
  });

  it('waits for the unconfirmed change of a person, and that one is not ended by it', async () => {
    const text = cli.read().replace('mtu: 1500 #', 'mtu: 1450 #');
    expect(cli.vnet('apply', '-f', cli.file('n.yaml', text), '--confirm-within', '10m').code).toBe(0);
    const revision = { metadata: { name: 'mtu' }, spec: { document: MTU } };
    const answer = await node.apply({ revision, spec: {}, specGeneration: 1, record: NO_RECORD });
    expect(answer).toMatchObject({ ok: false, error: { code: 'busy' } });
    expect([must(node.observe()).open?.revision, bridgeMtu()]).toEqual([undefined, 1450]);
    expect(cli.vnet('revert').code).toBe(0);
  });

  it.each([
    ['unknown to this version', { networks: { azure: { turbo: true } } }, 'Invalid'],
    ['of the node', { networks: { azure: { uplink: { name: 'eth9' } } } }, 'ForeignFields'],
    [
      'that takes a leased address away',
      { networks: { azure: { pools: { ipv4: { addresses: ['10.240.0.50'] } } } } },
      'Refused',
    ],
  ])('with a field %s is refused, and nothing is touched', async (_name, document, reason) => {
    const before = cli.read();
    const { attempt } = await apply('bad', document);
    expect(attempt).toMatchObject({ state: 'refused', reason });
    expect([cli.read(), bridgeMtu()]).toEqual([before, 1500]);
  });

  it('that was changed under its name is refused', async () => {
    const first = await apply('mtu', MTU);
    const record = recordAttempt(first.record, must(await node.confirm(first.attempt)));
    const { attempt } = await apply('mtu', { networks: { azure: { bridge: { mtu: 1350 } } } }, {}, record);
    expect(attempt).toMatchObject({ state: 'refused', reason: 'RevisionChanged' });
    expect(bridgeMtu()).toBe(1400);
  });

  it('keeps the edit of an administrator, and ends as it was with a revision that takes the field back', async () => {
    const first = await apply('mtu', { ...MTU, policy: { links: 'report' } });
    const record = recordAttempt(first.record, must(await node.confirm(first.attempt)));
    must(node.keep(record));
    expect(must(node.record())).toEqual(record);
    const edited = cli.read().replace('mtu: 1400 #', 'mtu: 1450 #');
    expect(cli.vnet('apply', '-f', cli.file('n.yaml', edited)).code).toBe(0);
    const second = await apply('none', { networks: {} }, {}, record);
    expect(second.attempt.state).toBe('open');
    expect(bridgeMtu()).toBe(1450);
    expect(cli.read()).not.toContain('policy:');
    must(await node.confirm(second.attempt));
  });

  it('says which fields stay, where all of them were edited on the node', async () => {
    const first = await apply('mtu', MTU);
    const record = recordAttempt(first.record, must(await node.confirm(first.attempt)));
    const edited = cli.read().replace('mtu: 1400 #', 'mtu: 1450 #');
    expect(cli.vnet('apply', '-f', cli.file('n.yaml', edited)).code).toBe(0);
    const { attempt } = await apply('next', { networks: { azure: { bridge: { mtu: 1300 } } } }, {}, record);
    expect(attempt).toMatchObject({ state: 'confirmed', localEdits: ['networks.azure.bridge.mtu'] });
    expect(attempt.message).toContain('networks.azure.bridge.mtu');
    expect(bridgeMtu()).toBe(1450);
  });

  it('waits for the first document of the node', async () => {
    const read = cli.read();
    const { rmSync } = await import('node:fs');
    rmSync(`${cli.root}/var/lib/vnet`, { recursive: true });
    expect(read.length).toBeGreaterThan(0);
    const revision = { metadata: { name: 'mtu' }, spec: { document: MTU } };
    const answer = await node.apply({ revision, spec: {}, specGeneration: 1, record: NO_RECORD });
    expect(answer).toMatchObject({ ok: false, error: { code: 'not-found' } });
    expect(must(node.observe()).document).toBeUndefined();
  });
});
