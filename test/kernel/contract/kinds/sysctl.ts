/** Contract of sysctls. */
import { beforeEach, expect, it } from 'vitest';
import { HOST } from '../../../../reconciler/model/state.ts';
import { create, must, outcomes, update } from '../changes.ts';
import { expectHolds, expectLacks, expectRefusal, see } from '../expectations.ts';
import { podLinkOf, vethOf } from '../builders.ts';
import { BRIDGE } from '../objects.ts';
import type { CurrentTestbed } from '../testbed.ts';

export default function describeSysctls(testbed: CurrentTestbed): void {
  beforeEach(() => must(testbed(), create(BRIDGE)));

  it.each(['net/ipv6/conf/azure0/accept_ra', 'net/ipv4/ip_forward'])('are set and seen: %s', (name) => {
    const setting = (value: string) => ({ kind: 'sysctl', netns: HOST, name, value }) as const;
    const scope = { sysctls: [{ netns: HOST, name }] };
    must(testbed(), create(setting('2')));
    expectHolds(see(testbed(), [], scope), setting('2'));
    expect(outcomes(testbed(), [create(setting('2'))])).toEqual(['unchanged']);
    must(testbed(), update(setting('2'), setting('0')));
    expectHolds(see(testbed(), [], scope), setting('0'));
    expectLacks(see(testbed()), setting('0'));
  });

  it('are absent, and refused, without such a device or namespace', () => {
    const name = 'net/ipv6/conf/none/accept_ra';
    const gone = { netns: '/run/netns/none', name: 'net/ipv4/ip_forward' };
    for (const one of [{ netns: HOST, name }, gone]) {
      const setting = { kind: 'sysctl', value: '0', ...one } as const;
      expectRefusal(testbed(), create(setting), 'not-found');
      expectLacks(see(testbed(), [], { sysctls: [one] }), setting);
    }
  });

  it('of a pod are not those of the node', () => {
    const netns = testbed().addNamespace();
    must(testbed(), create(vethOf(netns), podLinkOf(netns)));
    const setting = { kind: 'sysctl', netns, name: 'net/ipv6/conf/eth0/accept_ra', value: '0' } as const;
    const onNode = { ...setting, netns: HOST };
    must(testbed(), create(setting));
    const state = see(testbed(), [netns], { sysctls: [setting, onNode] });
    expectHolds(state, setting);
    expectHolds(state, { ...onNode, value: '1' });
  });
}
