/** azure-vnet's ipv6Mode ipv6nat: what it means is a network whose IPv6 packets get the address of the node. */
import { describe, expect, it } from 'vitest';
import { createCaller } from './caller.ts';
import { fakeIpam } from './fake-ipam.ts';

const IPV6 = { subnet: 'fd00:244::/64', addresses: ['fd00:244::100-fd00:244::1ff'] };
const CONF = {
  cniVersion: '1.0.0',
  name: 'azure',
  type: 'azure-vnet',
  mode: 'transparent',
  ipv6Mode: 'ipv6nat',
  ipam: {
    type: 'azure-vnet-ipam',
    subnet: '10.240.0.0/16',
    addresses: ['10.240.0.36-10.240.0.65'],
    ipv6: IPV6,
  },
};

function emptyNode() {
  return createCaller({ document: undefined, programs: fakeIpam().programs, pool: undefined });
}

describe('ipv6Mode ipv6nat', () => {
  it('keeps the addresses of IPv4 everywhere, and translates those of IPv6 beyond the pods', async () => {
    const node = emptyNode();
    const { json } = await node.call('ADD', { conf: CONF });
    expect(json.ips).toMatchObject([{ address: '10.240.0.36/32' }, { address: 'fd00:244::100/128' }]);
    expect(node.document().networks['azure']).toMatchObject({
      mode: 'transparent',
      masquerade: { enabled: true, direct: expect.arrayContaining(['0.0.0.0/0', 'fd00:244::/64']) },
    });
  });

  it.each([
    [{ ...CONF, mode: 'bridge' }, 'Set "mode": "transparent"'],
    [{ ...CONF, ipam: { ...CONF.ipam, ipv6: undefined } }, 'set ipam.ipv6'],
  ])('is refused where it cannot be had: %j', async (conf, text) => {
    const { json } = await emptyNode().call('ADD', { conf });
    expect(json).toMatchObject({ code: 7, details: expect.stringContaining(text) });
  });

  it('means nothing for a network that the document has', async () => {
    const node = emptyNode();
    await node.call('ADD', { conf: { ...CONF, ipv6Mode: '' } });
    expect((await node.call('ADD', { conf: { ...CONF, mode: 'bridge' }, pod: 1 })).json.code).toBeUndefined();
    expect(node.document().networks['azure']).not.toHaveProperty('masquerade');
  });
});
