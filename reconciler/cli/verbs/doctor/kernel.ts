/** Checks of the kernel: features, tools, sysctls, other packet filters. Pure. */
import type { FilterProblem } from '../../../model/filter/filter-problems.ts';
import { type Check, flagged, passed, problem, type Verdict, warning } from './check.ts';
import type { Facts, Feature, PolicyFeature } from './facts.ts';

const MODULES = [
  ['bridge', 'bridge'],
  ['veth', 'veth'],
  ['nf_tables', 'nf_tables'],
  ['nf_tables_bridge', 'nf_tables with CONFIG_NF_TABLES_BRIDGE'],
] as const;

function judgeFeatures({ features, kernelRelease }: Facts): Verdict {
  const absent = MODULES.filter(([name]) => features[name] === 'absent');
  const unknown = MODULES.filter(([name]) => features[name] === 'unknown');
  if (absent.length > 0) {
    return problem(
      `kernel ${kernelRelease} lacks ${absent.map(([, words]) => words).join(', ')}`,
      `modprobe ${absent.map(([name]) => name.replace('_bridge', '')).join(' ')}, or install the kernel's modules (linux-modules-extra-${kernelRelease})`,
    );
  }
  if (unknown.length === 0) return passed(`kernel ${kernelRelease}: bridge, veth, nftables of family bridge`);
  return warning(
    `cannot determine whether kernel ${kernelRelease} supports ${unknown.map(([name]) => name).join(', ')}`,
    'try it: unshare -n nft add table bridge probe && unshare -n ip link add probe type bridge',
  );
}

/** Without this module, former connections are not deleted; without any of the others, the table cannot be made. */
const DELETING: PolicyFeature = 'nf_conntrack_netlink';

const FORMER =
  'the connections of a former pod stay tracked: a new isolated pod with its address gets their packets until the kernel forgets them';

function judgePolicyFeatures({ policyFeatures, kernelRelease }: Facts): Verdict {
  if (policyFeatures === undefined) return passed('no network policies are enforced');
  const named = (value: Feature): readonly string[] =>
    Object.entries(policyFeatures).flatMap(([name, has]) => (has === value ? [name] : []));
  const absent = named('absent');
  const remedy = (names: readonly string[]): string =>
    `modprobe -a ${names.map((name) => name.replace('_inet', '')).join(' ')}, or install the kernel's modules (linux-modules-extra-${kernelRelease})`;
  if (absent.some((name) => name !== DELETING)) {
    const message = `kernel ${kernelRelease} lacks ${absent.join(', ')}: network policies cannot be enforced`;
    return problem(message, remedy(absent));
  }
  if (absent.length > 0)
    return warning(`kernel ${kernelRelease} lacks ${DELETING}: ${FORMER}`, remedy(absent));
  const unknown = named('unknown');
  if (unknown.length === 0) return passed(`kernel ${kernelRelease} has all that network policies need`);
  return warning(
    `cannot determine whether kernel ${kernelRelease} supports ${unknown.join(', ')}`,
    'try it: vnet reconcile, then nft list table inet vnet_policy and conntrack -L',
  );
}

function judgeTools({ tools }: Facts): Verdict {
  if (tools.nft === undefined) {
    return problem("nft is not installed: the bridge's rules cannot be created", 'apt-get install nftables');
  }
  if (tools.ip === undefined) {
    return warning('ip is not installed: DEL takes 10 to 25 ms longer', 'apt-get install iproute2');
  }
  return passed(`${tools.nft}, ${tools.ip}`);
}

/** Each check writes its own file, so that one remedy does not overwrite another's. */
function sysctlCommand(check: string, settings: readonly string[]): string {
  const file = `/etc/sysctl.d/90-vnet-${check}.conf`;
  return `sysctl -w ${settings.join(' ')} && printf '%s\\n' ${settings.join(' ')} > ${file}`;
}

function judgeReversePath({ sysctls, podLinks }: Facts): Verdict {
  const strict = ['all', ...podLinks].filter(
    (name) => sysctls.get(`net/ipv4/conf/${name}/rp_filter`) === '1',
  );
  if (strict.length === 0) return passed('no strict reverse path filter on the bridge');
  return warning(
    `strict reverse path filter on ${strict.join(', ')}: replies through another interface (a second NIC, a VPN) are dropped`,
    sysctlCommand(
      'rp-filter',
      strict.map((name) => `net.ipv4.conf.${name}.rp_filter=2`),
    ),
  );
}

function judgeArp({ sysctls, podLinks }: Facts): Verdict {
  const quiet = ['all', ...podLinks].filter(
    (name) => Number(sysctls.get(`net/ipv4/conf/${name}/arp_ignore`) ?? 0) > 2,
  );
  if (quiet.length === 0) return passed('the node answers ARP for its own addresses');
  return problem(
    `arp_ignore of ${quiet.join(', ')} keeps the node from answering its pods`,
    sysctlCommand(
      'arp-ignore',
      quiet.map((name) => `net.ipv4.conf.${name}.arp_ignore=0`),
    ),
  );
}

function judgeForwarding({ sysctls }: Facts): Verdict {
  if (sysctls.get('net/ipv4/ip_forward') !== '0') return passed('net.ipv4.ip_forward is on');
  return warning(
    'net.ipv4.ip_forward is off: pods reach each other over the bridge, but no service address of kube-proxy',
    sysctlCommand('ip-forward', ['net.ipv4.ip_forward=1']),
  );
}

/**
 * br_netfilter passes bridged frames through iptables; FORWARD policy DROP then blocks pod-to-pod traffic.
 */
