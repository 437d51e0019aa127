/** Files of host-local, ip-masq-agent and kubenet, and what an import makes of them. */
import { describe, expect, it } from 'vitest';
import { bridgeConfOf, kubenetConf, parseLease } from '../../../reconciler/loop/import/bridge/conf.ts';
import {
  kubenetMasquerade,
  leftRules,
  parseMasqAgent,
  withMasquerade,
} from '../../../reconciler/loop/import/bridge/masquerade.ts';
import { bridgeOrigin } from '../../../reconciler/loop/import/bridge/proposal.ts';
import type { BridgeSource } from '../../../reconciler/loop/import/bridge/source.ts';
import {
  createSimulatedKernel,
  type SimulatedKernel,
} from '../../../reconciler/kernel/simulated/simulated.ts';
import type { VethPeer } from '../../../reconciler/model/ports/veth-peer.ts';
import { HOST, type NetObject } from '../../../reconciler/model/state.ts';
import type { ImportOrigin } from '../../../reconciler/loop/import/proposal.ts';
import { ok } from '../../../reconciler/model/result.ts';
import type { Network } from '../../../schemas/generated/vnet.ts';
import { must } from '../../support/must.ts';
import { NETWORK } from '../../support/node.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const IPAM = { type: 'host-local', ranges: [[{ subnet: '10.244.0.0/24', rangeStart: '10.244.0.10' }]] };

describe('the configuration of the plugin bridge', () => {
  it('has its bridge, ranges of both forms, and flags', () => {
    const plugin = { type: 'bridge', isGateway: true, ipMasq: true, hairpinMode: true, ipam: IPAM };
    expect(must(bridgeConfOf('podnet', [plugin]))).toEqual({
      network: 'podnet',
      bridge: 'cni0',
      hairpin: true,
      masquerades: true,
      ranges: [{ subnet: '10.244.0.0/24', rangeStart: '10.244.0.10' }],
    });
    const old = {
      ...plugin,
      bridge: 'cbr0',
      ipam: { type: 'host-local', subnet: '10.1.0.0/16', dataDir: '/x' },
    };
    expect(must(bridgeConfOf('podnet', [old]))).toMatchObject({
      bridge: 'cbr0',
      dataDir: '/x',
      ranges: [{ subnet: '10.1.0.0/16' }],
    });
    expect(must(bridgeConfOf('podnet', [{ type: 'azure-vnet' }]))).toBeUndefined();
  });

  it.each([
    ['10.244.0.5', 'abc\r\neth0', { address: '10.244.0.5', containerId: 'abc', ifName: 'eth0' }],
    ['10.244.0.5', ' abc \n', { address: '10.244.0.5', containerId: 'abc' }],
    ['fd00_244__5', 'abc\r\nnet1', { address: 'fd00:244::5', containerId: 'abc', ifName: 'net1' }],
    ['fd00:244::5', 'abc\r\neth0', { address: 'fd00:244::5', containerId: 'abc', ifName: 'eth0' }],
    ['last_reserved_ip.0', '10.244.0.5', undefined],
    ['lock', '', undefined],
    ['10.244.0.6', '', undefined],
  ])('has the lease %s %j', (name, text, lease) => {
    expect(parseLease(name, text)).toEqual(lease);
  });
});

describe('masquerade of other programs', () => {
  const parse = (value: unknown): unknown => must(parseMasqAgent(value, 'file')).masquerade.direct;

  it('of ip-masq-agent leaves out link-local destinations unless they are masqueraded', () => {
    const cidrs = ['10.0.0.0/8', 'fd00::/8'];
    expect(parse({})).toEqual(['169.254.0.0/16', 'fe80::/10']);
    expect(parse({ nonMasqueradeCIDRs: cidrs })).toEqual([...cidrs, '169.254.0.0/16', 'fe80::/10']);
    expect(parse({ nonMasqueradeCIDRs: cidrs, masqLinkLocal: true, masqLinkLocalIPv6: true })).toEqual(cidrs);
  });

  it.each([
    [[]],
    ['x'],
    [{ nonMasqueradeCIDRs: '10.0.0.0/8' }],
    [{ nonMasqueradeCIDRs: ['10.0.0/8'] }],
    [{ nonMasq: [] }],
  ])('of ip-masq-agent is refused as %j', (value) => {
    expect(parseMasqAgent(value, 'file')).toMatchObject({ ok: false, error: { code: 'invalid' } });
  });

  it('of kubenet is its rule in table nat; rules of the plugins are listed', () => {
    const comment = '-m comment --comment "kubenet: SNAT for outbound traffic from cluster"';
    const rule = `-A POSTROUTING ! -d 10.0.0.0/8 ${comment} -m addrtype ! --dst-type LOCAL -j MASQUERADE`;
    expect(kubenetMasquerade(`*nat\n${rule}\n`)).toEqual({ enabled: true, direct: ['10.0.0.0/8'] });
    expect(kubenetMasquerade('*nat\n-A POSTROUTING -j MASQUERADE\n')).toBeUndefined();
    const own = '-A POSTROUTING -s 10.244.0.5/32 -m comment --comment "name: \\"x\\"" -j CNI-0123';
    expect(leftRules(`:CNI-0123 - [0:0]\n${rule}\n${own}\n-A INPUT -j ACCEPT`)).toEqual([rule, own]);
  });
});

const LINK = { kind: 'link', netns: HOST, up: true } as const;
const POD = '/run/netns/a';

