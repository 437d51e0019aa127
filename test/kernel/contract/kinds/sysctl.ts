/** Contract of sysctls. */
import { beforeEach, expect, it } from 'vitest';
import { HOST } from '../../../../reconciler/model/state.ts';
import {
  BRIDGE,
  create,
  expectHolds,
  expectLacks,
  expectRefusal,
  must,
  outcomes,
  podLinkOf,
  see,
  update,
  vethOf,
  type Worlds,
} from '../world.ts';

export default function describeSysctls(world: Worlds): void {
  beforeEach(() => must(world(), create(BRIDGE)));

  it.each(['net/ipv6/conf/azure0/accept_ra', 'net/ipv4/ip_forward'])('are set and seen: %s', (name) => {
    const setting = (value: string) => ({ kind: 'sysctl', netns: HOST, name, value }) as const;
    const scope = { sysctls: [{ netns: HOST, name }] };
    must(world(), create(setting('2')));
    expectHolds(see(world(), [], scope), setting('2'));
    expect(outcomes(world(), [create(setting('2'))])).toEqual(['unchanged']);
    must(world(), update(setting('2'), setting('0')));
    expectHolds(see(world(), [], scope), setting('0'));
    expectLacks(see(world()), setting('0'));
  });

  it('are absent, and refused, without such a device or namespace', () => {
    const name = 'net/ipv6/conf/none/accept_ra';
    const gone = { netns: '/run/netns/none', name: 'net/ipv4/ip_forward' };
    for (const one of [{ netns: HOST, name }, gone]) {
      const setting = { kind: 'sysctl', value: '0', ...one } as const;
      expectRefusal(world(), create(setting), 'not-found');
      expectLacks(see(world(), [], { sysctls: [one] }), setting);
    }
  });

  it('of a pod are not those of the node', () => {
    const netns = world().addNamespace();
    must(world(), create(vethOf(netns), podLinkOf(netns)));
    const setting = { kind: 'sysctl', netns, name: 'net/ipv6/conf/eth0/accept_ra', value: '0' } as const;
    const onNode = { ...setting, netns: HOST };
    must(world(), create(setting));
    const state = see(world(), [netns], { sysctls: [setting, onNode] });
    expectHolds(state, setting);
    expectHolds(state, { ...onNode, value: '1' });
  });
}
