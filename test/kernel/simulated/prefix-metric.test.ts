/** Found by the campaign drift, seed 1: Linux replaces the route of the old metric, which another address shares. */
import { expect, it } from 'vitest';
import { createSimulatedKernel } from '../../../reconciler/kernel/simulated/simulated.ts';
import { HOST, type AddressObject, keyOf } from '../../../reconciler/model/state.ts';
import { wholeScope } from '../contract/expectations.ts';
import { NIC, NIC_MAC } from '../contract/objects.ts';

const addressOn = (address: string): AddressObject => ({
  kind: 'address',
  netns: HOST,
  dev: NIC.name,
  address,
  scope: 0,
});

it('an IPv6 address loses its prefix route when another one of its prefix gets another metric', () => {
  const kernel = createSimulatedKernel();
  kernel.addDevice({ ...NIC, mac: NIC_MAC });
  const [first, second] = [addressOn('fd00::4/64'), addressOn('fd00::5/64')];
  const hasRoute = (address: AddressObject): boolean => {
    const seen = kernel.observe(wholeScope([], { devices: [NIC.name] }));
    const found = seen.ok ? seen.value.state.get(keyOf(address)) : undefined;
    return found?.kind === 'address' && found.prefixRoute === true;
  };
  kernel.apply([first, second].map((want) => ({ verb: 'create', want }) as const));
  expect([hasRoute(first), hasRoute(second)]).toEqual([true, true]);
  kernel.apply([{ verb: 'update', have: second, want: { ...second, metric: 70 }, fields: ['metric'] }]);
  expect([hasRoute(first), hasRoute(second)]).toEqual([false, true]);
});
