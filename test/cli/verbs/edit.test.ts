import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withNotes, withoutNotes } from '../../../reconciler/cli/verbs/history/edit-text.ts';
import { execNow, type Outcome } from '../../support/exec.ts';
import { type CliNode, makeCliNode } from '../simulated-node.ts';

let node: CliNode;
beforeAll(() => {
  node = makeCliNode();
});
afterAll(() => node.remove());

/** Runs the verb with a sed script on the file as the editor. */
function edit(script: string, ...args: readonly string[]): Outcome {
  const EDITOR = script === '' ? 'true' : `sed -i -e '${script}'`;
  return execNow(node.command('edit', ...args), {
    env: { ...node.env, TMPDIR: node.root, VISUAL: undefined, EDITOR },
  });
}

function save(change: (text: string) => string, text = node.read()): void {
  writeFileSync(`${node.root}/var/lib/vnet/vnet.yaml`, change(text));
}

const kept = ({ stderr }: Outcome): string => readFileSync(/kept in (\S+)/.exec(stderr)?.[1] ?? '', 'utf8');

describe('vnet edit', () => {
  it('applies the edited text after showing its plan, and prints how to undo it', () => {
    const done = edit('s/mtu: 1500 # as/mtu: 1400 # not as/', '--yes', '-m', 'overlay');
    expect(done.stdout).toContain('mtu');
    expect(done.stdout).toMatch(
      /^Applied as generation (\d+)\.\nNext: vnet reconcile\. Undo: vnet rollback \d+\.$/m,
    );
    expect(done.code).toBe(0);
    expect(node.read()).toContain('mtu: 1400 # not as the fabric has it');
    expect(node.vnet('history', '-n', '1').stdout).toMatch(
      /vnet edit \(\S+\) +~ networks\.azure\.bridge\.mtu 1500 → 1400 +overlay/,
    );
  });

  it('applies nothing if nothing was changed', () => {
    const before = node.read();
    expect(edit('', '--yes')).toMatchObject({ code: 0, stdout: 'Nothing was changed.\n' });
    expect(node.read()).toBe(before);
  });

  it('shows every error with its place, and keeps the text', () => {
    const before = node.read();
    const done = edit('s/mode: bridge/mode: bride/; s/10.240.0.1$/10.240.0.300/', '--yes');
    expect(done.code).toBe(65);
    expect(done.stderr).toMatch(/vnet\.yaml:10:11: error: networks\.azure\.mode: expected/);
    expect(done.stderr).toContain('|           ^');
    expect(kept(done)).toContain('mode: bride');
    expect(node.read()).toBe(before);
  });

  it('asks before it applies: without a terminal, it applies nothing', () => {
    const done = edit('s/mtu: 1400/mtu: 1300/');
    expect([done.code, done.stderr.includes('--yes')]).toEqual([5, true]);
    expect(kept(done)).toContain('mtu: 1300');
    expect(node.read()).toContain('mtu: 1400');
  });

  it('reports that the editor cannot be run, and keeps the text', () => {
    const env = { ...node.env, TMPDIR: node.root, VISUAL: undefined, EDITOR: '/no/such/editor' };
    const done = execNow(node.command('edit'), { env });
    expect([done.code, done.stderr.includes('/no/such/editor')]).toEqual([1, true]);
    expect(kept(done)).toBe(node.read());
  });

  it('runs no shell: the arguments of the editor are not expanded', () => {
    const EDITOR = `${node.root}/editor.sh; touch ${node.root}/touched; true`;
    const env = { ...node.env, TMPDIR: node.root, VISUAL: '', EDITOR };
    const done = execNow(node.command('edit', '--yes'), { env });
    expect([done.code, existsSync(`${node.root}/touched`)]).toEqual([1, false]);
  });

  it('merges changes made while the editor was open, and stops if both changed the same field', () => {
    const other = `${node.root}/other.sh`;
    const vnet = node
      .command('edit', '--yes')
      .map((word) => `'${word}'`)
      .join(' ');
    const during = (theirs: string, mine: string): Outcome => {
      writeFileSync(
        other,
        `#!/bin/sh\nEDITOR="sed -i -e '${theirs}'" ${vnet} >&2\nsed -i -e '${mine}' "$1"\n`,
      );
      return execNow(node.command('edit', '--yes'), {
        env: { ...node.env, TMPDIR: node.root, VISUAL: undefined, EDITOR: `sh ${other}` },
      });
    };
    const merged = during('s/10.240.0.65/10.240.0.75/', 's/mtu: 1400/mtu: 1350/');
    expect([merged.code, merged.stdout.includes('Merged 1 concurrent change.')]).toEqual([0, true]);
    expect(node.read()).toMatch(/mtu: 1350[^]*10\.240\.0\.75/);
    const stopped = during('s/mtu: 1350/mtu: 1360/', 's/mtu: 1350/mtu: 1370/');
    expect(stopped.code).toBe(4);
    expect(stopped.stderr).toContain('networks.azure.bridge.mtu  base 1350  yours 1370  theirs 1360');
    expect(kept(stopped)).toContain('mtu: 1370');
    expect(node.read()).toContain('mtu: 1360');
  });
});

describe('a save that is not in force', () => {
  it('is resolved in the editor: what conflicted is on top, and the text has everything else', () => {
    const held = node.read();
    edit('s/mtu: 1360/mtu: 1410/', '--yes');
    save((text) => text.replace('mtu: 1360', 'mtu: 1420').replace('# What', '# Resolved: what'), held);
    expect(node.vnet('status').stdout).toContain('EditRefused');
    const shown = execNow(node.command('edit', '--resolve'), {
      env: { ...node.env, TMPDIR: node.root, VISUAL: undefined, EDITOR: 'cat' },
    });
    expect(shown.stdout).toContain('#! networks.azure.bridge.mtu  base 1360  yours 1420  theirs 1410');
    expect(edit('s/mtu: 1420/mtu: 1430/', '--resolve', '--yes').code).toBe(0);
    expect(node.read()).toMatch(/^# Resolved: what/);
    expect(node.read()).toContain('mtu: 1430');
    expect(node.vnet('edit', '--resolve').code).toBe(66);
  });

  it('is discarded on request; a copy remains', () => {
    const before = node.read();
    save((text) => text.replace('mode: bridge', 'mode: bride'));
    const done = node.vnet('edit', '--discard');
    const copy = /copy is in (\S+)\.$/m.exec(done.stdout)?.[1] ?? '';
    expect(readFileSync(copy, 'utf8')).toContain('mode: bride');
    expect(node.read()).toBe(before);
    expect(node.vnet('edit', '--discard').code).toBe(0);
    expect(node.vnet('edit', '--discard', '--resolve').code).toBe(64);
  });
});

describe('notes on top of a text', () => {
  it('go as they came', () => {
    const text = '# mine\n#! mine too, below\nkey: 1\n';
    expect(withoutNotes(withNotes(text, ['line 1\nline 2', '']))).toBe(text);
    expect(withNotes(text, [])).toBe(text);
    expect(withNotes(text, ['a']).split('\n')[0]).toBe('#! a');
  });
});
