import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolRunner } from '#run-tool';

/** Run under Node.js, and by bun.test.ts under Bun. */
describe('a tool of the system', () => {
  let folder = '';
  const path = process.env['PATH'];
  const inPath = (PATH: string | undefined) => toolRunner({ ...process.env, PATH });
  const runTool: ReturnType<typeof toolRunner> = (...call) => inPath(`${folder}:${path ?? ''}`)(...call);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vnet-tool-'));
    const tools = {
      'says-all': 'cat; echo "$1 $LC_ALL"; echo; echo aside >&2',
      fails: 'echo "the error" >&2; exit 3',
      'fails-silently': 'exit 4',
      dies: 'kill -9 $$',
    };
    for (const [name, script] of Object.entries(tools)) {
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, name), 0o755);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('gets its input and arguments, runs in English, and its output is returned without the last newline', () => {
    expect(runTool('says-all', ['one'], 'input\n')).toEqual({ kind: 'done', stdout: 'input\none C\n' });
  });

  it('is found where distributions install it, with any PATH', () => {
    expect(inPath(folder)('true', [])).toEqual({ kind: 'done', stdout: '' });
    expect(inPath(undefined)('true', [])).toEqual({ kind: 'done', stdout: '' });
  });

  it('if missing, is distinguished from a failing one, whose reason is returned', () => {
    expect(runTool('no-such-tool', [])).toEqual({ kind: 'missing' });
    expect(runTool('fails', [])).toEqual({ kind: 'failed', said: 'the error' });
    expect(runTool('fails-silently', [])).toMatchObject({
      kind: 'failed',
      said: expect.stringContaining('4'),
    });
    expect(runTool('dies', [])).toMatchObject({ kind: 'failed', said: expect.stringContaining('SIGKILL') });
  });
});
