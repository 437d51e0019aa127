import { describe, expect, it } from 'vitest';
import { planNode } from '../../../reconciler/loop/node/plan-node.ts';
import { runRound } from '../../../reconciler/loop/round/round.ts';
import { hostVethName, podMac } from '../../../reconciler/model/names.ts';
import { createCaller } from '../../plugin/caller.ts';
import { containerOf, idOf, netnsOf } from '../../support/node.ts';

const VETH = hostVethName('azure', containerOf(0), 'eth0');
const MAC = '0a:11:22:33:44:55';

describe('a MAC changed in a pod', () => {
  /** An attached pod, and a function that changes its MAC like `ip link set address`. */
  async function attached() {
    const node = createCaller();
    await node.call('ADD');
    const setMac = (mac: string): void => {
      const link = { kind: 'link', netns: netnsOf(0), name: 'eth0', type: 'veth', mac } as const;
      node.kernel.tamper({ verb: 'update', want: link, have: link, fields: ['mac'] });
    };
    const steps = (): readonly string[] => {
      const planned = planNode(node.kernel, node.document());
      if (!planned.ok) throw new Error(planned.error.message);
      return planned.value.plan.steps.map(({ change, key, pods }) => `${change.verb} ${key} ${pods.join()}`);
    };
    return { node, setMac, steps };
  }

  it('is followed in one hitless step, and in another when it is changed back', async () => {
    const { node, setMac, steps } = await attached();
    setMac(MAC);
    const port = podMac('azure', containerOf(0), 'eth0');
    expect(steps()).toEqual([
      `create nft-element other_macs ${port} default/web-0`,
      `create nft-element own_macs ${VETH} default/web-0`,
    ]);
    expect(runRound(node.session, { limit: 'hitless' })).toMatchObject({
      value: { withheld: [], remaining: [] },
    });
    expect(node.kernelObjects().get(`nft-element own_macs ${VETH}`)).toContain(MAC);
    setMac('0a:11:22:33:44:66');
    expect(steps()).toEqual([`update nft-element own_macs ${VETH} default/web-0`]);
    expect(runRound(node.session, { limit: 'hitless' })).toMatchObject({
      value: { withheld: [], remaining: [] },
    });
    setMac(podMac('azure', containerOf(0), 'eth0'));
    expect(steps()).toHaveLength(2);
    expect(runRound(node.session, { limit: 'hitless' })).toMatchObject({
      value: { withheld: [], remaining: [] },
    });
    expect([...node.kernelObjects().keys()].filter((key) => /(own|other)_macs/.test(key))).toEqual([]);
  });

  it('is deleted with its pod at DEL, and with one whose namespace is gone', async () => {
    for (const how of ['DEL', 'gone'] as const) {
      const { node, setMac } = await attached();
      setMac(MAC);
      runRound(node.session, { limit: 'hitless' });
      if (how === 'DEL') expect((await node.call('DEL')).exitCode).toBe(0);
      else {
        node.kernel.removeNamespace(netnsOf(0));
        runRound(node.session, { limit: 'pod-outage' });
        node.at.now = new Date(node.at.now.getTime() + 6_000);
        expect(runRound(node.session, { limit: 'pod-outage' })).toMatchObject({
          value: { released: [idOf(0)] },
        });
      }
      expect([...node.kernelObjects().keys()].filter((key) => key.includes(VETH))).toEqual([]);
    }
  });
});
