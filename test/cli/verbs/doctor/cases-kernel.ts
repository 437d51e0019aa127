/** Cases of the kernel and of other network managers: fault, level and message. */
import type { Level } from '../../../../reconciler/cli/verbs/doctor/check.ts';
import type { Facts } from '../../../../reconciler/cli/verbs/doctor/facts.ts';
import type { NodeNotice } from '../../../../reconciler/loop/report/notices.ts';
import type { FilterProblem } from '../../../../reconciler/model/filter/filter-problems.ts';
import { HEALTHY, managersOf } from './healthy.ts';

/** One case: the check, the fault, the facts that differ from a healthy node's, and the verdict. */
export type Case = readonly [id: string, what: string, facts: Partial<Facts>, level: Level, says: RegExp];

const sysctls = (name: string, value: string): Partial<Facts> => ({
  sysctls: new Map([...HEALTHY.sysctls, [name, value]]),
});

const tracked = (count: string) => sysctls('net/netfilter/nf_conntrack_count', count);

const problem = (id: FilterProblem['id'], severity: FilterProblem['severity']): FilterProblem => ({
  id,
  severity,
  message: 'a table drops packets',
  remedy: 'accept it: nft insert rule',
});

const notice = (id: NodeNotice['id'], severity: NodeNotice['severity']): NodeNotice => ({
  id,
  severity,
  message: 'noticed',
  remedy: 'do this: vnet edit',
});

const network = (path: string, text: string): Partial<Facts> => managersOf({ networks: [{ path, text }] });

const QUIET = { path: '/etc/systemd/networkd.conf', text: '[Network]\nManageForeignRoutes=no\n' };

const UNMANAGED = '[keyfile]\nunmanaged-devices=interface-name:azure0;interface-name:azv*';

const FILTER_PROBLEMS = {
  'foreign-rules': 'nftables, iptables or bridge rules of others that drop packets of pods',
  'service-rules': 'rules of kube-proxy without bridge-nf-call-iptables',
};

const NOTICES: readonly (readonly [id: NodeNotice['id'], harm: string, notes: readonly string[]])[] = [
  ['pod-mtu', 'pod MTUs above the MTU of the NIC', ['a NIC with a lower MTU than the document']],
  ['ipv6', 'IPv6 that is off', ['IPv6 objects of the document that cannot be set']],
  ['pool-overlap', 'a pod address that is also on the node', ['a pool address that is on the node']],
  ['floating', 'a floating address on both uplink and bridge', ['an address that moves between nodes']],
  ['bound-tunnels', 'a tunnel that is bound to the uplink', []],
  ['source-routing', 'pods whose packets leave by another NIC than the uplink of their network', []],
  ['router-advertisements', 'an expired SLAAC address', ['a SLAAC address that is no longer renewed']],
];

