/** The facts of a healthy node. */
import type { DocumentFacts, Facts, ManagerFacts } from '../../../../reconciler/cli/verbs/doctor/facts.ts';

/** A healthy node. */
export const HEALTHY: Facts = {
  root: '',
  now: '2026-11-21T12:00:00.000Z',
  version: '0.1.0',
  kernelRelease: '6.1.0',
  features: { bridge: 'present', veth: 'present', nf_tables: 'present', nf_tables_bridge: 'present' },
  policyFeatures: undefined,
  tools: { nft: '/usr/sbin/nft', ip: '/usr/sbin/ip' },
  bridges: ['azure0'],
  ipvs: [],
  besideIpvs: [],
  policiesBesideIpvs: false,
  podLinks: ['azure0'],
  uplinks: ['eth0'],
  macs: new Map(['eth0', 'azure0'].map((name) => [name, '00:0d:3a:51:c4:90'])),
  sysctls: new Map([
    ['net/ipv4/ip_forward', '1'],
    ['net/ipv4/conf/all/rp_filter', '0'],
    ['net/bridge/bridge-nf-call-iptables', '0'],
    ['net/netfilter/nf_conntrack_count', '300'],
    ['net/netfilter/nf_conntrack_max', '1000'],
  ]),
  forwardPolicy: 'accept',
  rules: { tables: [], unread: [] },
  filterProblems: [],
  notices: [],
  routingRules: ['0:\tfrom all lookup local'],
  ebtablesRules: [],
  azureFiles: [],
  managers: {
    networkd: { isThere: false, settings: [], networks: [] },
    networkManager: { isThere: false, settings: [] },
  },
  probing: [],
  watchUnit: [],
  enabled: { watchService: true, watchSocket: true },
  cni: {
    directory: '/etc/cni/net.d',
    files: [{ path: '/etc/cni/net.d/10-azure.conflist', plugins: ['azure-vnet', 'portmap'] }],
    binaries: ['azure-vnet', 'azure-vnet-ipam', 'vnet'].map((name) => ({
      path: `/opt/cni/bin/${name}`,
      isThere: true,
      isExecutable: true,
      version: '0.1.0',
    })),
  },
  locks: [],
  document: {
    path: '/var/lib/vnet/vnet.yaml',
    isThere: true,
    problem: undefined,
    refused: undefined,
    stateDirectory: '/var/lib/vnet',
    hasStateDirectory: true,
    unwritable: undefined,
    freeBytes: 1024 * 1024 * 1024,
    newestTime: '2026-11-21T11:59:59.000Z',
    baselineProblem: undefined,
    leftovers: [],
  },
};

/** Returns facts with systemd-networkd running with these files, and NetworkManager as given. */
export function managersOf(
  networkd: Partial<ManagerFacts['networkd']>,
  networkManager: ManagerFacts['networkManager'] = { isThere: false, settings: [] },
): Partial<Facts> {
  return {
    managers: { networkd: { isThere: true, settings: [], networks: [], ...networkd }, networkManager },
  };
}

/** Returns facts with these changes to the document's. */
export function withDocument(document: Partial<DocumentFacts>): Partial<Facts> {
  return { document: { ...HEALTHY.document, ...document } };
}

/** The features that network policies need, all present. */
export const POLICY_FEATURES: NonNullable<Facts['policyFeatures']> = {
  nf_conntrack: 'present',
  nf_conntrack_netlink: 'present',
  nf_tables_inet: 'present',
  nft_ct: 'present',
  nft_limit: 'present',
  nft_log: 'present',
};