function judgeBridgeFilter({ sysctls, forwardPolicy }: Facts): Verdict {
  const isCalled = sysctls.get('net/bridge/bridge-nf-call-iptables') === '1';
  if (!isCalled) return passed('bridged frames do not pass iptables');
  if (forwardPolicy === 'accept')
    return passed('bridged frames pass iptables, whose FORWARD policy is ACCEPT');
  const remedy =
    'iptables -P FORWARD ACCEPT, or iptables -I FORWARD -m physdev --physdev-is-bridged -j ACCEPT; kube-proxy needs bridge-nf-call-iptables on';
  return forwardPolicy === 'drop'
    ? problem(
        'bridge-nf-call-iptables is on and the FORWARD policy is DROP: frames between pods are dropped by iptables, as Docker sets it',
        remedy,
      )
    : warning(
        'bridge-nf-call-iptables is on, and the FORWARD policy could not be read: with DROP, frames between pods are dropped',
        `iptables -S FORWARD shows it; then: ${remedy}`,
      );
}

function judgeForwardPolicy({ forwardPolicy }: Facts): Verdict {
  if (forwardPolicy !== 'drop') return passed(`iptables FORWARD policy: ${forwardPolicy}`);
  return warning(
    'the iptables FORWARD policy is DROP: routed (not bridged) traffic of pods is dropped',
    'iptables -P FORWARD ACCEPT (dockerd sets DROP; "iptables": false in /etc/docker/daemon.json keeps it from that)',
  );
}

/** A certain drop is a problem; a rule that drops some packets may be intended. */
function filterCheck(id: FilterProblem['id'], title: string, quiet: string): Check {
  const judge: Check['judge'] = ({ filterProblems, rules }) => {
    const found = filterProblems.filter((one) => one.id === id);
    const worst = found.some(({ severity }) => severity === 'cut-off') ? 'problem' : 'warning';
    if (found.length > 0) {
      const remedies = [...new Set(found.map(({ remedy }) => remedy))];
      return flagged(worst, found.map(({ message }) => message).join('; '), remedies.join('; '));
    }
    if (rules.unread.length === 0) return passed(quiet);
    return warning(
      `the foreign rules could not be read: ${rules.unread.join('; ')}`,
      'run the commands manually: nft list ruleset; iptables-save',
    );
  };
  return { id, title, judge };
}

/** The sysctls of connection tracking. */
export const CONNTRACK = {
  count: 'net/netfilter/nf_conntrack_count',
  most: 'net/netfilter/nf_conntrack_max',
} as const;

/** The share of entries from which on a burst of connections may fill the table. */
const NEARLY_FULL = 0.9;

/** With a full table, the kernel drops the first packet of a connection; frames of a bridge are tracked only with br_netfilter. */
function judgeTracking({ sysctls }: Facts): Verdict {
  const [count, most] = [CONNTRACK.count, CONNTRACK.most].map((name) => Number(sysctls.get(name) ?? 0));
  if (count === undefined || most === undefined || most === 0) return passed('no connection tracking');
  const told = `${count} of ${most} connections are tracked`;
  if (count < most * NEARLY_FULL) return passed(told);
  return flagged(
    count >= most ? 'problem' : 'warning',
    count >= most ? `${told}: packets of new connections are dropped` : told,
    sysctlCommand('conntrack', [`net.netfilter.nf_conntrack_max=${most * 2}`]),
  );
}

/**
 * A service's address is the node's own in IPVS; a bridged frame to it leaves by the uplink. Packets from IPVS are output of the node: they do
 * not pass the forward hook, where policies are enforced.
 */
function judgeIpvs({ ipvs, besideIpvs, policiesBesideIpvs }: Facts): Verdict {
  const used = `kube-proxy uses IPVS (${ipvs.join(', ')})`;
  if (policiesBesideIpvs) {
    return problem(
      `${used}, and packets to services bypass the network policies: a pod reaches any pod behind a service; packets to pod addresses are checked`,
      'kube-proxy with mode iptables or nftables, where policies see the addresses and ports of pods',
    );
  }
  if (besideIpvs.length === 0) return passed('no IPVS service that pods on a bridge cannot reach');
  return problem(
    `${used}, and frames of pods on ${besideIpvs.join(', ')} to services bypass it: services do not answer pods`,
    'kube-proxy with mode iptables or nftables; or networks of mode transparent or routed',
  );
}

/** The checks of the kernel. */
export const KERNEL_CHECKS: readonly Check[] = [
  { id: 'kernel-features', title: 'kernel features', judge: judgeFeatures },
  { id: 'policy-features', title: 'kernel features for network policies', judge: judgePolicyFeatures },
  { id: 'tools', title: 'tools', judge: judgeTools },
  { id: 'rp-filter', title: 'reverse path filter', judge: judgeReversePath },
  { id: 'arp-ignore', title: 'ARP replies', judge: judgeArp },
  { id: 'ip-forward', title: 'forwarding', judge: judgeForwarding },
  { id: 'bridge-nf-call-iptables', title: 'iptables on the bridge', judge: judgeBridgeFilter },
  { id: 'forward-policy', title: 'FORWARD policy', judge: judgeForwardPolicy },
  filterCheck('foreign-rules', 'foreign packet filters', 'no foreign rule drops packets of pods'),
  filterCheck(
    'service-rules',
    'services on the bridge',
    'bridged packets traverse the service rules, or there are none',
  ),
  { id: 'conntrack', title: 'connection tracking', judge: judgeTracking },
  { id: 'ipvs', title: 'services by IPVS', judge: judgeIpvs },
];
