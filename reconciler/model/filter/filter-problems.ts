/** Foreign rules and settings of the node that obstruct pods. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { type Flow, flowOn, flowsOf } from './flows.ts';
import type { FilterChain, FilterTable, Ruleset } from './ruleset.ts';
import { type Drop, dropsOf } from './walk.ts';
import { addToList } from '../objects.ts';

/**
 * The node's state outside the kinds.
 * Shape: `bridgeFilter` is bridge-nf-call-iptables, `absent` if br_netfilter is not loaded; `bridgeFilter6` is
 * bridge-nf-call-ip6tables.
 */
export type PacketFilters = {
  readonly rules: Ruleset;
  readonly bridgeFilter: 'on' | 'off' | 'absent' | 'unknown';
  readonly bridgeFilter6?: 'on' | 'off' | 'absent' | 'unknown';
};

/**
 * An obstacle to the pods' packets that vnet must not change.
 * Shape: `severity`: `cut-off`: packets that pods need are dropped; `partial`: only some packets, or it
 * depends on a condition that vnet does not evaluate.
 */
export type FilterProblem = {
  readonly id: 'foreign-rules' | 'service-rules';
  readonly severity: 'cut-off' | 'partial';
  readonly message: string;
  readonly remedy: string;
};

/** Returns the obstacles, the worst first. */
export function filterProblemsOf(
  document: VnetDocument,
  packetFilters: PacketFilters,
): readonly FilterProblem[] {
  // Following the pods' packets takes longer than a small round.
  if (packetFilters.rules.tables.length === 0) return [];
  const found = [...serviceRules(document, packetFilters), ...foreignRules(document, packetFilters)];
  return found.toSorted((left, right) => rank(left) - rank(right));
}

function rank({ severity }: FilterProblem): number {
  return severity === 'cut-off' ? 0 : 1;
}

/**
 * A reply from one pod to another on the same node crosses only the bridge: without br_netfilter its address
 * is not translated back.
 */
function serviceRules(
  document: VnetDocument,
  { rules, bridgeFilter }: PacketFilters,
): readonly FilterProblem[] {
  const owner = rules.tables.find(hasServiceRules);
  const isBridged = flowsOf(document, {}).some(({ families }) => families.includes('bridge'));
  if (owner === undefined || !isBridged || bridgeFilter === 'on' || bridgeFilter === 'unknown') return [];
  const load = bridgeFilter === 'absent' ? 'modprobe br_netfilter && ' : '';
  const what = bridgeFilter === 'absent' ? 'br_netfilter is not loaded' : 'bridge-nf-call-iptables is off';
  return [
    {
      id: 'service-rules',
      severity: 'cut-off',
      message: `kube-proxy has rules (table ${owner.family} ${owner.name}) and ${what}: services with a pod on this node do not answer its other pods`,
      remedy: `${load}sysctl -w net.bridge.bridge-nf-call-iptables=1, and the same in /etc/sysctl.d and /etc/modules-load.d`,
    },
  ];
}

function hasServiceRules({ name, chains }: FilterTable): boolean {
  return name === 'kube-proxy' || chains.has('KUBE-SERVICES');
}

type Found = {
  readonly table: FilterTable;
  readonly base: FilterChain;
  readonly drop: Drop;
  readonly flow: Flow;
};

function foreignRules(
  document: VnetDocument,
  { rules, bridgeFilter, bridgeFilter6 }: PacketFilters,
): readonly FilterProblem[] {
  const flows = flowsOf(document, { ip: bridgeFilter === 'on', ip6: bridgeFilter6 === 'on' });
  const found = rules.tables.flatMap((table) =>
    Array.from(table.chains.values()).flatMap((base) =>
      flows
        .filter(({ families, hook }) => families.includes(table.family) && hook === base.hook)
        .flatMap((flow) => flowOn(flow, base.devices))
        .flatMap((flow) => {
          const drops = dropsOf(table, base, flow.packets);
          return drops.map((drop): Found => ({ table, base, drop, flow }));
        }),
    ),
  );
  const groups = new Map<string, Found[]>();
  for (const one of found.filter(isReported)) {
    const { table, drop } = one;
    const key = [table.tool, table.family, table.name, drop.chain.name, drop.rule?.text ?? ''].join(' ');
    addToList(groups, key, one);
  }
  return Array.from(groups.values()).flatMap(describe);
}

/**
 * Returns true for a drop to report: conditional drops of the service proxy itself are intended, for services
 * without endpoints.
 */
function isReported({ table, drop }: Found): boolean {
  if (drop.which === 'all') return true;
  return !hasServiceRules(table) && !drop.chain.name.startsWith('KUBE-');
}

