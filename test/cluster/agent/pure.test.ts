import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_RECORD, recordAttempt, type RevisionAttempt } from '../../../reconciler/cluster/agent/attempt.ts';
import { decide } from '../../../reconciler/cluster/agent/decide.ts';
import { fieldsDigest } from '../../../reconciler/cluster/agent/digest.ts';
import { editedFields, foreignFields, overlayRevision } from '../../../reconciler/cluster/agent/overlay.ts';
import { reportDelayMs } from '../../../reconciler/cluster/agent/report.ts';
import { renderRevision } from '../../../reconciler/cluster/agent/revision-text.ts';
import { readDocument } from '../../../reconciler/document/yaml/read.ts';
import { DOCUMENT } from '../../cli/simulated-node.ts';

const leaf = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
);
const key = fc.constantFrom('a', 'b', 'c');
/** Trees of fields, never empty below the top. */
const fields = fc.dictionary(key, fc.oneof(leaf, fc.dictionary(key, leaf, { minKeys: 1 })));

describe('a revision over a document', () => {
  it('is applied once: a second time changes nothing, and edited fields are named', () => {
    fc.assert(
      fc.property(fields, fields, fields, fc.boolean(), (have, wanted, previous, isOverwriting) => {
        const request = { wanted, previous, isOverwriting };
        const once = overlayRevision(have, request);
        expect(overlayRevision(once.fields, { ...request, previous: wanted }).fields).toEqual(once.fields);
        expect([...editedFields(once.fields, wanted)].toSorted()).toEqual([...once.localEdits].toSorted());
        if (isOverwriting) expect(once.localEdits).toEqual([]);
      }),
    );
  });

  it('gives what it had before when the same revision without the field follows', () => {
    const have = { networks: { azure: { mode: 'bridge' } } };
    const wanted = { networks: { azure: { bridge: { mtu: 1400 } } }, policy: { links: 'report' } };
    const first = overlayRevision(have, { wanted, previous: {}, isOverwriting: false });
    expect(first.fields).toEqual({
      networks: { azure: { mode: 'bridge', bridge: { mtu: 1400 } } },
      policy: { links: 'report' },
    });
    const second = overlayRevision(first.fields, { wanted: {}, previous: wanted, isOverwriting: false });
    expect(second).toEqual({ fields: have, localEdits: [] });
  });

  it('keeps fields edited on the node, a list as one value', () => {
    const previous = { networks: { azure: { routes: [{ to: '10.0.0.0/8' }], mtu: 1400 } } };
    const have = { networks: { azure: { routes: [{ to: '10.9.0.0/16' }], mtu: 1400 } } };
    const wanted = { networks: { azure: { routes: [{ to: '10.8.0.0/16' }], mtu: 1300 } } };
    expect(overlayRevision(have, { wanted, previous, isOverwriting: false })).toEqual({
      fields: { networks: { azure: { routes: [{ to: '10.9.0.0/16' }], mtu: 1300 } } },
      localEdits: ['networks.azure.routes'],
    });
    expect(overlayRevision(have, { wanted, previous, isOverwriting: true }).fields).toEqual(wanted);
  });

  it('cannot have fields of the node', () => {
    const wanted = { metadata: {}, endpoints: {}, networks: { azure: { uplink: {}, mode: 'bridge' } } };
    expect(foreignFields(wanted)).toEqual(['metadata', 'endpoints', 'networks.azure.uplink']);
    expect(foreignFields({ networks: { azure: { mode: 'bridge' } } })).toEqual([]);
  });
});

describe('the text of a revision', () => {
  const document = (() => {
    const read = readDocument(DOCUMENT, 'vnet.yaml');
    if (!read.ok) throw new Error('the sample is invalid');
    return read.value;
  })();
  const snapshot = { text: DOCUMENT, document };
  const render = (wanted: object) =>
    renderRevision(snapshot, { wanted: { ...wanted }, previous: {}, isOverwriting: false }, 'r');

  it('keeps comments and every other line, and adds a section above those of CNI', () => {
    const textOf = (wanted: object): string => {
      const rendered = render(wanted);
      return rendered.ok ? (rendered.value.text ?? '') : '';
    };
    // The library writes maps in flow style without spaces.
    const before = DOCUMENT.replaceAll('{ ', '{').replaceAll(' }', '}');
    expect(textOf({ networks: { azure: { bridge: { mtu: 1400 } } } })).toBe(
      before.replace('mtu: 1500 # as the fabric has it', 'mtu: 1400 # as the fabric has it'),
    );
    const text = textOf({ policy: { links: 'report' } });
    expect(text.indexOf('policy:')).toBeGreaterThan(0);
    expect(text.indexOf('policy:')).toBeLessThan(text.indexOf('endpoints:'));
    expect(text.replace(/policy:\n {2}links: report\n/, '')).toBe(before);
  });

  it('is none if the node has it already', () => {
    expect(render({ networks: { azure: { bridge: { mtu: 1500 } } } })).toEqual({
      ok: true,
      value: { text: undefined, localEdits: [] },
    });
  });

  it('is refused with a field that this version does not know, or a wrong value', () => {
    for (const wanted of [
      { networks: { azure: { turbo: true } } },
      { networks: { azure: { bridge: { mtu: 1 } } } },
      { later: 1 },
    ])
      expect(render(wanted)).toMatchObject({ ok: false, error: { kind: 'issues' } });
  });
});

