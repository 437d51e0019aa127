import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { exec, type ExecOptions, execNow } from './exec.ts';
import { hasNamespaces } from './namespaces.ts';
import { makeNetns, uniqueName } from './netns.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'vnet-exec-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [PLAIN, HUGE] = [join(folder, 'plain'), 'x'.repeat(200_000)];
writeFileSync(PLAIN, 'echo "$1 by the shell"\n', { mode: 0o755 });

type Case = { readonly what: string; readonly argv: readonly string[]; readonly options?: ExecOptions };
const sh = (script: string, ...args: readonly string[]): readonly string[] => [
  'sh',
  '-c',
  script,
  'sh',
  ...args,
];

const CASES: readonly Case[] = [
  { what: 'an output of each kind', argv: sh('echo out; echo err >&2') },
  { what: 'an exit code', argv: sh('exit 7') },
  { what: 'a signal', argv: sh('kill -USR1 $$') },
  { what: 'a signal that Node.js ignores', argv: sh('kill -PIPE $$') },
  {
    what: 'no blocked and no ignored signal',
    argv: sh("grep -E '^Sig(Blk|Ign)' /proc/$$/status | grep -oE '.{7}$'"),
  },
  { what: 'three descriptors', argv: ['ls', '/proc/self/fd'] },
  { what: 'more output than a pipe holds, on both', argv: sh('seq 50000; seq 50000 >&2') },
  { what: 'an input', argv: ['cat'], options: { input: 'some text' } },
  { what: 'more input than a pipe holds', argv: ['wc', '-c'], options: { input: HUGE } },
  { what: 'a folder', argv: ['pwd'], options: { cwd: folder } },
  { what: 'a program of a folder', argv: ['./plain', 'one'], options: { cwd: folder } },
  {
    what: 'variables, with one removed',
    argv: sh('echo "$ONE $HOME."'),
    options: { env: { ONE: '1', HOME: undefined } },
  },
  { what: 'another PATH', argv: ['plain', 'one'], options: { env: { PATH: folder } } },
  { what: 'a script that does not name its shell', argv: [PLAIN, 'one'] },
  { what: 'no such program', argv: ['no-such-program'] },
  { what: 'no such path', argv: ['/no/such/program'] },
  { what: 'no such folder', argv: ['true'], options: { cwd: join(folder, 'none') } },
  { what: 'an output that outlives the command', argv: sh('(sleep 0.1; echo late) & echo early') },
];

describe('a command', () => {
  it.each(CASES)('has the result that Node.js reports: $what', async ({ argv, options = {} }) => {
    const { input = '', cwd, env } = options;
    const done = spawnSync(argv[0] ?? '', argv.slice(1), {
      encoding: 'utf8',
      input,
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    const isStarted = done.error === undefined;
    const expected = isStarted
      ? { code: done.status ?? expect.any(Number), stdout: done.stdout, stderr: done.stderr }
      : { code: 127, stdout: '' };
    const [now, later] = [execNow(argv, options), await exec(argv, options)];
    expect(now).toMatchObject(expected);
    expect(later).toMatchObject(expected);
    expect([now.code, isStarted || now.stderr.includes('ENOENT')]).toEqual([later.code, true]);
  });

  it('that is ended by a signal has a code as in shells', () => {
    expect(execNow(sh('kill -USR1 $$')).code).toBe(138);
  });

  // Node.js reports EPIPE if the command has ended before: that is no standard to compare with.
  it('need not read its input', async () => {
    const options = { input: 'some text' };
    expect([execNow(['true'], options).code, (await exec(['true'], options)).code]).toEqual([0, 0]);
  });

  it('is killed when its time is over', async () => {
    expect(execNow(sh('echo begun; exec sleep 1000'), { timeoutMs: 300 })).toMatchObject({ code: 137 });
    expect(await exec(sh('echo begun; exec sleep 1000'), { timeoutMs: 300 })).toMatchObject({ code: 137 });
  });

  it.skipIf(!hasNamespaces)('runs in a network namespace, and we stay in ours', async () => {
    const netns = makeNetns(uniqueName('exec'));
    try {
      const look = ['readlink', '/proc/self/ns/net'];
      const own = execNow(look).stdout;
      const inside = netns.mustExec(look).stdout;
      expect(inside).not.toBe(own);
      expect((await netns.exec(look)).stdout).toBe(inside);
      expect(netns.execNow(look, { input: HUGE }).stdout).toBe(inside);
      expect(execNow(look).stdout).toBe(own);
    } finally {
      netns.remove();
    }
    expect(netns.execNow(['true']).stderr).toMatch(/^nsenter: cannot open /);
  });
});