function describe(group: readonly Found[]): readonly FilterProblem[] {
  const isWhole = group.some(({ drop }) => drop.which === 'all');
  const told = isWhole ? group.filter(({ drop }) => drop.which === 'all') : group;
  const [first] = told;
  if (first === undefined) return [];
  const { table, base, drop } = first;
  const flows = [...new Set(told.map(({ flow: { what } }) => what))].join(', ');
  const place = `table ${table.family} ${table.name}, chain ${drop.chain.name}`;
  const which = drop.rule === undefined ? `policy drop` : drop.rule.text;
  return [
    {
      id: 'foreign-rules',
      severity: isWhole ? 'cut-off' : 'partial',
      message: `${place} (${which}) drops ${isWhole ? 'packets' : 'some packets'} ${flows}`,
      remedy: remedyFor(table, base, told),
    },
  ];
}

function remedyFor(table: FilterTable, base: FilterChain, told: readonly Found[]): string {
  const { tool, family, name } = table;
  const shows =
    tool === 'iptables'
      ? `${programOf(table)} -t ${name} -S ${base.name}`
      : `nft -a list table ${family} ${name}`;
  const commands = new Set(told.map(({ flow }) => acceptCommand(table, base, flow)));
  const lasting = name === FIREWALLD ? `; to keep that: ${keepInFirewalld(base, told)}` : '';
  return `${shows} shows it; to accept the packets: ${[...commands].join(' && ')}${lasting}`;
}

/** The table of firewalld, written again by each of its reloads. */
const FIREWALLD = 'firewalld';

/**
 * Returns the commands that accept the packets in firewalld's own configuration: the links of pods are trusted, and packets to a
 * trusted zone pass. Its only rule before routing is the filter of reverse paths, an option of all zones.
 * Source: firewalld 1.3.3; firewall-cmd(1), firewalld.policies(5), firewalld.conf(5).
 */
function keepInFirewalld({ hook }: FilterChain, told: readonly Found[]): string {
  if (hook === 'prerouting')
    return "sed -i 's/^IPv6_rpfilter=.*/IPv6_rpfilter=no/' /etc/firewalld/firewalld.conf && firewall-cmd --complete-reload";
  const links = new Set(told.flatMap(({ flow }) => podLinksOf(flow)));
  const isForwarded = told.some(({ flow: { packets } }) => hook === 'forward' && packets.destination);
  return [
    ...Array.from(links, (link) => `--permanent --zone=trusted --add-interface=${link}`),
    ...(isForwarded ? POLICY : []),
    '--reload',
  ]
    .map((option) => `firewall-cmd ${option}`)
    .join(' && ');
}

/** Packets to pods leave another zone: a policy of its own lets them into that of pods. */
const POLICY: readonly string[] = [
  '--permanent --new-policy=vnet-pods',
  ...['--add-ingress-zone=ANY', '--add-egress-zone=trusted', '--set-target=ACCEPT'].map(
    (option) => `--permanent --policy=vnet-pods ${option}`,
  ),
];

/** Returns the links of pods among those of the packets, all host veths as one pattern. */
function podLinksOf({ packets: { iif = [], oif = [], source, destination } }: Flow): readonly string[] {
  const links = [...(source === undefined ? [] : iif), ...(destination === undefined ? [] : oif)];
  return links.map((name) => (name.startsWith(HOST_VETHS) ? `${HOST_VETHS}+` : name));
}

/** Source: the names of azure-vnet. */
const HOST_VETHS = 'azv';

function programOf({ family }: FilterTable): string {
  return family === 'ip6' ? 'ip6tables' : 'iptables';
}

function acceptCommand(table: FilterTable, base: FilterChain, { packets }: Flow): string {
  const { tool, family, name } = table;
  const matches = (word: (on: 'i' | 'o') => string): string =>
    [
      ...(packets.iif === undefined ? [] : [`${word('i')} ${pattern(packets.iif, tool)}`]),
      ...(packets.oif === undefined ? [] : [`${word('o')} ${pattern(packets.oif, tool)}`]),
    ].join(' ');
  return tool === 'iptables'
    ? `${programOf(table)} -t ${name} -I ${base.name} ${matches((on) => `-${on}`)} -j ACCEPT`
    : `nft insert rule ${family} ${name} ${base.name} ${matches((on) => `${on}ifname`)} accept`;
}

/** Host veths share a prefix. */
function pattern(names: readonly string[], tool: FilterTable['tool']): string {
  const [first = ''] = names;
  if (names.length < 2) return first;
  return tool === 'iptables' ? `${HOST_VETHS}+` : `"${HOST_VETHS}*"`;
}
