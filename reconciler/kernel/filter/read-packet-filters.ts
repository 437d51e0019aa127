/**
 * Reads the foreign packet filters of the node with its own tools, and the setting that sends bridged packets
 * through them.
 */
import { thrownMessage } from '../../model/result.ts';
import type { PacketFilters } from '../../model/filter/filter-problems.ts';
import type { FilterChain, FilterTable, Ruleset } from '../../model/filter/ruleset.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { readPath } from '../../os/file.ts';
import type { RunTool } from '../../os/run-tool.ts';
import { parseIptablesSave } from './iptables-save.ts';
import { listForeignTables, type NamedTable } from './list-tables.ts';
import { devicesInText, parseNftRuleset } from './nft-ruleset.ts';

/** The setting of br_netfilter. Source: kernel, Documentation/networking/ip-sysctl.rst. */
export const BRIDGE_FILTER = '/proc/sys/net/bridge/bridge-nf-call-iptables';

/** Returns the packet filters; a tool that is not installed has no rules. */
export function readPacketFilters(sys: Sys, run: RunTool, path = BRIDGE_FILTER): PacketFilters {
  return {
    rules: readRules(run, (family) => hasLegacyTables(sys, family), listForeignTables(sys)),
    bridgeFilter: readSwitch(sys, path),
    bridgeFilter6: readSwitch(sys, path.replace(/iptables$/, 'ip6tables')),
  };
}

function readSwitch(sys: Sys, path: string): PacketFilters['bridgeFilter'] {
  const read = readPath(sys, path);
  const text = read.ok && read.value !== undefined ? new TextDecoder().decode(read.value).trim() : '';
  const setting = text === '1' ? 'on' : text === '0' ? 'off' : 'absent';
  return read.ok ? setting : 'unknown';
}

/**
 * Returns the tables of both tools; those that iptables keeps in nftables are taken from iptables, whose text
 * is more precise. Each other table is listed separately: those of kube-proxy may have ten thousand rules. iptables is asked only
 * for a family that has a table. `listed` are the tables of nftables, if known.
 */
function readRules(
  run: RunTool,
  hasLegacy: (family: IptablesFamily) => boolean = () => true,
  listed?: readonly NamedTable[],
): Ruleset {
  const names =
    listed === undefined
      ? readWith(run, ['nft', '-j', 'list', 'tables'], parseNftRuleset)
      : { tables: listed, unread: [] };
  const iptables = IPTABLES_FAMILIES.filter(
    (family) => hasLegacy(family) || names.tables.some((table) => table.family === family),
  ).map((family) =>
    readWith(run, [family === 'ip' ? 'iptables-save' : 'ip6tables-save'], (text) =>
      parseIptablesSave(text, family),
    ),
  );
  const known = new Set(
    iptables.flatMap(({ tables }) => tables.map(({ family, name }) => `${family} ${name}`)),
  );
  const others = names.tables
    .filter(({ family, name }) => !known.has(`${family} ${name}`))
    .map(({ family, name }) => readWith(run, ['nft', '-j', 'list', 'table', family, name], parseNftRuleset))
    .map((found) => ({ ...found, tables: found.tables.map((table) => withDevices(run, table)) }));
  const all = [...iptables, { ...names, tables: [] }, ...others];
  return {
    tables: all.flatMap(({ tables }) => tables),
    unread: all.flatMap(({ unread }) => unread),
  };
}

/** nft 1.0 leaves the devices out of its JSON. Without them, a chain counts as that of every interface. */
function withDevices(run: RunTool, table: FilterTable): FilterTable {
  const chains = Array.from(table.chains.values());
  if (!chains.some(isOfUnknownDevices)) return table;
  const listed = run('nft', ['list', 'table', table.family, table.name]);
  const devices =
    listed.kind === 'done' ? devicesInText(listed.stdout) : new Map<string, readonly string[]>();
  return {
    ...table,
    chains: new Map(
      chains.map((chain) => {
        const named = devices.get(chain.name);
        return [chain.name, named === undefined ? chain : { ...chain, devices: named }];
      }),
    ),
  };
}

function isOfUnknownDevices({ hook, devices }: FilterChain): boolean {
  return devices === undefined && (hook === 'ingress' || hook === 'egress');
}

const IPTABLES_FAMILIES = ['ip', 'ip6'] as const;
type IptablesFamily = (typeof IPTABLES_FAMILIES)[number];

/** Without the modules of iptables, the kernel has no such file. */
function hasLegacyTables(sys: Sys, family: IptablesFamily): boolean {
  const read = readPath(sys, `/proc/net/${family}_tables_names`);
  return !read.ok || (read.value ?? []).length > 0;
}

function readWith(
  run: RunTool,
  [tool = '', ...args]: readonly string[],
  parse: (text: string) => readonly FilterTable[],
): Ruleset {
  const done = run(tool, args);
  if (done.kind === 'missing') return { tables: [], unread: [] };
  if (done.kind !== 'done') {
    const why = done.kind === 'failed' ? done.said : 'no answer';
    // The table was deleted after the listing.
    if (/No such file/.test(why)) return { tables: [], unread: [] };
    return { tables: [], unread: [`${tool}: ${why.split('\n')[0]}`] };
  }
  try {
    return { tables: parse(done.stdout), unread: [] };
  } catch (error) {
    return { tables: [], unread: [`${tool}: ${thrownMessage(error)}`] };
  }
}
