import { describe, expect, it } from 'vitest';
import type { AzureEndpoint } from '../../../reconciler/azure/state.ts';
import type { SimulatedKernel } from '../../../reconciler/kernel/simulated/simulated.ts';
import {
  type ImportProposal,
  type ImportSource,
  proposeImport,
  scopeOfImport,
} from '../../../reconciler/loop/import/proposal.ts';
import { endpointId, hostVethName } from '../../../reconciler/model/names.ts';
import type { NetObject } from '../../../reconciler/model/state.ts';
import { azureKernel, endpointsOf, sampleRequest } from '../../azure/azure-kernel.ts';
import { must } from '../../support/must.ts';
import { bridged } from '../../support/node.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');

function first(): AzureEndpoint {
  const [record] = endpointsOf(sampleRequest().state);
  if (record === undefined) throw new Error('the sample has no endpoint');
  return record;
}

function idOf({ containerId }: AzureEndpoint): string {
  return endpointId('azure', containerId, 'eth0');
}

/** Returns the proposal after this change of azure-vnet's node. */
function propose(
  break_: (kernel: SimulatedKernel) => void,
  source: ImportSource = sampleRequest(),
): ImportProposal {
  const kernel = azureKernel(sampleRequest().state);
  break_(kernel);
  return must(proposeImport(source, must(kernel.observe(scopeOfImport(source))), NOW));
}

function remove(have: NetObject): (kernel: SimulatedKernel) => void {
  return (kernel) => void must(kernel.tamper({ verb: 'delete', have }));
}

const record = first();
const hostLink = { kind: 'link', netns: '', name: record.hostVeth, type: 'veth' } as const;
const podAddress = {
  kind: 'address',
  netns: record.netns,
  dev: 'eth0',
  address: record.addresses[0] ?? '',
} as const;

/** The state with the second endpoint changed. */
function withSecond(
  change: (endpoint: AzureEndpoint, first: AzureEndpoint) => Partial<AzureEndpoint>,
): ImportSource {
  const source = sampleRequest();
  const [one, two] = endpointsOf(source.state);
  if (one === undefined || two === undefined) throw new Error('the sample has two endpoints');
  const uplinks = source.state.uplinks.map((uplink) => ({
    ...uplink,
    networks: uplink.networks.map((network) => ({
      ...network,
      endpoints: network.endpoints.map((each) => (each === two ? { ...two, ...change(two, one) } : each)),
    })),
  }));
  return { ...source, state: { uplinks } };
}

