import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKernel } from '../../../reconciler/kernel/apply/apply.ts';
import type { Kernel } from '../../../reconciler/model/ports/kernel.ts';
import { HOST, linkKeyOf, type LinkObject } from '../../../reconciler/model/state.ts';
import type { Sys } from '../../../reconciler/model/ports/sys.ts';
import { createSys } from '../../../reconciler/os/sys/koffi.ts';
import { differingFields } from '../../../reconciler/plan/compare.ts';
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
  const scope = { whole: false, devices: [VETH], pods: [], sysctls: [], entries: [] };
  const observe = (): LinkObject | undefined => {
    const seen = kernel.observe({ ...scope, pods: [{ netns: `/run/netns/${POD}`, ifName: 'eth0' }] });
    const found = seen.ok ? seen.value.state.get(linkKeyOf(VETH)) : undefined;
    return found?.kind === 'link' ? found : undefined;
  };
  /** Resolves to false if the change ended before that number of requests to the kernel. */
  const changeUntilKilled = async (want: LinkObject, calls: number): Promise<boolean> => {
    const sys = createSys();
    let left = calls;
    const send: Sys['send'] = (fd, bytes, flags) => {
      left -= 1;
      if (left < 0) throw new Error('killed');
      return sys.send(fd, bytes, flags);
    };
    const killed = createKernel({ ...sys, send });
    await killed.prepare();
    const have = link(FORMER);
    try {
      killed.apply([{ verb: 'update', have, want, fields: ['mac'] }]);
      return false;
    } catch {
      return true;
    } finally {
      killed.close();
    }
  };
  beforeEach(async () => {
    kernel = createKernel(createSys());
    await kernel.prepare();
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

  it('are forgotten by the next round where a kill ended the change at any system call', async () => {
    const want = link('02:00:00:00:00:01');
    for (let calls = 1, isKilled = true; isKilled; calls += 1) {
      ip(`neigh replace 10.9.0.1 lladdr ${FORMER} nud reachable dev eth0`);
      ip(`neigh replace fd00:9::1 lladdr ${FORMER} nud stale dev eth0`);
      mustExec(['ip', 'link', 'set', VETH, 'address', FORMER, 'alias', want.alias ?? '']);
      isKilled = await changeUntilKilled(want, calls);
      const have = observe();
      if (have === undefined) throw new Error('the veth is gone');
      const fields = differingFields(want, have);
      expect([calls, kernel.apply([{ verb: 'update', have, want, fields }])[0]?.ok]).toEqual([calls, true]);
      expect([calls, differingFields(want, observe() ?? want)]).toEqual([calls, []]);
      const left = ip('neigh show dev eth0');
      expect([calls, left]).not.toEqual([calls, expect.stringMatching(/10\.9\.0\.1 |fd00:9::1 /)]);
      expect([calls, left]).toEqual([calls, expect.stringContaining('10.9.0.2')]);
      if (!isKilled) expect(calls).toBeGreaterThan(3);
    }
  });

  it('stay if another field changes', () => {
    const [have, want] = [link(FORMER), { ...link(FORMER), alias: 'vnet:azure/two/eth0' }];
    expect(kernel.apply([{ verb: 'update', have, want, fields: ['alias'] }])[0]?.ok).toBe(true);
    expect(ip('neigh show dev eth0')).toContain('10.9.0.1');
  });
});
