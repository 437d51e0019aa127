import { describe, expect, it } from 'vitest';
import { createSimulatedKernel, parseSimulatedNode } from '../../../reconciler/kernel/simulated/simulated.ts';
import { failure } from '../../../reconciler/model/result.ts';
import { create, destroy, update } from '../contract/changes.ts';
import { wholeScope } from '../contract/expectations.ts';
import { addressOf, elementOf, podLinkOf, routeOf, vethOf } from '../contract/builders.ts';
import { BRIDGE, NIC, NIC_MAC, TABLE, VETH } from '../contract/objects.ts';

const POD = '/run/netns/pod';

function newNode() {
  const kernel = createSimulatedKernel();
  kernel.addDevice({ ...NIC, mac: NIC_MAC }, [
    addressOf('eth0', '10.240.0.4/16'),
    routeOf('default', 'eth0', { via: '10.240.0.1', protocol: 16 }),
  ]);
  return kernel;
}

function keysOf(kernel: ReturnType<typeof newNode>): readonly string[] {
  const seen = kernel.observe(wholeScope([POD]));
  return seen.ok ? Array.from(seen.value.state.keys()) : [];
}

const BOOTED = ['address 10.240.0.4/16 dev eth0', 'link eth0', 'link lo', 'route default'];

describe('the simulated kernel', () => {
  it('has after a reboot what its devices were configured with, and nothing else', () => {
    const kernel = newNode();
    expect(keysOf(kernel)).toEqual(BOOTED);
    kernel.addNamespace(POD);
    kernel.apply([
      create(TABLE),
      create(elementOf('ports', VETH)),
      create(BRIDGE),
      create(vethOf(POD), podLinkOf(POD)),
      update({ ...NIC, master: '', alias: '' }, { ...NIC, master: 'azure0', alias: 'x' }),
      create(addressOf('azure0', '10.240.0.4/16')),
      destroy(addressOf('eth0', '10.240.0.4/16')),
    ]);
    expect(keysOf(kernel)).not.toEqual(BOOTED);
    kernel.reboot();
    expect(keysOf(kernel)).toEqual(BOOTED);
    const seen = kernel.observe(wholeScope([POD]));
    expect(seen.ok ? seen.value.state.get('link eth0') : undefined).toMatchObject({ up: true, master: '' });
    expect(seen.ok ? seen.value.state.get('link eth0') : undefined).not.toHaveProperty('alias');
    expect(seen.ok ? seen.value.namespaces.get(POD) : undefined).toBe('gone');
  });

  it('gives a recreated namespace another inode', () => {
    const kernel = newNode();
    const first = kernel.addNamespace(POD);
    expect(kernel.addNamespace(POD)).toBe(first);
    kernel.removeNamespace(POD);
    expect(kernel.addNamespace(POD)).not.toBe(first);
  });

  it('fails the next change that is picked, once, without making it', () => {
    const kernel = newNode();
    const fault = failure('busy', 'create link azure0', 'device or resource busy');
    kernel.failNext(({ verb }) => verb === 'create', fault);
    const changes = [
      destroy(BRIDGE),
      create(BRIDGE),
      create(addressOf('azure0', '10.1.0.1/24')),
      create(BRIDGE),
    ];
    expect(kernel.apply(changes).map((result) => (result.ok ? result.value : result.error.code))).toEqual([
      'unchanged',
      'busy',
      'not-found',
      'changed',
    ]);
  });

  it('lets another program delete marked objects', () => {
    const kernel = newNode();
    kernel.apply([create(BRIDGE)]);
    const { alias: _alias, ...unmarked } = BRIDGE;
    expect(kernel.apply([destroy(unmarked)])[0]).toMatchObject({ ok: false, error: { code: 'refused' } });
    expect(kernel.tamper(destroy(unmarked))).toEqual({ ok: true, value: 'changed' });
    expect(keysOf(kernel)).toEqual(BOOTED);
  });

  it.each(['', '{', '[]', 'null', '{"objects":[]}'])('is not created from %j', (text) => {
    expect(parseSimulatedNode(text)).toBeUndefined();
  });
});
