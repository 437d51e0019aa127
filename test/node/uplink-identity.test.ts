/** An uplink is its hardware, not its name: other names, other NICs, changed MACs, on the real kernel. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BIN, LIVE_CONF, type LiveNode, makeLiveNode } from '../plugin/live-node.ts';
import type { Outcome } from '../support/exec.ts';
import { hasNamespaces } from '../support/namespaces.ts';

const isBuilt = existsSync(join(BIN, 'vnet'));

describe.skipIf(!hasNamespaces || !isBuilt)('an uplink', () => {
  let node: LiveNode;
  beforeEach(() => {
    node = makeLiveNode();
  });
  afterEach(() => node.remove());

  const ip = (line: string): void => void node.netns.mustExec(['ip', ...line.split(' ')]);
  const dump = (): string =>
    node.netns.mustExec(['sh', '-ec', 'ip -d link; ip addr; ip route show table all; ip rule']).stdout;
  const add = (conf: object = LIVE_CONF): Promise<Outcome> =>
    node.call({ verb: 'ADD', pod: node.addPod(), conf });
  const answer = ({ stdout }: Outcome): Record<string, unknown> => JSON.parse(stdout);

  it('with the name of the bridge as another name is refused untouched, and nothing is written', async () => {
    ip('link property add dev eth0 altname azure0');
    const before = dump();
    const refused = await add();
    expect([refused.code, answer(refused)]).toEqual([
      1,
      expect.objectContaining({ code: 105, details: expect.stringContaining('altname azure0') }),
    ]);
    expect([dump(), node.document()]).toEqual([before, undefined]);
    ip('link property del dev eth0 altname azure0');
    expect(await add()).toMatchObject({ code: 0 });
  });

  it('may be named by another name', async () => {
    ip('link property add dev eth0 altname enp0s4');
    expect(await add({ ...LIVE_CONF, master: 'enp0s4' })).toMatchObject({ code: 0 });
    expect(node.document()?.networks['azure']).toMatchObject({ uplink: { name: 'eth0' } });
    expect(node.reconcile('--dry-run')).toMatchObject({ code: 0 });
  });
});
