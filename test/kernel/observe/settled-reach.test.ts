/** A DHCP client configures an interface while vnet reads: addresses and routes fit together in what it observes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { createKernel } from '../../../reconciler/kernel/apply/apply.ts';
import { contradictionIn } from '../../../reconciler/kernel/kinds/rare/settled-reach.ts';
import type { Kernel } from '../../../reconciler/model/ports/kernel.ts';
import type { Sys } from '../../../reconciler/model/ports/sys.ts';
import { execNow, mustExec } from '../../support/exec.ts';
import { hasNamespaces } from '../../support/namespaces.ts';

const RTM_GETADDR = 22;
const RTM_GETROUTE = 26;
const DEV = `vns${process.pid}`;

const ip = (line: string): void => void mustExec(['ip', ...line.split(' ')]);

describe.skipIf(!hasNamespaces)('addresses and routes of the real kernel', () => {
  /** Run once, before the first message of the type. */
  let before: { readonly type: number; readonly run: () => void } | undefined;
  let lists: number;
  let kernel: Kernel;

  function watched(sys: Sys): Sys {
    const send: Sys['send'] = (fd, bytes, flags) => {
      const type = new DataView(bytes.buffer, bytes.byteOffset).getUint16(4, true);
      if (type === RTM_GETADDR) lists += 1;
      if (type === before?.type) {
        const { run } = before;
        before = undefined;
        run();
      }
      return sys.send(fd, bytes, flags);
    };
    return { ...sys, send };
  }

  beforeEach(() => {
    before = undefined;
    lists = 0;
    kernel = createKernel(watched(createSys()));
    ip(`link add ${DEV} up type veth peer name ${DEV}p`);
    ip(`link set ${DEV}p up`);
  });
  afterEach(() => {
    kernel.close();
    execNow(['ip', 'link', 'del', DEV]);
  });

  function seen(): readonly object[] {
    const observed = kernel.observe({ whole: true, devices: [], pods: [], sysctls: [], entries: [] });
    if (!observed.ok) throw new Error(observed.error.message);
    return Array.from(observed.value.state.values()).flatMap((object): readonly object[] => {
      if (object.kind === 'address' && object.dev === DEV)
        return [{ address: object.address, prefixRoute: object.prefixRoute === true }];
      return object.kind === 'route' && object.dev === DEV ? [{ route: object.to }] : [];
    });
  }

  it.each([
    ['IPv4', '10.240.0.35/16'],
    ['IPv6', 'fd00:240::35/64'],
  ])('are an address with its route if it is added between the two lists: %s', (_, address) => {
    before = { type: RTM_GETROUTE, run: () => ip(`addr add ${address} dev ${DEV}`) };
    expect(seen()).toEqual([{ address, prefixRoute: true }]);
    expect(before).toBeUndefined();
  });

  it.each([
    ['IPv4', '10.240.0.35/16'],
    ['IPv6', 'fd00:240::35/64'],
  ])('are neither if the address is deleted between the two lists: %s', (_, address) => {
    ip(`addr add ${address} dev ${DEV}`);
    before = { type: RTM_GETROUTE, run: () => ip(`addr del ${address} dev ${DEV}`) };
    expect(seen()).toEqual([]);
  });

  it('are read once if they fit together', () => {
    ip(`addr add 10.240.0.35/16 dev ${DEV}`);
    ip(`addr add 10.240.0.36/16 dev ${DEV}`);
    ip(`addr add 192.0.2.1/32 dev ${DEV}`);
    ip(`addr add fd00:240::35/64 dev ${DEV}`);
    ip(`addr add fd00:240::36/64 dev ${DEV} noprefixroute`);
    expect(seen()).toHaveLength(5);
    expect(lists).toBe(1);
  });

  it('are observed as they are if someone has deleted the route of an address, or added one without an address', () => {
    ip(`addr add 10.240.0.35/16 dev ${DEV}`);
    ip(`route del 10.240.0.0/16 dev ${DEV}`);
    ip(`route add 10.9.0.0/16 dev ${DEV} proto kernel`);
    expect(seen()).toEqual([{ address: '10.240.0.35/16', prefixRoute: false }, { route: '10.9.0.0/16' }]);
    expect(lists).toBe(2);
  });
});

describe('a contradiction', () => {
  it('does not lie in loopback addresses, or in those of interfaces that are down', () => {
    const at = (index: number, address: string): { readonly index: number; readonly address: string } => ({
      index,
      address,
    });
    const addresses = [at(1, '127.0.0.1/8'), at(2, '10.0.0.1/8')];
    const seen = { addresses, routes: [], connected: new Set<never>() };
    expect(contradictionIn(seen, [])).toBe('');
  });
});
