import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { type CniChoice, runCni } from '../../../reconciler/cli/verbs/cni/run-conflist.ts';
import { parseArguments } from '../../../reconciler/cli/parse.ts';
import { requestOf } from '../request.ts';
import { exitCodeOf } from '../../../reconciler/app/exit-codes.ts';
import { resolvePaths } from '../../../reconciler/app/paths.ts';

const root = mkdtempSync(join(tmpdir(), 'vnet-cni-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const conflist = join(root, 'net.conflist');
writeFileSync(
  conflist,
  JSON.stringify({
    cniVersion: '1.0.0',
    name: 'net',
    plugins: [{ type: 'fake', capabilities: { mac: true } }],
  }),
);

/** A plugin that answers ADD, and fails for a container of a certain name. */
const PROGRAM = `#!/bin/sh
[ "$CNI_CONTAINERID" = busy ] && { echo '{"code":11,"msg":"later"}'; exit 1; }
[ "$CNI_CONTAINERID" = bad ] && { echo 'on stderr' >&2; echo '{"code":7,"msg":"no","details":"why"}'; exit 1; }
[ "$CNI_COMMAND" = ADD ] && echo '{"cniVersion":"1.0.0","ips":[{"address":"10.0.0.2/8"}]}'
true
`;
writeFileSync(join(root, 'fake'), PROGRAM);
chmodSync(join(root, 'fake'), 0o755);

async function run(line: string) {
  const words = ['--root', root, 'cni', ...line.split(' '), '--cni-path', root];
  const named = words.map((word) => (word === 'LIST' ? conflist : word));
  const parsed = await parseArguments(named, '1.2.3');
  if (parsed.kind === 'text') throw new Error(parsed.text);
  const lines: string[] = [];
  const print = (text: string): void => void lines.push(text);
  const output = { print, warn: print, paint: (_style: string, text: string) => text };
  const done = await runCni(
    parsed.asked.choice as CniChoice,
    { sys: createSys(), chosen: parsed.paths, paths: resolvePaths({ root }, {}), environment: process.env },
    output,
  );
  return { code: done.ok ? done.value : exitCodeOf(done.error), text: lines.join('\n') };
}

describe('vnet cni', () => {
  it('shows input, output and time of each plugin', async () => {
    const { code, text } = await run('add LIST blue --args A=1;B=2');
    expect(code).toBe(0);
    expect(text).toMatch(/^ADD fake: exit 0, [\d.]+ ms \(.*\/fake\)\n  env\n/);
    expect(text).toContain('    CNI_NETNS=/run/netns/blue\n');
    expect(text).toContain('    CNI_ARGS=IgnoreUnknown=1;A=1;B=2\n');
    expect(text).toContain('  stdin\n    {\n      "type": "fake"');
    expect(text).toContain('"address": "10.0.0.2/8"');
    expect(text.endsWith('add of net (1.0.0): done')).toBe(true);
  });

  it('remembers result, args and capabilities of an ADD for CHECK and DEL, until DEL', async () => {
    await run(`add LIST blue --args A=1 --capability-args {"mac":"x"}`);
    const checked = JSON.parse((await run('check LIST blue -o json')).text);
    expect(checked.calls[0]).toMatchObject({
      verb: 'CHECK',
      env: { CNI_ARGS: 'IgnoreUnknown=1;A=1' },
      stdin: { runtimeConfig: { mac: 'x' }, prevResult: { ips: [{ address: '10.0.0.2/8' }] } },
    });
    await run('del LIST blue');
    const again = JSON.parse((await run('del LIST blue -o json')).text);
    expect(again.calls[0].stdin).not.toHaveProperty('prevResult');
  });

  it('exits 1 if a plugin fails, 75 if it requests a retry; the call is shown, and undone', async () => {
    const failed = await run('add LIST blue --container-id bad');
    expect(failed.code).toBe(1);
    expect(failed.text).toContain('ADD fake: FAILED, exit 1');
    expect(failed.text).toContain('  stderr\n    on stderr\n');
    expect(failed.text).toContain('DEL fake: FAILED');
    expect((await run('add LIST blue --container-id busy')).code).toBe(75);
    const json = JSON.parse((await run('add LIST blue --container-id bad -o json')).text);
    expect(json).toMatchObject({ network: 'net', error: { message: 'code 7: no; why' } });
  });

  it('ends with 66 for a list that is not there, and 78 for a verb that the list is too old for', async () => {
    expect((await run('status LIST')).code).toBe(78);
    expect((await run(`version ${join(root, 'absent')}`)).code).toBe(66);
  });
});

describe('the arguments of vnet cni', () => {
  const REFUSED = [
    ['cni up LIST', 'commands: add, del'],
    ['cni add LIST', 'needs a network namespace'],
    ['cni check LIST', 'needs a network namespace'],
    ['cni del LIST', '--container-id if it is gone'],
    ['cni add LIST a --args x', 'x is not KEY=VALUE'],
    ['cni add LIST a --capability-args [1]', 'is not a JSON object'],
    ['cni add LIST a --capability-args {', 'is not a JSON object'],
    ['cni add LIST a --container-id ../x', '--container-id has'],
    ['cni gc LIST --valid x', 'x is not CONTAINERID/IFNAME'],
  ] as const;
  it.each(REFUSED)('are refused: %s', async (line, why) => {
    expect(await requestOf(line.split(' '))).toMatchObject({
      kind: 'text',
      isError: true,
      text: expect.stringContaining(why),
    });
  });

  it('keep "nothing is listed" apart from "no list" for GC', async () => {
    const validOf = async (line: string): Promise<unknown> => {
      const parsed = await requestOf(line.split(' '));
      return parsed.kind === 'request' ? parsed.request : parsed;
    };
    expect(await validOf('cni gc LIST')).not.toHaveProperty('valid');
    expect(await validOf('cni gc LIST --valid ,')).toMatchObject({ valid: [] });
    expect(await validOf('cni gc LIST --valid a/eth0,b/net1')).toMatchObject({
      valid: [
        { containerId: 'a', ifName: 'eth0' },
        { containerId: 'b', ifName: 'net1' },
      ],
    });
  });
});
