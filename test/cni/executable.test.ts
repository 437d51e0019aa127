import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reaches } from '../lab/ping.ts';
import { BIN, LIVE_CONF, type LiveNode, makeLiveNode, REFERENCE, isBuilt } from '../plugin/live-node.ts';
import { hasNamespaces } from '../support/namespaces.ts';

const isThere = isBuilt && REFERENCE !== undefined;

describe.skipIf(!hasNamespaces || !isThere)('vnet cni on a real kernel', () => {
  let node: LiveNode;
  let file = '';
  beforeAll(() => {
    node = makeLiveNode();
    file = join(node.root, 'net.conflist');
    const { cniVersion, name, ...plugin } = LIVE_CONF;
    const portmap = { type: 'portmap', capabilities: { portMappings: true } };
    writeFileSync(file, JSON.stringify({ cniVersion, name, plugins: [plugin, portmap] }));
  });
  afterAll(() => node.remove());

  it('attaches a namespace through azure-vnet and portmap, and removes everything again', () => {
    const pod = node.addPod();
    const cni = (...args: readonly string[]) => {
      const path = `${BIN}:${REFERENCE ?? ''}`;
      const words = ['--root', node.root, 'cni', ...args, '--cni-path', path, '-o', 'json'];
      const { code, stdout, stderr } = node.netns.execNow([join(BIN, 'vnet'), ...words], {
        env: { VNET_NODE: 'node-1' },
      });
      return { code, stderr, report: stdout === '' ? {} : JSON.parse(stdout) };
    };
    const ports = JSON.stringify({ portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }] });
    const added = cni('add', file, pod.name, '--capability-args', ports);
    expect(added).toMatchObject({ code: 0, report: { result: { ips: [{ address: '10.240.0.36/16' }] } } });
    expect(reaches(pod, '10.240.0.1')).toBe(true);
    expect(Object.values(node.document()?.endpoints ?? {})).toMatchObject([{ netns: pod.path }]);
    expect(cni('version', file).report.result).toMatchObject([
      { plugin: 'azure-vnet' },
      { plugin: 'portmap' },
    ]);
    expect(cni('status', file)).toMatchObject({ code: 78, stderr: expect.stringContaining('has no STATUS') });
    const deleted = cni('del', file, pod.name);
    expect(deleted.code).toBe(0);
    expect(deleted.report.calls.map((call: { plugin: string }) => call.plugin)).toEqual([
      'portmap',
      'azure-vnet',
    ]);
    expect(node.document()?.endpoints).toEqual({});
    expect(node.veths()).toEqual([]);
  });
});
