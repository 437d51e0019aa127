/** Documents as editors and other programs save them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LiveNode, makeLiveNode, hasLiveNodes } from '../plugin/live-node.ts';

describe.skipIf(!hasLiveNodes)('vnet validate', () => {
  let node: LiveNode;
  beforeEach(() => {
    node = makeLiveNode();
  });
  afterEach(() => node.remove());

  const file = (): string => join(node.root, 'var/lib/vnet/vnet.yaml');

  it('refuses what reading refuses: Latin-1, as validate, plan and apply see it', async () => {
    expect(await node.call({ verb: 'ADD', pod: node.addPod() })).toMatchObject({ code: 0 });
    const latin1 = join(node.root, 'latin1.yaml');
    writeFileSync(latin1, Buffer.from(`# Gr\u00fc\u00dfe\n${readFileSync(file(), 'utf8')}`, 'latin1'));
    const validated = node.vnet('validate', latin1);
    expect([validated.code, validated.stderr]).toEqual([65, expect.stringContaining('not UTF-8')]);
    for (const verb of ['plan', 'apply'])
      expect([verb, node.vnet(verb, '-f', latin1).stderr]).toEqual([
        verb,
        expect.stringContaining('not UTF-8'),
      ]);
  });

  it('says that a probe is useless on Azure', async () => {
    expect(await node.call({ verb: 'ADD', pod: node.addPod() })).toMatchObject({ code: 0 });
    const text = readFileSync(file(), 'utf8').replace('source: static', 'source: azure');
    const probing = join(node.root, 'probing.yaml');
    writeFileSync(
      probing,
      text.replace('    mode: bridge\n', '    mode: bridge\n    probe:\n      timeoutMs: 200\n'),
    );
    expect(node.vnet('validate', probing)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('networks.azure.probe finds nothing on Azure'),
    });
    expect(JSON.parse(node.vnet('validate', probing, '-o', 'json').stdout).notes).toHaveLength(1);
  });

  it('says after a refused save that it was refused, and the document in force is valid', async () => {
    expect(await node.call({ verb: 'ADD', pod: node.addPod() })).toMatchObject({ code: 0 });
    expect(node.vnet('validate')).toMatchObject({ code: 0, stderr: '' });
    writeFileSync(file(), readFileSync(file(), 'utf8').replace('mode: bridge', 'mode:\u00a0bridge'));
    expect(await node.call({ verb: 'ADD', pod: node.addPod() })).toMatchObject({ code: 0 });
    const validated = node.vnet('validate');
    expect([validated.code, validated.stdout]).toEqual([0, expect.stringContaining('valid')]);
    expect(validated.stderr).toMatch(/refused.*vnet\.yaml\.refused/);
    expect(node.vnet('validate', `${file()}.refused`).stderr).toContain('no-break space (U+00A0)');
    expect(node.vnet('status').stdout).toContain('U+00A0');
  });
});
