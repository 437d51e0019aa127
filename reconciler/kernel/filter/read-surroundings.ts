/**
 * Reads the foreign packet filters of the node with its own tools, and the setting that sends bridged packets
 * through them.
 */
import type { NodeSurroundings } from '../../model/filter/filter-problems.ts';
import type { FilterTable, Ruleset } from '../../model/filter/ruleset.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { readPath } from '../../os/file.ts';
import type { RunTool } from '../../os/run-tool.ts';
import { parseIptablesSave } from './iptables-save.ts';
import { parseNftRuleset } from './nft-ruleset.ts';

/** The setting of br_netfilter. Source: kernel, Documentation/networking/ip-sysctl.rst. */
export const BRIDGE_FILTER = '/proc/sys/net/bridge/bridge-nf-call-iptables';

/** Returns the surroundings; a tool that is not installed has no rules. */
export function readSurroundings(sys: Sys, run: RunTool, path = BRIDGE_FILTER): NodeSurroundings {
  const read = readPath(sys, path);
  const text = read.ok && read.value !== undefined ? new TextDecoder().decode(read.value).trim() : '';
  const setting = text === '1' ? 'on' : text === '0' ? 'off' : 'absent';
  return { rules: readRules(run), bridgeFilter: read.ok ? setting : 'unknown' };
}

/**
 * Returns the tables of both tools; those that iptables keeps in nftables are taken from iptables, whose text
 * is more precise. Each other table is listed separately: those of kube-proxy may have ten thousand rules.
 */
export function readRules(run: RunTool): Ruleset {
  const iptables = readWith(run, ['iptables-save'], parseIptablesSave);
  const known = new Set(iptables.tables.map(({ name }) => `ip ${name}`));
  const names = readWith(run, ['nft', '-j', 'list', 'tables'], parseNftRuleset);
  const others = names.tables
    .filter(({ family, name }) => !known.has(`${family} ${name}`))
    .map(({ family, name }) => readWith(run, ['nft', '-j', 'list', 'table', family, name], parseNftRuleset));
  const all = [iptables, { ...names, tables: [] }, ...others];
  return {
    tables: all.flatMap(({ tables }) => tables),
    unread: all.flatMap(({ unread }) => unread),
  };
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
    return { tables: [], unread: [`${tool}: ${error instanceof Error ? error.message : String(error)}`] };
  }
}
