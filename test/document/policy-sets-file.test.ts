/** The compiled sets beside the file of members: used only for exactly its contents, and never when they are damaged. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { createSys } from '#sys';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readMembers, versionOfMembers } from '../../reconciler/document/members-file.ts';
import { keepPolicyCache } from '../../reconciler/document/policy-cache.ts';
import { keepPolicySets, readMembersLate } from '../../reconciler/document/policy-sets-file.ts';
import { PolicyCompiler } from '../../reconciler/model/policy/compiler/compile.ts';
import { EVERY_LINK } from '../../reconciler/model/policy/local-pods.ts';
import { enforcedPolicies, policyNamesOf } from '../../reconciler/model/policy/policy-input.ts';
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { inputOf, policyWorld } from '../model/policy/worlds.ts';
import { damageOf, policedNodeWith } from './support/policed-node.ts';

const PROGRAM = '1.2.3';
const NO_LINK = { has: () => false };

const podOf = (at: number, more: object = {}) => ({
  namespace: 'shop',
  name: `pod${at}`,
  labels: { app: at % 2 === 0 ? 'web' : 'db' },
  addresses: [`10.0.0.${at}`, `fd00::${at}`],
  ...more,
});

const WHOLE = {
  format: 'vnet.policy/1',
  policies: {
    'shop/db': {
      podSelector: { matchLabels: { app: 'db' } },
      ingress: [
        {
          from: [{ podSelector: { matchLabels: { app: 'web' } } }, { ipBlock: { cidr: 'fd00:1::/64' } }],
          ports: [{ port: 5432 }, { port: 80, endPort: 99 }],
        },
      ],
    },
  },
  namespaces: { shop: { team: 'red' } },
  pods: Array.from({ length: 12 }, (_, at) => podOf(at)),
};

const HERE = policedNodeWith([1, 2, 3]);

describe('the sets of policies on disk', () => {
  const real = createSys();
  /** Ports of a process that has just started. */
  const fresh = () => ({ ...real });
  const directories: string[] = [];
  afterEach(() => {
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
    vi.restoreAllMocks();
  });

  /** A node whose last round compiled the policies of this document. */
  const make = (document = HERE, text = `${JSON.stringify(WHOLE)}\n`) => {
    const directory = mkdtempSync(join(tmpdir(), 'vnet-policy-sets-'));
    directories.push(directory);
    const [file, kept] = [join(directory, 'policy.json'), join(directory, 'policy.sets.json')];
    writeFileSync(file, text);
    const files = { sys: fresh(), directory };
    const read = readMembers(files);
    const members = read.ok ? read.value : undefined;
    keepPolicyCache(files, document, members, EVERY_LINK);
    keepPolicySets(files, PROGRAM, { document, members, seen: EVERY_LINK });
    return { directory, file, kept };
  };
  const outcomeOf = (
    directory: string,
    document: VnetDocument,
    { seen = EVERY_LINK, program = PROGRAM } = {},
  ) => {
    const compile = vi.spyOn(PolicyCompiler.prototype, 'compileFacts');
    compile.mockClear();
    const members = readMembersLate({ sys: fresh(), directory }, program);
    if (!members.ok) throw new Error(members.error.message);
    const table = enforcedPolicies(document, members.value, seen)?.table;
    const found = compile.mock.calls.length === 0 ? 'found' : 'compiled';
    const whole = readMembers({ sys: fresh(), directory });
    if (!whole.ok) throw new Error(whole.error.message);
    expect(table).toEqual(enforcedPolicies(document, whole.value, seen)?.table);
    return found;
  };

  it('are found by a process that has just started: it reads no member and compiles nothing', () => {
    const { directory } = make();
    const parse = vi.spyOn(JSON, 'parse');
    const members = readMembersLate({ sys: fresh(), directory }, PROGRAM);
    if (!members.ok || members.value === undefined) throw new Error('no members');
    enforcedPolicies(HERE, members.value, EVERY_LINK);
    expect(parse.mock.calls.filter(([text]) => text.includes('"vnet.policy/1"'))).toEqual([]);
    parse.mockRestore();
    expect(outcomeOf(directory, HERE)).toBe('found');
    const whole = readMembers({ sys: fresh(), directory });
    if (!whole.ok || whole.value === undefined) throw new Error('no members');
    expect(policyNamesOf(members.value)).toEqual(policyNamesOf(whole.value));
    expect(versionOfMembers(members.value)).toEqual(versionOfMembers(whole.value));
    const { policies, namespaces, pods } = members.value;
    expect({ policies, namespaces, pods }).toEqual(whole.value);
  });

  it('are changed by pods that have come and gone since', () => {
    const { directory } = make();
    expect(outcomeOf(directory, policedNodeWith([1, 2, 3, 5]))).toBe('found');
    expect(outcomeOf(directory, policedNodeWith([2, 3, 5, 7, 4]))).toBe('found');
    const [id = '', first] = Object.entries(HERE.endpoints ?? {})[0] ?? [];
    if (first === undefined) throw new Error('no endpoint');
    const leaving: VnetDocument = {
      ...HERE,
      endpoints: { ...HERE.endpoints, [id]: { ...first, leaving: '2026-11-30T13:00:00.000Z' } },
    };
    for (const seen of [EVERY_LINK, NO_LINK]) expect(outcomeOf(directory, leaving, { seen })).toBe('found');
    // Its labels are unknown: it has another profile.
    expect(outcomeOf(directory, policedNodeWith([1, 2, 3, 77]))).toBeDefined();
    // No isolated pod is left: no grants.
    expect(outcomeOf(directory, policedNodeWith([2]))).toBe('compiled');
  });

  it('are those of one file, one document and one version of the program', () => {
    const { directory, file } = make();
    expect(outcomeOf(directory, HERE, { program: '1.2.4' })).toBe('compiled');
    const others: readonly Partial<VnetDocument>[] = [
      { policy: { enforce: true, unknownPods: 'allow' } },
      { policy: { enforce: true, nodeCidrs: ['10.9.0.0/16'] } },
      { namespaces: { shop: { labels: { team: 'blue' } } } },
      { networkPolicies: { 'shop/all': { podSelector: {} } } },
    ];
    for (const more of others)
      expect(outcomeOf(directory, policedNodeWith([1, 2, 3], more))).toBe('compiled');
    // As many bytes.
    writeFileSync(file, readFileSync(file, 'utf8').replace('5432', '5433'));
    expect(outcomeOf(directory, HERE)).toBe('compiled');
    appendFileSync(file, `${JSON.stringify({ pods: [podOf(3, { labels: { app: 'web' } })] })}\n`);
    expect(outcomeOf(directory, HERE)).toBe('compiled');
  });

  it('are found once more after the members have changed, and then hold for the changes', () => {
    const { directory, file } = make();
    const line = `${JSON.stringify({ pods: [podOf(3, { labels: { app: 'web' } })], gone: ['shop/pod4'] })}\n`;
    appendFileSync(file, `${line}{"po`);
    const files = { sys: fresh(), directory };
    const read = readMembersLate(files, PROGRAM);
    keepPolicySets(files, PROGRAM, {
      document: HERE,
      members: read.ok ? read.value : undefined,
      seen: EVERY_LINK,
    });
    expect(outcomeOf(directory, HERE)).toBe('found');
    // As a process that stays reads on.
    const late = readMembersLate({ ...files, sys: fresh() }, PROGRAM);
    appendFileSync(file, 'ds":[]}\n');
    expect(outcomeOf(directory, HERE)).toBe('compiled');
    expect(late.ok && late.value?.pods.length).toBe(11);
  });

  it('are not used when they are damaged, cut off, or of another version', () => {
    const { directory, kept } = make();
    const bytes = readFileSync(kept);
    fc.assert(
      fc.property(damageOf(bytes), (damaged) => {
        writeFileSync(kept, damaged);
        expect(['found', 'compiled']).toContain(outcomeOf(directory, HERE));
      }),
      { numRuns: 300 },
    );
    for (const [from, to] of [
      ['pod_in4', 'pod_eg4'],
      ['policy-sets/1', 'policy-sets/0'],
    ] as const) {
      writeFileSync(kept, bytes.toString().replace(from, to));
      expect(outcomeOf(directory, HERE)).toBe('compiled');
    }
  });

  it('are written once for the same members and pods', () => {
    const { directory } = make();
    const rename = vi.fn(real.rename);
    const keep = (document: VnetDocument): number => {
      const files = { sys: { ...fresh(), rename }, directory };
      const read = readMembersLate(files, PROGRAM);
      rename.mockClear();
      keepPolicySets(files, PROGRAM, {
        document,
        members: read.ok ? read.value : undefined,
        seen: EVERY_LINK,
      });
      return rename.mock.calls.length;
    };
    expect([keep(HERE), keep(policedNodeWith([1, 3])), keep(policedNodeWith([1, 3])), keep(HERE)]).toEqual([
      0, 1, 0, 1,
    ]);
  });

  it('have another format once the compiler makes other sets of the same inputs', () => {
    const digest = createHash('sha256');
    for (const of of fc.sample(policyWorld, { numRuns: 300, seed: 15 })) {
      const sets = new PolicyCompiler().compile(inputOf(of));
      digest.update(JSON.stringify(Array.from(sets, ([name, elements]) => [name, [...elements]])));
    }
    const { kept } = make();
    const [head = ''] = readFileSync(kept, 'utf8').split('\n');
    const { format }: { format: string } = JSON.parse(head);
    // Where the second changes, for another version of the program, the first must: a round would enforce sets of the former one.
    expect([format, digest.digest('hex')]).toEqual([
      'vnet.policy-sets/1',
      'cc76206bfd0dca858dcfd3f2650aba6d13888a665ca5e19b11c1d68ff832fa85',
    ]);
  });
});
