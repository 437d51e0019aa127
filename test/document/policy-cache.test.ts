/** The summary of the cluster beside the file of members: used only for exactly that file, and never when it is damaged. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSys } from '#sys';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { haveReadMembers, readMembers } from '../../reconciler/document/members-file.ts';
import { EVERY_LINK } from '../../reconciler/model/policy/local-pods.ts';
import { keepPolicyCache, openPolicyCache } from '../../reconciler/document/policy-cache.ts';
import { policyStepsOf } from '../../reconciler/loop/node/policy-steps.ts';
import { PolicyCompiler } from '../../reconciler/model/policy/compiler/compile.ts';
import { policyChange } from '../../reconciler/model/policy/policy-input.ts';
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { damageOf, policedNodeWith } from './support/policed-node.ts';

const podOf = (at: number, more: object = {}) => ({
  namespace: 'shop',
  name: `pod${at}`,
  labels: { app: at % 2 === 0 ? 'web' : 'db' },
  addresses: [`10.0.0.${at}`],
  ...more,
});

const WHOLE = {
  format: 'vnet.policy/1',
  policies: {
    'shop/db': {
      podSelector: { matchLabels: { app: 'db' } },
      ingress: [
        {
          from: [{ podSelector: { matchLabels: { app: 'web' } } }, { ipBlock: { cidr: 'fd00::/64' } }],
          ports: [{ port: 5432 }, { port: 'metrics' }],
        },
      ],
    },
  },
  namespaces: { shop: { team: 'red' } },
  pods: Array.from({ length: 12 }, (_, at) => podOf(at)),
};

/** Another pod comes to a node with some. */
const DOCUMENTS = [policedNodeWith([1, 2, 3]), policedNodeWith([1, 2, 3, 5])] as const;

