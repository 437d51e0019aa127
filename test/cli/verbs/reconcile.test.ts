import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../reconciler/app/exit-codes.ts';
import { preview, reconcile } from '../../../reconciler/cli/verbs/change/round-report.ts';
import { release } from '../../../reconciler/cli/verbs/change/release-uplink.ts';
import { failure, ok } from '../../../reconciler/model/result.ts';
import { createMemorySession, type MemorySession } from '../../support/memory-session.ts';
import { bootedKernel, documentOf, endpointOf } from '../../support/node.ts';
import { capture } from '../../support/output.ts';

function converged(pods: readonly number[]): MemorySession {
  const session = createMemorySession(bootedKernel(pods), documentOf(pods));
  expect(reconcile(session, { limit: 'hitless' }, 'text', capture())).toEqual(ok(EXIT.done));
  return session;
}

describe('vnet reconcile', () => {
  it('exits 0 if there is nothing to do, 2 if a preview has steps, 0 after a repair', () => {
    const session = converged([0]);
    expect(preview(session, { limit: 'hitless' }, 'text', capture())).toEqual(ok(EXIT.done));
    session.kernel.tamper({
      verb: 'delete',
      have: {
        kind: 'neighbour',
        netns: '',
        dev: 'azure0',
        address: '10.240.0.36',
        mac: endpointOf(0).mac ?? '',
      },
    });
    const before = session.kernel.dump();
    const seen = capture();
    expect(preview(session, { limit: 'hitless' }, 'json', seen)).toEqual(ok(EXIT.differences));
    expect(session.kernel.dump()).toBe(before);
    expect(JSON.parse(seen.out())).toMatchObject({
      format: 'vnet.plan/1',
      generation: 7,
      steps: [{ action: 'create', key: 'neighbour 10.240.0.36 dev azure0', pods: ['default/web-0'] }],
    });
    const text = capture();
    expect(reconcile(session, { limit: 'hitless' }, 'text', text)).toEqual(ok(EXIT.done));
    expect(text.out()).toMatch(/generation 7 \(1 /);
    expect(preview(session, { limit: 'hitless' }, 'text', capture())).toEqual(ok(EXIT.done));
  });

  it('exits 3 with the reason if one object fails, and repairs the others', () => {
    const session = createMemorySession(bootedKernel([0, 1]), documentOf([0, 1]));
    for (let times = 0; times < 3; times += 1) {
      session.kernel.failNext(
        (change) =>
          change.verb === 'create' &&
          change.want.kind === 'link' &&
          change.want.name === endpointOf(0).hostVeth,
        failure('busy', 'add veth', 'made to fail'),
      );
    }
    const seen = capture();
    expect(reconcile(session, { limit: 'hitless' }, 'text', seen)).toEqual(ok(EXIT.partly));
    expect(seen.err()).toContain('add veth: made to fail');
    expect(seen.out()).toContain(`remaining   link ${endpointOf(0).hostVeth ?? ''}`);
    expect(seen.out()).not.toContain(`remaining   link ${endpointOf(1).hostVeth ?? ''}`);
  });

  it('exits 5 and withholds what would cut off a pod, unless it is allowed', () => {
    const session = converged([0, 1]);
    session.store.replace(documentOf([1]));
    const seen = capture();
    const before = session.kernel.dump();
    expect(reconcile(session, { limit: 'hitless' }, 'text', seen)).toEqual(ok(EXIT.refused));
    expect(session.kernel.dump()).toBe(before);
    expect(seen.out()).toContain('withheld');
    expect(seen.out()).toContain('--max-disruption pod-outage');
    expect(reconcile(session, { limit: 'pod-outage' }, 'text', capture())).toEqual(ok(EXIT.done));
    expect(preview(session, { limit: 'hitless' }, 'text', capture())).toEqual(ok(EXIT.done));
  });

  it('has nothing to do without a document', () => {
    const seen = capture();
    expect(
      reconcile(createMemorySession(bootedKernel([]), undefined), { limit: 'hitless' }, 'text', seen),
    ).toEqual(ok(EXIT.done));
    expect(seen.out()).not.toBe('');
  });
});

describe('vnet release', () => {
  it('is refused while pods are attached, and names them', () => {
    const session = converged([0]);
    const before = session.kernel.dump();
    const result = release(session, undefined, capture());
    expect(result).toMatchObject({ ok: false, error: { code: 'refused' } });
    expect(JSON.stringify(result)).toContain('default/web-0');
    expect(session.kernel.dump()).toBe(before);
  });

  it('releases the uplink, and reports no differences afterwards', () => {
    const session = converged([]);
    expect(release(session, 'azure', capture())).toEqual(ok(EXIT.done));
    expect(preview(session, { limit: 'hitless' }, 'text', capture())).toEqual(ok(EXIT.done));
    const links = session.kernel.observe({
      whole: true,
      devices: ['eth0'],
      pods: [],
      sysctls: [],
      entries: [],
    });
    expect(links.ok && Array.from(links.value.state.keys()).filter((key) => key.includes('azure0'))).toEqual(
      [],
    );
    expect(links.ok && links.value.state.has('address 10.240.0.35/16 dev eth0')).toBe(true);
    expect(release(session, 'nonsense', capture())).toMatchObject({
      ok: false,
      error: { code: 'not-found' },
    });
  });
});