describe('proposing a document for a node of Azure CNI', () => {
  it('adopts every endpoint that the kernel confirms, unchanged', () => {
    const proposal = propose(() => undefined);
    expect(Array.from(proposal.findings, ({ sort }) => sort)).toEqual(['taken', 'taken', 'taken']);
    expect(proposal.endpoints.get(idOf(record))).toEqual({
      pod: 'default/p-01203d81',
      netns: '/var/run/netns/pod-01203d81044e',
      netnsInode: expect.any(Number),
      hostVeth: 'azve6970db21fc',
      mac: '5e:bd:ed:9e:69:9e',
      addresses: ['10.240.2.195/16'],
      gateway: '10.240.0.1',
      added: NOW.toISOString(),
    });
    expect([proposal.kept.size, proposal.released.size]).toEqual([0, 0]);
  });

  it.each([
    ['its veth is gone', remove({ ...hostLink }), false],
    ['its namespace is gone', (kernel: SimulatedKernel) => kernel.removeNamespace(record.netns), false],
    ['its address is gone', remove(podAddress), true],
  ])('holds only the address when %s', (_name, break_, isKept) => {
    const proposal = propose(break_);
    const endpoint = proposal.endpoints.get(idOf(record));
    expect(endpoint).toMatchObject({ addresses: ['10.240.2.195/16'] });
    expect(endpoint?.hostVeth).toBeUndefined();
    expect(proposal.findings.filter(({ sort }) => sort === 'lease')).toMatchObject([
      { subject: 'default/p-01203d81 eth0' },
    ]);
    expect(proposal.kept.has('10.240.2.195')).toBe(isKept);
  });

  it("takes the kernel's MAC where the record has another one, and says so", () => {
    const source = withSecond(() => ({ mac: '02:00:00:00:00:99' }));
    const proposal = propose(() => undefined, source);
    const [, second] = endpointsOf(sampleRequest().state);
    expect(proposal.endpoints.get(endpointId('azure', second?.containerId ?? '', 'eth0'))?.mac).toBe(
      second?.mac,
    );
    expect(proposal.findings.some(({ message }) => message.includes('02:00:00:00:00:99'))).toBe(true);
  });

  it('of two that claim one address takes the one that the kernel confirms, and says which was left out', () => {
    const proposal = propose(
      () => undefined,
      withSecond((_second, one) => ({ addresses: one.addresses })),
    );
    expect(Array.from(proposal.endpoints.values(), ({ hostVeth }) => hostVeth)).toContain(record.hostVeth);
    expect(proposal.endpoints.size).toBe(3);
    expect(proposal.findings.filter(({ sort }) => sort === 'left')).toEqual([
      {
        sort: 'left',
        subject: 'default/p-24405a58 eth0',
        message: expect.stringMatching(/10\.240\.2\.195 .*default\/p-01203d81 eth0/),
      },
    ]);
    expect(proposal.kept.has('10.240.2.195')).toBe(false);
  });

  it.each([
    ['no address', { addresses: [] }],
    ['no container', { containerId: '' }],
  ])('leaves out a record with %s, and says so', (_name, change) => {
    const proposal = propose(
      () => undefined,
      withSecond(() => change),
    );
    expect(proposal.findings.filter(({ sort }) => sort === 'left')).toMatchObject([
      { subject: 'default/p-24405a58 eth0' },
    ]);
    // IPAM knows the address, and the veth exists: so the address is not assigned again.
    const held = Array.from(proposal.endpoints.values()).filter(({ hostVeth }) => hostVeth === undefined);
    expect(held.map(({ addresses }) => addresses)).toEqual([['10.240.2.203/16']]);
    expect(Array.from(proposal.kept)).toEqual(['10.240.2.203']);
  });

  it('quarantines an address recorded by IPAM for a container that is gone', () => {
    const source = sampleRequest();
    const pools = source.pools.map((pool) => ({
      ...pool,
      addresses: pool.addresses.map((one) =>
        one.address === '10.240.2.100' ? { ...one, holder: 'deadbeef', isInUse: true } : one,
      ),
    }));
    const proposal = propose(() => undefined, { ...source, pools });
    expect(Array.from(proposal.released)).toEqual([['azure/10.240.2.100', NOW.toISOString()]]);
    expect(proposal.findings.find(({ sort }) => sort === 'resting')?.message).toContain('deadbeef');
  });

  it('holds an address of a container whose veth is there though no record knows it', () => {
    const source = sampleRequest();
    const pools = source.pools.map((pool) => ({
      ...pool,
      addresses: pool.addresses.map((one) =>
        one.address === '10.240.2.100' ? { ...one, holder: 'deadbeef', isInUse: true } : one,
      ),
    }));
    const name = hostVethName('azure', 'deadbeef', 'eth0');
    const stranger = (kernel: SimulatedKernel): void => {
      kernel.addNamespace('/run/netns/unknown');
      const want = {
        ...hostLink,
        name,
        master: 'azure0',
        peer: { netns: '/run/netns/unknown', name: 'eth0' },
      };
      must(kernel.tamper({ verb: 'create', want }));
    };
    const proposal = propose(stranger, { ...source, pools });
    expect(proposal.endpoints.get('azure/deadbeef/eth0')?.addresses).toEqual(['10.240.2.100/16']);
    expect([proposal.kept.has('10.240.2.100'), proposal.released.size]).toEqual([true, 0]);
    expect(proposal.findings.filter(({ sort }) => sort === 'note').map(({ subject }) => subject)).toEqual([
      name,
    ]);
  });

  it('leaves anti-spoofing off where a pod sends from an address that no record knows, and says so', () => {
    expect(bridged(propose(() => undefined).networks.get('azure'))?.bridge.antiSpoofing).toBeUndefined();
    const second = { ...podAddress, address: '10.240.9.9/16', scope: 0 };
    const proposal = propose((kernel) => void must(kernel.tamper({ verb: 'create', want: second })));
    expect(bridged(proposal.networks.get('azure'))?.bridge.antiSpoofing).toBe(false);
    expect(proposal.findings.filter(({ sort }) => sort === 'note').map(({ message }) => message)).toEqual([
      expect.stringContaining('10.240.9.9/16'),
    ]);
  });

  it('takes IPv6 addresses as recorded, filters both families, and recognises ipv6nat', () => {
    const [prefix, gateway, address] = ['fd00:244::/64', 'fd00:244::1', 'fd00:244::24/64'];
    const plain = sampleRequest();
    const uplinks = plain.state.uplinks.map((uplink) => ({
      ...uplink,
      networks: uplink.networks.map((network) => ({
        ...network,
        subnets: [...network.subnets, { prefix, gateway }],
        endpoints: network.endpoints.map((each, index) =>
          index === 0
            ? { ...each, addresses: [...each.addresses, address], gateways: [...each.gateways, gateway] }
            : each,
        ),
      })),
    }));
    const create = (kernel: SimulatedKernel, want: NetObject): void =>
      void must(kernel.tamper({ verb: 'create', want }));
    const proposal = propose(
      (kernel) => {
        create(kernel, { ...podAddress, address, scope: 0 });
        create(kernel, { kind: 'address', netns: '', dev: 'azure0', address: `${gateway}/64`, scope: 0 });
      },
      { ...plain, state: { uplinks } },
    );
    const network = bridged(proposal.networks.get('azure'));
    expect(network?.pools.ipv6).toMatchObject({ subnet: prefix, gateway });
    expect(network?.bridge.antiSpoofing).toBeUndefined();
    expect(proposal.endpoints.get(idOf(record))).toMatchObject({
      addresses: [...record.addresses, address],
      ipv6Gateway: gateway,
    });
    expect(proposal.translated).toEqual([{ network: 'azure', prefix }]);
  });

  it('does with the state file alone: the pool is what pods hold', () => {
    const proposal = propose(() => undefined, { ...sampleRequest(), pools: [] });
    expect(proposal.networks.get('azure')?.pools.ipv4?.addresses).toEqual([
      '10.240.2.45',
      '10.240.2.195',
      '10.240.2.203',
    ]);
  });

  it('writes an address once that azure-vnet left on the uplink and on the bridge', () => {
    const twice = (kernel: SimulatedKernel): void => {
      const want = { kind: 'address', netns: '', dev: 'eth0', address: '10.240.2.35/16', scope: 0 } as const;
      must(kernel.tamper({ verb: 'create', want }));
    };
    const addresses = bridged(propose(twice).networks.get('azure'))?.uplink.addresses ?? [];
    expect(addresses.map(({ address }) => address)).toEqual(['10.240.2.35/16']);
  });
});