describe('the cache of policies', () => {
  const real = createSys();
  /** Ports of a process that has just started. */
  const fresh = () => ({ ...real });
  const directories: string[] = [];
  afterEach(() => {
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
    vi.restoreAllMocks();
  });

  /** A node whose last process compiled the policies. */
  const make = (text = `${JSON.stringify(WHOLE)}\n`) => {
    const directory = mkdtempSync(join(tmpdir(), 'vnet-policy-cache-'));
    directories.push(directory);
    const [members, cache] = [join(directory, 'policy.json'), join(directory, 'policy.cache.json')];
    writeFileSync(members, text);
    const keep = (sys = fresh()): void => {
      const files = { sys, directory };
      const read = readMembers(files);
      keepPolicyCache(files, DOCUMENTS[0], read.ok ? read.value : undefined, EVERY_LINK);
    };
    keep();
    return { directory, members, cache, keep };
  };
  const found = (directory: string, documents: readonly [VnetDocument, VnetDocument] = DOCUMENTS) =>
    openPolicyCache({ sys: fresh(), directory }, documents[0])?.change(documents, EVERY_LINK);
  const compiled = (directory: string, documents: readonly [VnetDocument, VnetDocument] = DOCUMENTS) => {
    const read = readMembers({ sys: fresh(), directory });
    if (!read.ok) throw new Error(read.error.message);
    return policyChange(documents, read.value, EVERY_LINK);
  };
  const stepsOf = (directory: string) => {
    const files = { sys: fresh(), directory };
    const steps = policyStepsOf({ files })(DOCUMENTS[1], ['azure/c5/eth0'], []);
    return { files, differences: steps.map(({ key, differences }) => ({ key, differences })) };
  };

  it('gives an ADD its steps: the members are not read, and nothing is compiled', () => {
    const { directory, cache } = make();
    const compile = [
      vi.spyOn(PolicyCompiler.prototype, 'change'),
      vi.spyOn(PolicyCompiler.prototype, 'select'),
    ];
    const quick = stepsOf(directory);
    expect(compile.map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
    expect(haveReadMembers(quick.files)).toBe(false);
    rmSync(cache);
    const slow = stepsOf(directory);
    expect(compile[0]?.mock.calls).toHaveLength(1);
    expect(haveReadMembers(slow.files)).toBe(true);
    expect(quick.differences).toEqual(slow.differences);
    // The one without has left it to the next.
    expect(haveReadMembers(stepsOf(directory).files)).toBe(false);
  });

  it('holds for lines that were added since', () => {
    const { directory, members } = make();
    appendFileSync(
      members,
      `${JSON.stringify({ pods: [podOf(5, { ports: [] })], gone: ['shop/pod9'] })}\n{"po`,
    );
    expect(found(directory)).toBeDefined();
    expect(found(directory)).toEqual(compiled(directory));
    const selector = { podSelector: { matchLabels: { app: 'none' } } };
    appendFileSync(members, `ds":[]}\n${JSON.stringify({ policies: { 'shop/other': selector } })}\n`);
    expect(found(directory)).toEqual(compiled(directory));
    // Labels of a namespace concern each of its pods.
    appendFileSync(members, `${JSON.stringify({ namespaces: { shop: {} } })}\n`);
    expect(found(directory)).toBeUndefined();
  });

  it('is that of one file and one document', () => {
    const { directory, members } = make();
    const { networkPolicies: _none, ...rest } = DOCUMENTS[0];
    const others: readonly Partial<VnetDocument>[] = [
      { policy: { enforce: true, unknownPods: 'allow' } },
      { namespaces: { shop: { labels: { team: 'blue' } } } },
      { networkPolicies: { 'shop/all': { podSelector: {} } } },
    ];
    for (const more of others)
      expect(openPolicyCache({ sys: fresh(), directory }, { ...rest, ...more })).toBe(undefined);
    // As many bytes.
    writeFileSync(members, readFileSync(members, 'utf8').replace('5432', '5433'));
    expect(found(directory)).toBeUndefined();
    rmSync(members);
    expect(found(directory)).toBeUndefined();
  });

  it('is that of a file as people write it, until it changes', () => {
    const { directory, members } = make(JSON.stringify(WHOLE, null, 2));
    expect(found(directory)).toEqual(compiled(directory));
    appendFileSync(members, '\n');
    expect(found(directory)).toBeUndefined();
  });

  it('is not used when it is damaged, cut off, or of another version', () => {
    const { directory, cache } = make();
    const bytes = readFileSync(cache);
    const right = compiled(directory);
    expect(found(directory)).toEqual(right);
    fc.assert(
      fc.property(damageOf(bytes), (damaged) => {
        writeFileSync(cache, damaged);
        const change = found(directory);
        // A change of the first line may be harmless.
        if (change !== undefined) expect(change).toEqual(right);
      }),
      { numRuns: 500 },
    );
    for (const [from, to] of [
      ['5432', '5433'],
      ['policy-cache/1', 'policy-cache/0'],
    ] as const) {
      writeFileSync(cache, bytes.toString().replace(from, to));
      expect(found(directory)).toBeUndefined();
    }
  });

  it('has another format once its contents for these members are others', () => {
    const [head = ''] = readFileSync(make().cache, 'utf8').split('\n');
    const { format, digest }: { format: string; digest: string } = JSON.parse(head);
    // Where the second changes, for another version of the program, the first must: it would find names and digests of the former one.
    expect([format, digest]).toEqual([
      'vnet.policy-cache/1',
      'ffb0edbd3b2d4175d71f4a46f87e09d8f1bef9b0f94a1067db4a955650fe6422',
    ]);
  });

  it('is whole or as before, wherever its writer ends', () => {
    const { directory, cache, members, keep } = make();
    writeFileSync(members, `${JSON.stringify({ ...WHOLE, pods: WHOLE.pods.slice(1) })}\n`);
    const before = readFileSync(cache);
    const ended = new Error('killed');
    const end = (): never => {
      throw ended;
    };
    for (const call of ['write', 'rename'] as const) {
      expect(() => keep({ ...fresh(), [call]: end })).toThrow(ended);
      expect(readFileSync(cache).equals(before)).toBe(true);
      expect(found(directory)).toBeUndefined();
    }
    keep();
    expect(found(directory)).toEqual(compiled(directory));
    expect(readdirSync(directory).toSorted()).toEqual(['policy.cache.json', 'policy.json']);
  });

  it('is written once for the same members and grants', () => {
    const { cache, keep } = make();
    const written = vi.fn(real.rename);
    keep({ ...fresh(), rename: written });
    expect(written).not.toHaveBeenCalled();
    rmSync(cache);
    keep({ ...fresh(), rename: written });
    expect(written).toHaveBeenCalledOnce();
  });

  it('is written anew only for many changes, or for labels of a namespace', () => {
    const { members, keep } = make();
    const written = vi.fn(real.rename);
    const writesAfter = (lines: string): number => {
      appendFileSync(members, lines);
      written.mockClear();
      keep({ ...fresh(), rename: written });
      return written.mock.calls.length;
    };
    const line = `${JSON.stringify({ pods: [podOf(9, { addresses: [] })] })}\n`;
    expect(writesAfter(line)).toBe(0);
    expect(writesAfter(line.repeat(4000))).toBe(1);
    expect(writesAfter(line)).toBe(0);
    expect(writesAfter(`${JSON.stringify({ namespaces: { shop: {} } })}\n`)).toBe(1);
    expect(writesAfter('')).toBe(0);
  });
});
