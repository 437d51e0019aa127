import { renderAzureState } from '../../../reconciler/azure/render.ts';
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
  type AzureSession,
  azureSession,
  endpointsOf,
  sampleRequest,
} from '../../azure/azure-kernel.ts';
import { must } from '../../support/must.ts';
import { hostRoute } from '../../support/objects.ts';

function sampleSession(): AzureSession & { readonly kernel: SimulatedKernel } {
  const { state } = sampleRequest();
  return azureSession(azureKernel(state), azureRules(state));
}

function importInto(session: AzureSession, request = sampleRequest()): Result<ImportOutcome, Problem> {
  const begun = beginImport(session, request);
  return begun.ok ? finishImport(session, begun.value, 'hitless') : begun;
}

function isDone(session: AzureSession): boolean {
  const document = session.store.document();
  if (document === undefined) return false;
  return must(planNode(session.kernel, document)).plan.steps.length === 0 && session.rules().length === 0;
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
    const session = sampleSession();
    const before = insideOf(session.kernel);
    const preview = must(previewImport(session, sampleRequest()));
    expect(preview.plan.steps.map(({ disruption }) => disruption)).toEqual(
      preview.plan.steps.map(() => 'hitless'),
    );
    expect(preview.plan.steps.filter(({ change }) => change.verb === 'delete')).toEqual([]);
    expect(preview.rules).toHaveLength(9);
    const outcome = importInto(session);
    expect(outcome).toMatchObject({ ok: true, value: { isResumed: false } });
    expect(isDone(session)).toBe(true);
    expect(insideOf(session.kernel)).toEqual(before);
    expect(session.record()?.rules).toHaveLength(9);
    expect(session.record()?.rules[0]).toMatch(/^ebtables -t nat -A POSTROUTING -s Unicast -o eth0/);
    expect(session.store.document()?.networks['azure']).toMatchObject({
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
    const session = sampleSession();
    importInto(session);
    const [before, writes] = [session.kernel.dump(), session.store.writes()];
    expect(importInto(session)).toMatchObject({ ok: true, value: { isResumed: true, removed: [] } });
    expect([session.kernel.dump(), session.store.writes()]).toEqual([before, writes]);
  });

  it('goes on from wherever it was stopped: record, rules, and every change of the kernel', () => {
    const stop = failure('io', 'test', 'stopped here');
    for (let call = 1; call <= 16; call += 1) {
      const session = sampleSession();
      session.fail(call, stop);
      const first = importInto(session);
      expect([call, first.ok]).toEqual([call, call > 15]);
      session.fail(0, stop);
      expect([call, importInto(session).ok, isDone(session)]).toEqual([call, true, true]);
    }
    for (let change = 0; change < 40; change += 1) {
      const session = sampleSession();
      let count = 0;
      session.kernel.failNext(() => count++ === change, stop);
      const first = must(importInto(session) as Result<ImportOutcome>);
      // After a failed step, only azure-vnet's rules keep pods connected.
      if ((first.round?.remaining.length ?? 0) > 0)
        expect([change, session.rules().length]).toEqual([change, 9]);
      expect([change, importInto(session).ok, isDone(session)]).toEqual([change, true, true]);
    }
  });

  it('refuses a document that is of something else, and one of another import', () => {
    const session = sampleSession();
    importInto(session);
    const other = { ...sampleRequest(), digest: 'another' };
    expect(importInto(session, other)).toMatchObject({ ok: false, error: { code: 'refused' } });
    const fresh = sampleSession();
    fresh.store.replace(session.store.document());
    expect(importInto(fresh)).toMatchObject({ ok: false, error: { code: 'refused' } });
    expect(fresh.rules()).toHaveLength(9);
  });

  it.each([
    ['"Mode": "bridge"', '"Mode": "l2tunnel"', 'l2tunnel'],
    ['"EnableMultitenancy": false', '"EnableMultitenancy": true', ''],
    ['"BridgeName": "azure0"', '"BridgeName": "azure9"', 'azure9'],
    ['"Name": "eth0"', '"Name": "eth9"', 'eth9'],
    ['"Networks"', '"Other"', ''],
  ])('refuses %s changed to %s, and touches nothing', (from, to, named) => {
    const session = sampleSession();
    const before = session.kernel.dump();
    const refused = importInto(
      session,
      sampleRequest((text) => text.replace(from, to)),
    );
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'refused', message: expect.stringContaining(named) },
    });
    expect([session.kernel.dump(), session.rules().length, session.record()]).toEqual([before, 9, undefined]);
  });

  it('takes over a node of mode tunnel, whose pods reach each other by the fabric', () => {
    const session = sampleSession();
    const request = sampleRequest((text) => text.replace('"Mode": "bridge"', '"Mode": "tunnel"'));
    const outcome = must(importInto(session, request) as Result<ImportOutcome>);
    expect(outcome.round?.remaining).toEqual([]);
    expect(session.store.document()?.networks['azure']).toMatchObject({ mode: 'bridge', sameNode: 'fabric' });
    expect(session.kernel.dump()).toContain('"tunnel_pods"');
    const document = session.store.document();
    if (document === undefined) throw new Error('no document');
    expect(renderAzureState({ document, time: new Date(0) })).toContain('"Mode": "tunnel"');
  });

  it('refuses steps that would interrupt traffic, unless they are allowed', () => {
    const session = sampleSession();
    const link = { kind: 'link', netns: '', name: 'azure0', type: 'bridge' } as const;
    session.kernel.tamper({
      verb: 'create',
      want: hostRoute('10.77.0.0/16', link.name, { via: '10.240.0.1', protocol: 118 }),
    });
    const refused = importInto(session);
    expect(refused).toMatchObject({ ok: false, error: { message: expect.stringContaining('10.77.0.0/16') } });
    expect(session.store.document()).toBeUndefined();
    expect(previewImport(session, { ...sampleRequest(), limit: 'flow-reset' }).ok).toBe(true);
  });
});