function nodeOf(...more: readonly NetObject[]): SimulatedKernel {
  const kernel = createSimulatedKernel();
  kernel.addNamespace(POD);
  const peer = { ...LINK, netns: POD, name: 'eth0', type: 'veth', mac: '0a:00:00:00:00:05' } as const;
  const veth = {
    ...LINK,
    name: 'veth1',
    type: 'veth',
    master: 'cbr0',
    peer: { netns: POD, name: 'eth0' },
  } as const;
  must(
    kernel.tamper({
      verb: 'create',
      want: { ...LINK, name: 'cbr0', type: 'bridge', mac: '0a:58:0a:f4:00:01' },
    }),
  );
  must(kernel.tamper({ verb: 'create', want: veth, peer }));
  for (const want of more) must(kernel.tamper({ verb: 'create', want }));
  return kernel;
}

const GATEWAY = { kind: 'address', netns: HOST, dev: 'cbr0', address: '10.244.0.1/24' } as const;

const END: VethPeer = {
  hostVeth: 'veth1',
  netns: POD,
  netnsInode: 4_026_532_000,
  ifName: 'eth0',
  mac: '0a:00:00:00:00:05',
  addresses: ['10.244.0.5/24'],
  gateways: ['10.244.0.1'],
};

const SOURCE: BridgeSource = {
  conf: kubenetConf(),
  leases: [{ address: '10.244.0.5', containerId: 'abc', ifName: 'eth0' }],
  known: [
    { network: 'kubenet', containerId: 'abc', ifName: 'eth0', netns: '/var/run/netns/a', pod: 'default/web' },
  ],
  ends: [END],
  notes: [],
};

function propose(
  more: Partial<BridgeSource> = {},
  kernel = nodeOf(GATEWAY),
): ReturnType<ReturnType<typeof bridgeOrigin>['propose']> {
  const origin = bridgeOrigin({ ...SOURCE, ...more });
  return origin.propose(must(kernel.observe(origin.scope)), NOW);
}

describe('an import of bridge and host-local', () => {
  it('has the pod with the names of its runtime', () => {
    const { endpoints, networks, findings } = must(propose());
    expect(Object.fromEntries(endpoints)).toEqual({
      'kubenet/abc/eth0': {
        pod: 'default/web',
        netns: '/var/run/netns/a',
        netnsInode: END.netnsInode,
        hostVeth: 'veth1',
        mac: END.mac,
        addresses: ['10.244.0.5/24'],
        gateway: '10.244.0.1',
        added: NOW.toISOString(),
      },
    });
    expect(networks.get('kubenet')).toMatchObject({
      mode: 'routed',
      bridge: { name: 'cbr0', mac: '0a:58:0a:f4:00:01' },
    });
    expect(findings.map(({ sort }) => sort)).toEqual(['taken']);
  });

  it('keeps the lease of a container while a port leads to a pod that was not found', () => {
    const { endpoints, findings } = must(propose({ ends: [] }));
    expect([...endpoints.values()]).toEqual([{ addresses: ['10.244.0.5/24'], added: NOW.toISOString() }]);
    expect(findings.map(({ sort }) => sort)).toEqual(['left', 'lease']);
  });

  it('filters nothing if a pod has other addresses, and adds no default route to a pod without one', () => {
    const end = { ...END, addresses: [...END.addresses, '10.9.0.1/24'], gateways: [] };
    const { endpoints, networks } = must(propose({ ends: [end], known: [], leases: [] }));
    expect(networks.get('kubenet')).toMatchObject({ bridge: { antiSpoofing: false } });
    expect([...endpoints]).toMatchObject([['kubenet/run-netns-a/eth0', { routes: [] }]]);
  });

  it.each([
    ['an uplink in the bridge', nodeOf(GATEWAY)],
    ['no address on the bridge', nodeOf()],
  ])('is refused with %s', (what, kernel) => {
    if (what.includes('uplink')) {
      kernel.addDevice({
        kind: 'link',
        netns: HOST,
        name: 'eth1',
        type: 'device',
        mac: '02:00:00:00:00:01',
        master: 'cbr0',
      });
    }
    expect(propose({}, kernel)).toMatchObject({ ok: false, error: { code: 'refused' } });
  });
});

describe('ip-masq-agent with azure-vnet’s files', () => {
  const agent = must(parseMasqAgent({ nonMasqueradeCIDRs: ['10.0.0.0/8'], resyncInterval: '60s' }, 'file'));
  const POOLS = NETWORK.pools;
  const transparent: Network = {
    mode: 'transparent',
    uplink: { name: 'eth0', mac: NETWORK.uplink.mac },
    pools: POOLS,
  };

  it.each([
    ['has its masquerade in mode transparent', transparent, { masquerade: { enabled: true } }, 1],
    ['is named in bridge mode, which cannot have one', NETWORK, NETWORK, 2],
  ])('%s', (_what, network, expected, notes) => {
    const origin: ImportOrigin = {
      scope: { whole: true, devices: [], pods: [], sysctls: [], entries: [] },
      next: [],
      propose: () =>
        ok({
          networks: new Map<string, Network>([['azure', network]]),
          endpoints: new Map(),
          released: new Map(),
          kept: new Set<string>(),
          findings: [],
        }),
    };
    const kernel = nodeOf();
    const proposal = must(withMasquerade(origin, agent).propose(must(kernel.observe(origin.scope)), NOW));
    expect(proposal.networks.get('azure')).toMatchObject(expected);
    expect(proposal.findings).toHaveLength(notes);
  });
});
