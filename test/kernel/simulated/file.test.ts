import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSimulatedFile } from '../../../reconciler/kernel/simulated/file.ts';
import { createSys } from '../../../reconciler/os/sys/koffi.ts';
import { execNow } from '../../support/exec.ts';
import { create } from '../contract/changes.ts';
import { wholeScope } from '../contract/expectations.ts';
import { addressOf } from '../contract/builders.ts';
import { BRIDGE, NIC, NIC_MAC } from '../contract/objects.ts';

describe('a simulated node in a file', () => {
  const sys = createSys();
  let folder = '';
  let path = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vnet-simulated-'));
    path = join(folder, 'node.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is shared by all processes that open it', () => {
    const [one, other] = [openSimulatedFile(sys, path), openSimulatedFile(sys, path)];
    expect(one.play((kernel) => kernel.addDevice({ ...NIC, mac: NIC_MAC }))).toMatchObject({ ok: true });
    expect(one.apply([create(BRIDGE)])).toEqual([{ ok: true, value: 'changed' }]);
    expect(other.apply([create(BRIDGE)])).toEqual([{ ok: true, value: 'unchanged' }]);
    const seen = other.observe(wholeScope());
    expect(seen.ok ? Array.from(seen.value.state.keys()) : seen.error).toEqual([
      'link azure0',
      'link eth0',
      'link lo',
    ]);
  });

  it('is not written by a process that only reads or changes nothing', () => {
    const kernel = openSimulatedFile(sys, path);
    kernel.apply([create(BRIDGE)]);
    const before = statSync(path);
    kernel.observe(wholeScope());
    kernel.apply([create(BRIDGE)]);
    expect(statSync(path).ino).toBe(before.ino);
    kernel.apply([create(addressOf('azure0', '10.240.0.4/16'))]);
    expect(statSync(path).ino).not.toBe(before.ino);
    expect(readdirSync(folder).toSorted()).toEqual(['node.json', 'node.json.lock']);
  });

  it('loses no change of processes that work at the same time', async () => {
    const script = `
      import { openSimulatedFile } from ${JSON.stringify(new URL('../../../reconciler/kernel/simulated/file.ts', import.meta.url).href)};
      import { createSys } from ${JSON.stringify(new URL('../../../reconciler/os/sys/koffi.ts', import.meta.url).href)};
      const kernel = openSimulatedFile(createSys(), process.argv[2]);
      for (let n = 0; n < 30; n += 1) {
        const name = 'b' + process.argv[3] + 'x' + n;
        kernel.apply([{ verb: 'create', want: { kind: 'link', netns: '', name, type: 'bridge' } }]);
      }`;
    const file = join(folder, 'worker.ts');
    writeFileSync(file, script);
    const shell = ['1', '2', '3']
      .map((who) => `${process.execPath} --import tsx ${file} ${path} ${who} & `)
      .join('');
    const done = execNow(['sh', '-c', `${shell} wait`]);
    expect(done.code).toBe(0);
    const seen = openSimulatedFile(sys, path).observe(wholeScope());
    expect(seen.ok ? seen.value.state.size : seen.error).toBe(91);
  });

  it('is a Failure of every change if damaged or unreachable, and remains unchanged', () => {
    writeFileSync(path, '{"objects":');
    const kernel = openSimulatedFile(sys, path);
    expect(kernel.observe(wholeScope())).toMatchObject({ ok: false, error: { code: 'invalid' } });
    const results = kernel.apply([create(BRIDGE), create(NIC)]);
    expect(results.map((result) => (result.ok ? result.value : result.error.code))).toEqual([
      'invalid',
      'invalid',
    ]);
    expect(readFileSync(path, 'utf8')).toBe('{"objects":');
    const nowhere = openSimulatedFile(sys, join(folder, 'none', 'node.json'));
    expect(nowhere.observe(wholeScope())).toMatchObject({ ok: false, error: { code: 'not-found' } });
  });
});
