import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKernel } from '../../../reconciler/kernel/apply/apply.ts';
import type { Kernel } from '../../../reconciler/model/ports/kernel.ts';
import { HOST, type LinkObject } from '../../../reconciler/model/state.ts';
import { createSys } from '../../../reconciler/os/sys/koffi.ts';
import { execNow, mustExec } from '../../support/exec.ts';
import { hasNamespaces } from '../../support/namespaces.ts';

const POD = `vnet-learned-${process.pid}`;
const VETH = `azvl${process.pid}`;
const [FORMER, OTHER] = ['aa:aa:aa:aa:aa:aa', '12:34:56:78:9a:bc'];

const link = (mac: string): LinkObject => ({
  kind: 'link',
  netns: HOST,
  name: VETH,
  type: 'veth',
  up: true,
  mac,
  alias: 'vnet:azure/one/eth0',
  peer: { netns: `/run/netns/${POD}`, name: 'eth0' },
});

describe.skipIf(!hasNamespaces)('the neighbours that a pod has learned, on the real kernel', () => {
  let kernel: Kernel;
  const ip = (command: string): string => mustExec(['ip', '-n', POD, ...command.split(' ')]).stdout;
  beforeEach(() => {
    kernel = createKernel(createSys());
    mustExec(['ip', 'netns', 'add', POD]);
    kernel.apply([{ verb: 'create', want: link(FORMER) }]);
    for (const [address, mac, state] of [
      ['10.9.0.1', FORMER, 'reachable'],
      ['10.9.0.2', FORMER, 'permanent'],
      ['10.9.0.3', OTHER, 'reachable'],
      ['fd00:9::1', FORMER, 'stale'],
      ['fd00:9::2', FORMER, 'permanent'],
      ['fd00:9::3', OTHER, 'stale'],
    ])
      ip(`neigh add ${address} lladdr ${mac} nud ${state} dev eth0`);
  });
  afterEach(() => {
    kernel.close();
    execNow(['ip', 'netns', 'del', POD]);
    execNow(['ip', 'link', 'del', VETH]);
  });

  it('are forgotten where they have the former MAC of its host veth; all others stay', () => {
    const [have, want] = [link(FORMER), link('02:00:00:00:00:01')];
    const changed = kernel.apply([{ verb: 'update', have, want, fields: ['mac'] }]);
    expect(changed).toEqual([{ ok: true, value: 'changed' }]);
    const left = ip('neigh show dev eth0').matchAll(/^(\S+) lladdr/gm);
    expect(new Set(Array.from(left, ([, address]) => address))).toEqual(
      new Set(['10.9.0.2', '10.9.0.3', 'fd00:9::2', 'fd00:9::3']),
    );
  });

  it('stay if another field changes', () => {
    const [have, want] = [link(FORMER), { ...link(FORMER), alias: 'vnet:azure/two/eth0' }];
    expect(kernel.apply([{ verb: 'update', have, want, fields: ['alias'] }])[0]?.ok).toBe(true);
    expect(ip('neigh show dev eth0')).toContain('10.9.0.1');
  });
});
