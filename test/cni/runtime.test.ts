import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Attachment } from '../../reconciler/cni/attachment.ts';
import type { Conflist } from '../../reconciler/cni/conflist.ts';
import { makeRuntime } from '../../reconciler/cni/runtime.ts';
import { REFERENCE } from '../plugin/live-node.ts';
import { exec } from '../support/exec.ts';
import { must } from '../support/must.ts';
import { hasNamespaces } from '../support/namespaces.ts';
import { isSkipped } from '../support/skip.ts';
import { makeNetns, type Netns, uniqueName } from '../support/netns.ts';

const GO_PLUGINS = REFERENCE ?? '/usr/lib/cni';
const folder = mkdtempSync(join(tmpdir(), 'vnet-runtime-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes an executable that records its input and answers as `program` (sh) does. */
function fakePlugin(name: string, program: string): void {
  const file = join(folder, name);
  const note = `cat > ${folder}/in; echo "$CNI_COMMAND ${name} $(cat ${folder}/in)" >> ${folder}/log`;
  writeFileSync(file, `#!/bin/sh\n${note}\n${program}\n`);
  chmodSync(file, 0o755);
}

const log = (): readonly { verb: string; plugin: string; input: Record<string, unknown> }[] =>
  readFileSync(join(folder, 'log'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [verb = '', plugin = '', ...rest] = line.split(' ');
      const input: Record<string, unknown> = JSON.parse(rest.join(' '));
      return { verb, plugin, input };
    });

const attachment: Attachment = {
  containerId: 'abc',
  netns: '/run/netns/none',
  ifName: 'eth0',
  capabilities: { portMappings: [{ hostPort: 1 }], bandwidth: {} },
};

const listOf = (cniVersion: string, ...types: readonly string[]): Conflist => ({
  cniVersion,
  name: 'net',
  plugins: types.map((type) => ({ type, capabilities: { portMappings: type === 'second' } })),
});

describe('the runtime', () => {
  beforeEach(() => {
    writeFileSync(join(folder, 'log'), '');
    for (const name of ['first', 'second'])
      fakePlugin(name, `[ $CNI_COMMAND = ADD ] && echo '{"cniVersion":"0.4.0","by":"${name}"}'; true`);
  });

  it('adds in order, handing each result to the next plugin, and deletes in reverse', async () => {
    const runtime = makeRuntime({ list: listOf('0.4.0', 'first', 'second'), path: [folder], run: exec });
    expect(must(await runtime.add(attachment))).toEqual({ cniVersion: '0.4.0', by: 'second' });
    must(await runtime.check(attachment));
    must(await runtime.del(attachment));
    const seen = log().map(({ verb, plugin, input }) => [verb, plugin, input['prevResult']]);
    const [first, second] = ['first', 'second'].map((by) => ({ cniVersion: '0.4.0', by }));
    expect(seen).toEqual([
      ['ADD', 'first', undefined],
      ['ADD', 'second', first],
      ['CHECK', 'first', second],
      ['CHECK', 'second', second],
      ['DEL', 'second', second],
      ['DEL', 'first', second],
    ]);
    expect(runtime.resultOf(attachment)).toBeUndefined();
  });

  it('passes name, version and only the announced capabilities to a plugin', async () => {
    const runtime = makeRuntime({ list: listOf('0.3.0', 'first', 'second'), path: [folder], run: exec });
    must(await runtime.add(attachment));
    const inputs = log().map((line) => line.input);
    expect(inputs.map((input) => [input['name'], input['cniVersion']])).toEqual(
      Array.from({ length: 2 }, () => ['net', '0.3.0']),
    );
    expect(inputs.map((input) => input['runtimeConfig'])).toEqual([
      undefined,
      { portMappings: [{ hostPort: 1 }] },
    ]);
  });

  it('passes no result to DEL, and refuses CHECK, below 0.4.0', async () => {
    const runtime = makeRuntime({ list: listOf('0.3.1', 'first'), path: [folder], run: exec });
    must(await runtime.add(attachment));
    const checked = await runtime.check(attachment);
    expect(checked.ok ? '' : checked.error.code).toBe('unsupported');
    must(await runtime.del(attachment));
    expect(log().at(-1)?.input['prevResult']).toBeUndefined();
  });

  it('undoes a failed ADD and reports code and message of the plugin', async () => {
    fakePlugin('second', `[ $CNI_COMMAND = DEL ] || { echo '{"code":11,"msg":"busy"}'; exit 1; }`);
    const runtime = makeRuntime({ list: listOf('0.4.0', 'first', 'second'), path: [folder], run: exec });
    const added = await runtime.add(attachment);
    expect(added.ok ? '' : added.error.message).toBe('code 11: busy');
    expect(log().map(({ verb, plugin }) => `${verb} ${plugin}`)).toEqual([
      'ADD first',
      'ADD second',
      'DEL second',
      'DEL first',
    ]);
  });

  it('calls STATUS in forward order from 1.1.0 on, without container variables', async () => {
    const old = await makeRuntime({ list: listOf('1.0.0', 'first'), path: [folder], run: exec }).status();
    expect(old.ok ? '' : old.error.code).toBe('unsupported');
    const runtime = makeRuntime({ list: listOf('1.1.0', 'first', 'second'), path: [folder], run: exec });
    must(await runtime.status());
    expect(runtime.calls().map(({ verb, plugin }) => `${verb} ${plugin}`)).toEqual([
      'STATUS first',
      'STATUS second',
    ]);
    expect(runtime.calls()[0]?.env).toMatchObject({ CNI_CONTAINERID: '', CNI_NETNS: '', CNI_ARGS: '' });
  });

  it('collects garbage: DEL for stored but unlisted attachments, then GC with the list under both keys', async () => {
    const runtime = makeRuntime({ list: listOf('1.1.0', 'first'), path: [folder], run: exec });
    must(await runtime.add(attachment));
    must(await runtime.add({ ...attachment, containerId: 'kept' }));
    must(await runtime.gc(undefined));
    expect(log().at(-1)?.input).not.toHaveProperty('cni.dev/valid-attachments');
    must(await runtime.gc([{ containerId: 'kept', ifName: 'eth0' }]));
    expect(runtime.calls().map(({ verb, env }) => `${verb} ${env['CNI_CONTAINERID']}`)).toEqual([
      'ADD abc',
      'ADD kept',
      'GC ',
      'DEL abc',
      'GC ',
    ]);
    const listed = [{ containerID: 'kept', ifname: 'eth0' }];
    expect(log().at(-1)?.input).toMatchObject({
      'cni.dev/valid-attachments': listed,
      'cni.dev/attachments': listed,
    });
    must(
      await makeRuntime({ list: { ...listOf('1.1.0', 'absent'), disableGC: true }, path: [], run: exec }).gc(
        [],
      ),
    );
  });

  it('calls VERSION with the dummies of libcni, and only a version on stdin', async () => {
    fakePlugin('first', `echo '{"cniVersion":"1.1.0","supportedVersions":["0.4.0"]}'`);
    const runtime = makeRuntime({ list: listOf('1.0.0', 'first'), path: [folder], run: exec });
    expect(must(await runtime.version())).toEqual([{ plugin: 'first', supported: ['0.4.0'] }]);
    expect(log()).toEqual([{ verb: 'VERSION', plugin: 'first', input: { cniVersion: '1.0.0' } }]);
    expect(runtime.calls()[0]?.env).toMatchObject({ CNI_NETNS: 'dummy', CNI_IFNAME: 'dummy' });
  });

  it('accepts null as an empty result, and names its version', async () => {
    fakePlugin('first', 'echo null');
    const runtime = makeRuntime({ list: listOf('1.0.0', 'first'), path: [folder], run: exec });
    expect(must(await runtime.add(attachment))).toEqual({ cniVersion: '1.0.0' });
    fakePlugin('first', 'echo hello');
    const refused = await runtime.add(attachment);
    expect(refused.ok ? '' : refused.error.message).toContain('is not JSON: hello');
  });

  it('omits absent optional values, and names absent required ones', async () => {
    const list = listOf('0.4.0', 'first', 'absent');
    const lenient = makeRuntime({ list, path: [folder], run: exec, optional: ['absent'] });
    expect(must(await lenient.add(attachment))).toMatchObject({ by: 'first' });
    const strict = await makeRuntime({ list, path: [folder], run: exec }).add(attachment);
    expect(strict).toMatchObject({
      ok: false,
      error: { code: 'not-found', message: expect.stringContaining(`absent in ${folder}`) },
    });
  });
});

const noPlugins = REFERENCE === undefined ? 'no containernetworking-plugins' : undefined;

describe.skipIf(!hasNamespaces || isSkipped('containernetworking', noPlugins))(
  'the runtime with the plugins of containernetworking',
  () => {
    let host: Netns;
    let pod: Netns;

    beforeEach(() => {
      host = makeNetns(uniqueName('host'));
      pod = makeNetns(uniqueName('pod'));
    });
    afterEach(() => {
      pod.remove();
      host.remove();
    });

    it('attaches, checks and detaches a container with bridge, host-local and portmap', async () => {
      const dataDir = join(folder, 'host-local');
      mkdirSync(dataDir, { recursive: true });
      const ipam = { type: 'host-local', subnet: '10.9.0.0/24', dataDir };
      const list: Conflist = {
        cniVersion: '0.4.0',
        name: 'go',
        plugins: [
          { type: 'bridge', bridge: 'go0', isGateway: true, ipam },
          { type: 'portmap', capabilities: { portMappings: true } },
        ],
      };
      const runtime = makeRuntime({ list, path: [GO_PLUGINS], run: host.exec });
      const target: Attachment = { containerId: 'go-1', netns: pod.path, ifName: 'eth0' };
      const result = must(await runtime.add(target));
      expect(result.ips?.[0]?.address).toBe('10.9.0.2/24');
      expect(host.execNow(['ping', '-c', '1', '-W', '1', '10.9.0.2']).code).toBe(0);
      must(await runtime.check(target));
      must(await runtime.del(target));
      expect(pod.execNow(['ip', 'link', 'show', 'eth0']).code).not.toBe(0);
      expect(runtime.calls().map(({ verb, plugin }) => `${verb} ${plugin}`)).toEqual([
        'ADD bridge',
        'ADD portmap',
        'CHECK bridge',
        'CHECK portmap',
        'DEL portmap',
        'DEL bridge',
      ]);
    });
  },
);