/** Cases of the kernel and of other network managers. */
export const KERNEL_CASES: readonly Case[] = [
  [
    'kernel-features',
    'a missing kernel feature',
    { features: { ...HEALTHY.features, veth: 'absent' } },
    'problem',
    /modprobe veth/,
  ],
  [
    'kernel-features',
    'a feature that cannot be determined',
    { features: { ...HEALTHY.features, nf_tables_bridge: 'unknown' } },
    'warning',
    /nft add table bridge probe/,
  ],
  ['tools', 'no nft', { tools: { nft: undefined, ip: '/sbin/ip' } }, 'problem', /apt-get install nftables/],
  ['tools', 'no ip', { tools: { nft: '/sbin/nft', ip: undefined } }, 'warning', /apt-get install iproute2/],
  [
    'rp-filter',
    'strict on the bridge',
    sysctls('net/ipv4/conf/azure0/rp_filter', '1'),
    'warning',
    /sysctl -w net\.ipv4\.conf\.azure0\.rp_filter=2/,
  ],
  ['rp-filter', 'loose on the bridge', sysctls('net/ipv4/conf/azure0/rp_filter', '2'), 'ok', /no strict/],
  [
    'arp-ignore',
    'arp_ignore suppresses ARP replies',
    sysctls('net/ipv4/conf/all/arp_ignore', '8'),
    'problem',
    /net\.ipv4\.conf\.all\.arp_ignore=0/,
  ],
  ['ip-forward', 'off', sysctls('net/ipv4/ip_forward', '0'), 'warning', /net\.ipv4\.ip_forward=1/],
  [
    'bridge-nf-call-iptables',
    'enabled, with FORWARD policy DROP',
    { ...sysctls('net/bridge/bridge-nf-call-iptables', '1'), forwardPolicy: 'drop' },
    'problem',
    /--physdev-is-bridged -j ACCEPT/,
  ],
  [
    'bridge-nf-call-iptables',
    'enabled, with FORWARD policy ACCEPT',
    sysctls('net/bridge/bridge-nf-call-iptables', '1'),
    'ok',
    /ACCEPT/,
  ],
  [
    'bridge-nf-call-iptables',
    'enabled, with an unreadable FORWARD policy',
    { ...sysctls('net/bridge/bridge-nf-call-iptables', '1'), forwardPolicy: 'unknown' },
    'warning',
    /iptables -S FORWARD/,
  ],
  ...(['foreign-rules', 'service-rules'] as const).flatMap((id): Case[] => [
    [id, FILTER_PROBLEMS[id], { filterProblems: [problem(id, 'cut-off')] }, 'problem', /drops.*accept it/],
    [id, 'some packets', { filterProblems: [problem(id, 'partial')] }, 'warning', /drops.*accept it/],
    [id, 'a tool that fails', { rules: { tables: [], unread: ['nft: EPERM'] } }, 'warning', /EPERM/],
  ]),
  ['conntrack', 'a full table', tracked('1000'), 'problem', /connections are dropped.*=2000/s],
  ['conntrack', 'a table that is almost full', tracked('900'), 'warning', /900 of 1000.*=2000/s],
  ['ipvs', 'IPVS beside network policies', { policiesBesideIpvs: true }, 'problem', /policies.*nftables/s],
  ['ipvs', 'IPVS beside a bridge with an uplink', { besideIpvs: ['azure0'] }, 'problem', /azure0.*iptables/],
  ...NOTICES.flatMap(([id, what, more]): Case[] => [
    [id, what, { notices: [notice(id, 'harm')] }, 'problem', /noticed.*do this/],
    ...more.map((one): Case => [id, one, { notices: [notice(id, 'note')] }, 'warning', /noticed.*do this/]),
  ]),
  [
    'routing-rules',
    'a rule that matches the uplink',
    { routingRules: ['32765:\tfrom all iif eth0 lookup 200'] },
    'warning',
    /iif azure0/,
  ],
  [
    'routing-rules',
    'a rule that matches another interface',
    { routingRules: ['1:\tfrom all iif eth01 lookup 2'] },
    'ok',
    /no policy routing rule/,
  ],
  [
    'cni-keys',
    'an ignored key',
    {
      cni: { ...HEALTHY.cni, files: [{ path: '/x', plugins: ['azure-vnet'], unhonoured: ['vlan (VLAN)'] }] },
    },
    'warning',
    /\/x: not honoured: vlan \(VLAN\)/,
  ],
  [
    'cni-master',
    'a master that is the bridge',
    { cni: { ...HEALTHY.cni, files: [{ path: '/x', plugins: ['azure-vnet'], master: 'azure0' }] } },
    'problem',
    /"master" to eth0/,
  ],
  ['forward-policy', 'DROP', { forwardPolicy: 'drop' }, 'warning', /iptables -P FORWARD ACCEPT/],
  [
    'networkd-foreign-routes',
    'the default, which removes foreign routes',
    managersOf({}),
    'problem',
    /networkd\.conf\.d\/10-vnet\.conf/,
  ],
  [
    'networkd-foreign-routes',
    'a configuration that keeps foreign routes',
    managersOf({ settings: [QUIET] }),
    'ok',
    /ManageForeignRoutes=no/,
  ],
  [
    'networkd-foreign-routes',
    'a later drop-in that restores the default',
    managersOf({ settings: [QUIET, { path: 'x', text: '[Network]\nManageForeignRoutes=yes' }] }),
    'problem',
    /deletes foreign routes/,
  ],
  [
    'networkd-files',
    'a file that matches every interface',
    network('/etc/systemd/network/10-all.network', '[Match]\nName=*\n[Network]\nDHCP=yes'),
    'problem',
    /azure0 by .*10-all\.network, azv\* by .*05-vnet\.network|azure0 by \/etc\/systemd\/network\/10-all\.network, azv\* by/,
  ],
  [
    'networkd-files',
    'a file for the uplink',
    network('/etc/systemd/network/10-eth.network', '[Match]\nName=eth*\n[Network]\nDHCP=yes'),
    'ok',
    /no \.network file/,
  ],
  [
    'networkd-files',
    'a file that matches another MAC',
    network('/etc/systemd/network/10-eth.network', '[Match]\nMACAddress=00:11:22:33:44:55\nName=*'),
    'ok',
    /no \.network file/,
  ],
  [
    'networkd-files',
    'a file that matches the MAC shared by uplink and bridge',
    network('/etc/systemd/network/10-eth.network', '[Match]\nMACAddress=00:0D:3A:51:C4:90'),
    'problem',
    /azure0 by/,
  ],
  [
    'networkd-files',
    'a file that matches the permanent MAC',
    network('/etc/systemd/network/10-eth.network', '[Match]\nPermanentMACAddress=00:0d:3a:51:c4:90\nName=*'),
    'ok',
    /no \.network file/,
  ],
  [
    'networkd-keep-master',
    'an uplink managed by networkd',
    network(
      '/etc/systemd/network/10-eth.network',
      '[Match]\nDriver=hv_netvsc\nName=eth0\n[Network]\nDHCP=yes',
    ),
    'problem',
    /10-eth\.network\.d\/10-vnet-keep-master\.conf with \[Network\] KeepMaster=yes/,
  ],
  [
    'networkd-keep-master',
    'an uplink matched by its permanent MAC',
    network(
      '/run/systemd/network/10-netplan-eth0.network',
      '[Match]\nPermanentMACAddress=00:0d:3a:51:c4:90\n',
    ),
    'problem',
    /removes eth0 \(\/run\/systemd\/network\/10-netplan-eth0\.network\) from the bridge/,
  ],
  [
    'networkd-keep-master',
    'an uplink that networkd keeps in the bridge',
    network('/etc/systemd/network/10-eth.network', '[Match]\nName=eth0\n[Network]\nDHCP=yes\nKeepMaster=yes'),
    'ok',
    /keeps the uplink/,
  ],
  [
    'networkd-keep-master',
    'an uplink with a Bridge= setting',
    network('/etc/systemd/network/10-eth.network', '[Match]\nName=eth0\n[Network]\nBridge=azure0'),
    'ok',
    /keeps the uplink/,
  ],
  [
    'networkd-keep-master',
    'another NIC',
    network('/etc/systemd/network/10-eth.network', '[Match]\nMACAddress=00:11:22:33:44:55\n'),
    'ok',
    /keeps the uplink/,
  ],
  [
    'networkd-files',
    'a file that matches all veths',
    network('/etc/systemd/network/80-v.network', '[Match]\nKind=veth\n'),
    'problem',
    /azv\* by/,
  ],
  [
    'networkd-files',
    'a file of vnet before it',
    managersOf({
      networks: [
        { path: '/etc/systemd/network/10-all.network', text: '[Match]\nName=*' },
        {
          path: '/etc/systemd/network/05-vnet.network',
          text: '[Match]\nName=azure0 azv*\n[Link]\nUnmanaged=yes',
        },
      ],
    }),
    'ok',
    /no \.network file/,
  ],
  [
    'networkd-keep-configuration',
    'leases that end when networkd stops',
    network('/etc/systemd/network/10-eth.network', '[Match]\nName=eth0\n[Network]\nDHCP=yes'),
    'warning',
    /10-eth\.network\.d\/10-vnet\.conf/,
  ],
  [
    'networkd-keep-configuration',
    'leases that networkd keeps',
    network('/etc/systemd/network/10-eth.network', '[Match]\nName=eth0\n[Network]\nKeepConfiguration=dhcp'),
    'ok',
    /keeps/,
  ],
  [
    'network-manager',
    'the default, which manages all interfaces',
    managersOf({}, { isThere: true, settings: [] }),
    'problem',
    /unmanaged-devices=interface-name:azure0;interface-name:azv\*/,
  ],
  [
    'network-manager',
    'configured to leave them unmanaged',
    managersOf({}, { isThere: true, settings: [{ path: 'x', text: UNMANAGED }] }),
    'ok',
    /does not manage/,
  ],
];