describe('a decision', () => {
  const attempt = (state: RevisionAttempt['state']): RevisionAttempt => ({
    revision: 'a',
    specGeneration: 1,
    digest: '',
    state,
    reason: '',
    message: '',
    localEdits: [],
    fields: {},
  });
  const recordOf = (state: RevisionAttempt['state'] | undefined) =>
    state === undefined ? NO_RECORD : recordAttempt(NO_RECORD, attempt(state));
  const states = fc.constantFrom('open', 'confirmed', 'refused', 'failed', 'rolled-back', undefined);
  const open = fc.constantFrom(
    undefined,
    { revision: 'a', by: 'kubernetes:a' },
    { revision: undefined, by: 'vnet apply' },
  );

  it('without a spec changes nothing on the node', () => {
    fc.assert(
      fc.property(states, open, (state, change) => {
        const { kind } = decide({
          spec: undefined,
          specGeneration: 0,
          record: recordOf(state),
          open: change,
        });
        expect(['keep', 'wait', 'confirm', 'ended']).toContain(kind);
      }),
    );
  });

  const ours = { revision: 'a', by: 'kubernetes:a' };
  const persons = { revision: undefined, by: 'vnet apply' };

  it.each([
    { if: 'another revision is wanted', desired: 'b', generation: 2, state: 'confirmed', so: 'apply' },
    { if: 'the same one is wanted', desired: 'a', generation: 1, state: 'confirmed', so: 'keep' },
    { if: 'it was refused', desired: 'a', generation: 1, state: 'refused', so: 'keep' },
    { if: 'it was refused, the wish changed', desired: 'a', generation: 2, state: 'refused', so: 'apply' },
    { if: 'its window is open', desired: 'a', generation: 1, state: 'open', change: ours, so: 'confirm' },
    {
      if: 'another is wanted meanwhile',
      desired: 'b',
      generation: 2,
      state: 'open',
      change: ours,
      so: 'withdraw',
    },
    { if: 'its window is over', desired: 'a', generation: 1, state: 'open', so: 'ended' },
    {
      if: 'a change by hand is open',
      desired: 'b',
      generation: 2,
      state: 'confirmed',
      change: persons,
      so: 'wait',
    },
    { if: 'nothing is wanted', desired: undefined, generation: 1, state: 'confirmed', so: 'keep' },
  ] as const)('if $if: $so', (row) => {
    const { desired, generation: specGeneration, state } = row;
    const spec = desired === undefined ? {} : { desiredRevision: desired };
    const change = 'change' in row ? row.change : undefined;
    expect(decide({ spec, specGeneration, record: recordOf(state), open: change }).kind).toBe(row.so);
  });
});

describe('a report', () => {
  const status = { bootId: 'a', addresses: { free: 3 }, drift: { count: 0 } };
  it('waits ten seconds, a minute for the use of addresses, and for nothing when a condition turned', () => {
    const last = { status, atMs: 1000 };
    const turned = {
      type: 'Ready',
      status: 'False',
      reason: 'x',
      message: '',
      lastTransitionTime: '',
    } as const;
    const at = (nowMs: number) => ({ nowMs, sharedAtMs: 200_000 });
    expect(reportDelayMs(undefined, status, at(1000))).toBe(0);
    expect(reportDelayMs(last, { ...status }, at(99_000))).toBeUndefined();
    expect(reportDelayMs(last, { ...status, drift: { count: 1 } }, at(2000))).toBe(9000);
    expect(reportDelayMs(last, { ...status, addresses: { free: 2 } }, at(2000))).toBe(59_000);
    expect(reportDelayMs(last, { ...status, conditions: [turned] }, at(2000))).toBe(0);
    expect(reportDelayMs(last, { ...status, revision: { desired: 'b' } }, at(2000))).toBe(0);
  });

  it('waits longer with values that change on all nodes at the same time, unless another one is due before', () => {
    const before = { ...status, policy: { isEnforced: true, policies: 1, isCurrent: true, lagSeconds: 0 } };
    const last = { status: before, atMs: 1000 };
    const at = { nowMs: 2000, sharedAtMs: 200_000 };
    const after = { ...before, policy: { ...before.policy, policies: 2, lagSeconds: 1 } };
    expect(reportDelayMs(last, after, at)).toBe(198_000);
    expect(reportDelayMs(last, { ...after, addresses: { free: 2 } }, at)).toBe(59_000);
    expect(reportDelayMs(last, { ...after, drift: { count: 1 } }, at)).toBe(9000);
    expect(reportDelayMs(last, { ...after, policy: { ...after.policy, isCurrent: false } }, at)).toBe(9000);
  });
});

it('digests do not depend on the order of keys', () => {
  expect(fieldsDigest({ a: 1, b: { c: 2, d: [1, 2] } })).toBe(fieldsDigest({ b: { d: [1, 2], c: 2 }, a: 1 }));
  expect(fieldsDigest({ a: [1, 2] })).not.toBe(fieldsDigest({ a: [2, 1] }));
});
