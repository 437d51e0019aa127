import { describe, expect, it } from 'vitest';
import { validateDocument } from '../../../reconciler/document/check/validate.ts';
import { type LiveSource, proposeLive } from '../../../reconciler/loop/import/live-proposal.ts';
import type { VethPeer } from '../../../reconciler/model/ports/veth-peer.ts';
import { endpointId } from '../../../reconciler/model/names.ts';
import { azureKernel, endpointsOf, sampleRequest } from '../../azure/azure-kernel.ts';
import { must } from '../../support/must.ts';
import { staticPool } from '../../support/pools.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const WHOLE = { whole: true, devices: [], pods: [], sysctls: [], entries: [] };

/** The sample's node as observed without azure-vnet's files. */
function source(more: Partial<LiveSource> = {}): LiveSource {
  const { state } = sampleRequest();
  const ends = endpointsOf(state).map(({ hostVeth, netns, ifName, mac, addresses, gateways }, index) => ({
    hostVeth,
    netns: netns.replace('/var/run', '/run'),
    netnsInode: 4_026_532_000 + index,
    ifName,
    mac,
    addresses,
    gateways,
  }));
  return {
    observation: must(azureKernel(state).observe(WHOLE)),
    ends,
    known: [],
    network: undefined,
    node: 'node-1',
    bootId: '0b6e7a0e-1111-4222-8333-444455556666',
    now: NOW,
    ...more,
  };
}

describe('proposing a document from the live node', () => {
  it('finds bridge, uplink, addresses, routes and every pod, valid against the schema', () => {
    const { document, remarks } = proposeLive(source());
    expect(validateDocument(document)).toMatchObject({ ok: true });
    expect(document.networks['azure']).toMatchObject({
      uplink: { name: 'eth0', addresses: [{ address: '10.240.2.35/16' }], routes: [{ to: 'default' }] },
      bridge: { name: 'azure0' },
      pools: {
        ipv4: staticPool('10.240.2.45', '10.240.2.195', '10.240.2.203'),
      },
    });
    const [first] = endpointsOf(sampleRequest().state);
    expect(document.endpoints?.['azure/run-netns-pod-01203d81044e/eth0']).toEqual({
      netns: '/run/netns/pod-01203d81044e',
      netnsInode: 4_026_532_000,
      hostVeth: first?.hostVeth,
      mac: first?.mac,
      addresses: first?.addresses,
      gateway: '10.240.0.1',
      added: NOW.toISOString(),
    });
    expect(remarks).toHaveLength(3);
  });

  it('finds both families', () => {
    const kernel = azureKernel(sampleRequest().state);
    const own = { kind: 'address', netns: '', dev: 'azure0', address: 'fd00:240::35/64' } as const;
    must(kernel.tamper({ verb: 'create', want: own }));
    const [pod, ...others] = source().ends;
    const { addresses = [], gateways = [] } = pod ?? {};
    const dual = {
      ...pod,
      addresses: [...addresses, 'fd00:240::36/64'],
      gateways: [...gateways, 'fe80::1234:5678:9abc'],
    } as VethPeer;
    const observation = must(kernel.observe(WHOLE));
    const { document } = proposeLive(source({ observation, ends: [dual, ...others] }));
    expect(validateDocument(document)).toMatchObject({ ok: true });
    const { pools } = document.networks['azure'] ?? {};
    expect(pools?.ipv4?.addresses).toHaveLength(3);
    expect(pools?.ipv6).toEqual({
      source: 'static',
      subnet: 'fd00:240::/64',
      gateway: 'fe80::1234:5678:9abc',
      addresses: ['fd00:240::36'],
    });
    expect(document.endpoints?.['azure/run-netns-pod-01203d81044e/eth0']).toMatchObject({
      addresses: [...addresses, 'fd00:240::36/64'],
      gateway: '10.240.0.1',
      ipv6Gateway: 'fe80::1234:5678:9abc',
    });
  });

  it("takes network, container and pod from the runtime's cache", () => {
    const [first] = endpointsOf(sampleRequest().state);
    const known = {
      network: 'podnet',
      containerId: 'abc123',
      ifName: 'eth0',
      netns: first?.netns ?? '',
      pod: 'shop/web',
    };
    const { document, remarks } = proposeLive(source({ known: [known] }));
    expect(Object.keys(document.networks)).toEqual(['podnet']);
    expect(document.endpoints?.[endpointId('podnet', 'abc123', 'eth0')]?.pod).toBe('shop/web');
    expect(remarks).toHaveLength(2);
    const named = proposeLive(source({ known: [known], network: 'mine' }));
    expect(Object.keys(named.document.networks)).toEqual(['mine']);
  });

  it('leaves out a bridge without uplink, and one without address, and says so', () => {
    const kernel = azureKernel(sampleRequest().state);
    must(
      kernel.tamper({ verb: 'create', want: { kind: 'link', netns: '', name: 'docker0', type: 'bridge' } }),
    );
    const address = { kind: 'address', netns: '', dev: 'azure0', address: '10.240.2.35/16' } as const;
    must(kernel.tamper({ verb: 'delete', have: address }));
    const { document, remarks } = proposeLive(source({ observation: must(kernel.observe(WHOLE)) }));
    expect(document.networks).toEqual({});
    expect(remarks).toEqual([
      expect.stringMatching(/^azure0: .*address/),
      expect.stringMatching(/^docker0: .*uplink/),
    ]);
  });
});
