import { describe, expect, it } from 'vitest';
import type { SimulatedKernel } from '../../../reconciler/kernel/simulated/simulated.ts';
import {
  beginImport,
  finishImport,
  type ImportOutcome,
  previewImport,
} from '../../../reconciler/loop/import/import.ts';
import { planNode } from '../../../reconciler/loop/node/plan-node.ts';
import type { Problem } from '../../../reconciler/document/store/store.ts';
import { failure, type Result } from '../../../reconciler/model/result.ts';
import {
  azureKernel,
  azureRules,
  type AzureWorld,
  azureWorld,
  endpointsOf,
  sampleRequest,
} from '../../azure/azure-kernel.ts';
import { must } from '../../support/must.ts';

function sampleWorld(): AzureWorld & { readonly kernel: SimulatedKernel } {
  const { state } = sampleRequest();
  return azureWorld(azureKernel(state), azureRules(state));
}

function importInto(world: AzureWorld, request = sampleRequest()): Result<ImportOutcome, Problem> {
  const begun = beginImport(world, request);
  return begun.ok ? finishImport(world, begun.value, 'hitless') : begun;
}

function isDone(world: AzureWorld): boolean {
  const document = world.store.document();
  if (document === undefined) return false;
  return must(planNode(world.kernel, document)).plan.steps.length === 0 && world.rules().length === 0;
}

/** All kernel objects in pods' namespaces. */
function insideOf(kernel: SimulatedKernel): unknown {
  const { state } = sampleRequest();
  const pods = endpointsOf(state).map(({ netns, ifName }) => ({ netns, ifName }));
  const seen = must(kernel.observe({ whole: true, devices: [], pods, sysctls: [], entries: [] }));
  return Array.from(seen.state.values()).filter(({ netns }) => netns !== '');
}

describe('importing a node of Azure CNI', () => {
  it('adopts existing objects by ordinary hitless updates, touches no pod, and removes the rules last', () => {
    const world = sampleWorld();
    const before = insideOf(world.kernel);
    const preview = must(previewImport(world, sampleRequest()));
    expect(preview.plan.steps.map(({ disruption }) => disruption)).toEqual(
      preview.plan.steps.map(() => 'hitless'),
    );
    expect(preview.plan.steps.filter(({ change }) => change.verb === 'delete')).toEqual([]);
    expect(preview.rules).toHaveLength(9);
    const outcome = importInto(world);
    expect(outcome).toMatchObject({ ok: true, value: { isResumed: false } });
    expect(isDone(world)).toBe(true);
    expect(insideOf(world.kernel)).toEqual(before);
    expect(world.record()?.rules).toHaveLength(9);
    expect(world.record()?.rules[0]).toMatch(/^ebtables -t nat -A POSTROUTING -s Unicast -o eth0/);
    expect(world.store.document()?.networks['azure']).toMatchObject({
      uplink: {
        name: 'eth0',
        addresses: [{ address: '10.240.2.35/16' }],
        routes: [{ to: 'default', protocol: 3 }],
      },
      bridge: { name: 'azure0' },
      pools: {
        ipv4: {
          source: 'azure',
          addresses: ['10.240.2.36-10.240.2.235'],
        },
      },
      dns: { nameservers: ['168.63.129.16'] },
    });
  });

  it('does nothing the second time', () => {
    const world = sampleWorld();
    importInto(world);
    const [before, writes] = [world.kernel.dump(), world.store.writes()];
    expect(importInto(world)).toMatchObject({ ok: true, value: { isResumed: true, removed: [] } });
    expect([world.kernel.dump(), world.store.writes()]).toEqual([before, writes]);
  });

  it('goes on from wherever it was stopped: record, rules, and every change of the kernel', () => {
    const stop = failure('io', 'test', 'stopped here');
    for (let call = 1; call <= 16; call += 1) {
      const world = sampleWorld();
      world.fail(call, stop);
      const first = importInto(world);
      expect([call, first.ok]).toEqual([call, call > 15]);
      world.fail(0, stop);
      expect([call, importInto(world).ok, isDone(world)]).toEqual([call, true, true]);
    }
    for (let change = 0; change < 40; change += 1) {
      const world = sampleWorld();
      let count = 0;
      world.kernel.failNext(() => count++ === change, stop);
      const first = must(importInto(world) as Result<ImportOutcome>);
      // After a failed step, only azure-vnet's rules keep pods connected.
      if ((first.round?.remaining.length ?? 0) > 0)
        expect([change, world.rules().length]).toEqual([change, 9]);
      expect([change, importInto(world).ok, isDone(world)]).toEqual([change, true, true]);
    }
  });

  it('refuses a document that is of something else, and one of another import', () => {
    const world = sampleWorld();
    importInto(world);
    const other = { ...sampleRequest(), digest: 'another' };
    expect(importInto(world, other)).toMatchObject({ ok: false, error: { code: 'refused' } });
    const fresh = sampleWorld();
    fresh.store.replace(world.store.document());
    expect(importInto(fresh)).toMatchObject({ ok: false, error: { code: 'refused' } });
    expect(fresh.rules()).toHaveLength(9);
  });

  it.each([
    ['"Mode": "bridge"', '"Mode": "tunnel"', 'tunnel'],
    ['"EnableMultitenancy": false', '"EnableMultitenancy": true', ''],
    ['"BridgeName": "azure0"', '"BridgeName": "azure9"', 'azure9'],
    ['"Name": "eth0"', '"Name": "eth9"', 'eth9'],
    ['"Networks"', '"Other"', ''],
  ])('refuses %s changed to %s, and touches nothing', (from, to, named) => {
    const world = sampleWorld();
    const before = world.kernel.dump();
    const refused = importInto(
      world,
      sampleRequest((text) => text.replace(from, to)),
    );
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'refused', message: expect.stringContaining(named) },
    });
    expect([world.kernel.dump(), world.rules().length, world.record()]).toEqual([before, 9, undefined]);
  });

  it('refuses steps that would interrupt traffic, unless they are allowed', () => {
    const world = sampleWorld();
    const link = { kind: 'link', netns: '', name: 'azure0', type: 'bridge' } as const;
    world.kernel.tamper({
      verb: 'create',
      want: {
        kind: 'route',
        netns: '',
        family: 4,
        to: '10.77.0.0/16',
        table: 254,
        metric: 0,
        dev: link.name,
        via: '10.240.0.1',
        protocol: 118,
      },
    });
    const refused = importInto(world);
    expect(refused).toMatchObject({ ok: false, error: { message: expect.stringContaining('10.77.0.0/16') } });
    expect(world.store.document()).toBeUndefined();
    expect(previewImport(world, { ...sampleRequest(), limit: 'flow-reset' }).ok).toBe(true);
  });
});
