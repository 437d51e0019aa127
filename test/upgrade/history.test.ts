import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { slowPath } from '../../reconciler/document/yaml/slow.ts';
import { SIMULATED_BIN } from '../plugin/live-node.ts';
import { idOf } from '../support/node.ts';
import { BUILDS, type OldNode, readFixture, restoreNode } from './restore.ts';

const isBuilt = existsSync(join(SIMULATED_BIN, 'vnet'));

type Kept = {
  readonly generation: number;
  readonly author: { readonly who: string; readonly why?: string };
  readonly changes: readonly { readonly path: string }[];
};

/** Without what differs from machine to machine: when, and the inodes of namespaces. */
function summary(text: string): readonly unknown[] {
  const kept: readonly Kept[] = JSON.parse(text);
  return kept.map(({ generation, author, changes }) => ({
    generation,
    who: author.who,
    why: author.why,
    changes: changes.map(({ path }) => path),
  }));
}

function withoutTimes(text: string): string {
  return text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z|\b40265\d{5}\b/g, 'X');
}

describe.skipIf(!isBuilt).each(BUILDS)('the history that build %s kept', (build) => {
  let node: OldNode;
  beforeEach(() => {
    node = restoreNode(build, 'lived');
  });
  afterEach(() => node.remove());

  it('is listed as that build listed it', () => {
    const listed = summary(node.vnet('history', '-o', 'json').stdout);
    expect(listed).toHaveLength(16);
    expect(listed).toEqual(summary(readFixture(build, 'lived/history.json')));
  });

  it.each([118, 123, 124, 127, 128, 131])('has generation %i byte for byte', (generation) => {
    const { stdout, code } = node.vnet('show', String(generation));
    expect(code).toBe(0);
    expect(withoutTimes(stdout)).toBe(withoutTimes(readFixture(build, `lived/show-${generation}.yaml`)));
  });

  it('is compared and blamed', () => {
    const { code, stdout } = node.vnet('diff', '118', '133');
    expect([code, stdout]).toEqual([2, expect.stringContaining('networks.azure.bridge.mtu')]);
    const blamed = node.vnet('blame');
    expect(blamed.code).toBe(0);
    expect(blamed.stdout).toMatch(/^networks\.azure\.bridge\.mtu +1400 +123 .*the overlay$/m);
  });

  it('goes on, and an old generation can be put in force again: endpoints stay as they are', () => {
    expect(node.call('DEL', 0).code).toBe(0);
    expect(node.vnet('rollback', '118', '-m', 'as in the beginning').code).toBe(0);
    const text = node.read();
    const head = (whole: string): string =>
      whole.slice(whole.indexOf('policy:'), whole.indexOf('endpoints:'));
    // As that build wrote it, in the present version of the format.
    expect(head(text)).toBe(head(slowPath.upgrade(readFixture(build, 'lived/show-118.yaml'))));
    expect(text).not.toContain(idOf(0));
    expect(text).toContain(idOf(1));
    const kept = summary(node.vnet('history', '-o', 'json').stdout);
    const [newest] = kept;
    // DEL makes two; the document of that build is no save by hand, which would be one more.
    expect(kept).toHaveLength(16 + 2 + 1);
    expect(newest).toMatchObject({ why: 'as in the beginning', changes: ['networks.azure.bridge.mtu'] });
    expect(node.vnet('resume').code).toBe(0);
    expect(node.vnet('reconcile').code).toBe(0);
  });

  it('is not lost when the first thing that happens is a save by hand', () => {
    const { length } = summary(node.vnet('history', '-o', 'json').stdout);
    node.write('var/lib/vnet/vnet.yaml', node.read().replace('hairpin: true', 'hairpin: false # tried'));
    expect(node.call('ADD', 12).code).toBe(0);
    expect(node.read()).toContain('hairpin: false # tried');
    const now = summary(node.vnet('history', '-o', 'json').stdout);
    expect(now.slice(-length)).toEqual(summary(readFixture(build, 'lived/history.json')));
    expect(now.length).toBeGreaterThan(length);
  });
});

describe.skipIf(!isBuilt).each(BUILDS)('a save that build %s refused', (build) => {
  let node: OldNode;
  beforeEach(() => {
    node = restoreNode(build, 'refused');
  });
  afterEach(() => node.remove());

  const isRefused = (): boolean => {
    const { conditions } = JSON.parse(node.vnet('status', '-o', 'json').stdout) as {
      conditions: readonly { readonly type: string; readonly status: boolean }[];
    };
    return conditions.some(({ type, status }) => type === 'EditRefused' && status);
  };

  it('is still known, and discarded on request: a copy remains', () => {
    expect(isRefused()).toBe(true);
    expect(node.vnet('edit', '--discard').code).toBe(0);
    expect(isRefused()).toBe(false);
    expect(existsSync(node.path('var/lib/vnet/vnet.yaml.refused'))).toBe(false);
    expect(existsSync(node.path('var/lib/vnet/history/9.refused.yaml'))).toBe(true);
  });

  it('is taken once it is corrected where it lies', () => {
    const refused = 'var/lib/vnet/vnet.yaml.refused';
    node.write(refused, node.read(refused).replace('10.240.0.300', '10.240.0.99'));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    expect(node.vnet('reconcile').code).toBe(0);
    expect(node.read()).toContain('10.240.0.36-10.240.0.99');
    for (const pod of [0, 1, 2]) expect(node.read()).toContain(idOf(pod));
    expect(isRefused()).toBe(false);
  });
});
