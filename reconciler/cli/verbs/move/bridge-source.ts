/** Gathers the files, namespaces and rules of a node of the plugins `bridge` and `host-local`, or of kubenet. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Masquerade } from '../../../../schemas/generated/vnet.ts';
import { parseYaml } from '../../../document/yaml/parse.ts';
import { parseLease } from '../../../loop/import/bridge/conf.ts';
import { kubenetMasquerade, leftRules, parseMasqAgent } from '../../../loop/import/bridge/masquerade.ts';
import { parseShaper, type ShapedPods } from '../../../loop/import/shaper.ts';
import type { BridgeConf, BridgeSource, LocalLease } from '../../../loop/import/bridge/source.ts';
import { fail, ok, type Result } from '../../../model/result.ts';
import type { Sys } from '../../../model/ports/sys.ts';
import type { RunTool } from '../../../os/run-tool.ts';
import { withFile } from './emit.ts';
import { findHostPeers, readAttachments } from './live-source.ts';
import { omitUndefined } from '../../../model/objects.ts';

/** Where host-local keeps its files. Source: host-local, backend/disk. */
const DATA_DIR = '/var/lib/cni/networks';

/** The place of the files. Shape: `root` prefixes all of them; `masqAgent` is a file of ip-masq-agent. */
export type BridgePlace = {
  readonly sys: Sys;
  readonly run: RunTool;
  readonly root: string;
  readonly masqAgent: string | undefined;
};

/** A source, with the directory of host-local and the text of all files. */
export type BridgeSourceFiles = {
  readonly source: BridgeSource;
  readonly directory: string;
  readonly texts: readonly string[];
};

/** Returns the inputs of an import. Errors: unreadable files; a file that is not ip-masq-agent's. */
export function readBridgeSource(place: BridgePlace, conf: BridgeConf): Result<BridgeSourceFiles> {
  const directory = join(place.root, conf.dataDir ?? DATA_DIR, conf.network);
  const leases = readLeases(directory);
  if (!leases.ok) return leases;
  const ends = findHostPeers(place.sys);
  if (!ends.ok) return ends;
  const agent = place.masqAgent === undefined ? undefined : readMasqAgent(place.masqAgent);
  if (agent?.ok === false) return agent;
  const rules = natRules(place.run);
  const masquerade = agent?.value.masquerade ?? kubenetMasquerade(rules);
  const shaped = readShaper(place.run, conf.bridge);
  const notes = [
    ...shaperNotes(conf, shaped),
    ...(agent?.value.remarks ?? []).map((message) => ({ subject: 'ip-masq-agent', message })),
    ...notesOf(conf, rules, place.run),
  ];
  const source: BridgeSource = {
    conf,
    leases: leases.value,
    known: readAttachments(place.root),
    ends: ends.value,
    ...omitUndefined({ masquerade }),
    shaped,
    notes,
  };
  const texts = [JSON.stringify(conf), ...leases.value.map((lease) => JSON.stringify(lease))];
  return ok({ source, directory, texts });
}

function notesOf({ bridge }: BridgeConf, rules: string, run: RunTool): BridgeSource['notes'] {
  const left = leftRules(rules);
  const promiscuous = `is promiscuous, which duplicates packets: ip link set ${bridge} promisc off`;
  const message = `stays in table nat of iptables; delete it when the last pod from before the import is gone`;
  return [
    ...left.map((rule) => ({ subject: rule.slice(0, 60), message })),
    ...(isPromiscuous(run, bridge) ? [{ subject: bridge, message: promiscuous }] : []),
  ];
}

/** Without tc, there are no limits. */
function readShaper(run: RunTool, bridge: string): ShapedPods {
  const [classes = '', filters = ''] = ['class', 'filter'].map((object) => {
    const shown = run('tc', [object, 'show', 'dev', bridge]);
    return shown.kind === 'done' ? shown.stdout : '';
  });
  return parseShaper(classes, filters);
}

function shaperNotes({ bridge }: BridgeConf, shaped: ShapedPods): BridgeSource['notes'] {
  if (shaped.size === 0) return [];
  const message = `its HTB limits the packets of pods, too; after the import: tc qdisc del dev ${bridge} root`;
  return [{ subject: bridge, message }];
}

function readLeases(directory: string): Result<readonly LocalLease[]> {
  const hint = 'host-local keeps its addresses there: without them nothing is imported.';
  const read = (): readonly LocalLease[] =>
    readdirSync(directory)
      .toSorted()
      .filter((name) => /^[0-9a-fA-F.:_]+$/.test(name))
      .flatMap((name) => parseLease(name, readFileSync(join(directory, name), 'utf8')) ?? []);
  return withFile(`read ${directory}`, read, hint);
}

/** Returns the configuration of ip-masq-agent in the file, which is YAML or JSON. */
export function readMasqAgent(
  file: string,
): Result<{ readonly masquerade: Masquerade; readonly remarks: readonly string[] }> {
  const text = withFile(`read ${file}`, () => readFileSync(file, 'utf8'), 'Name a readable file.');
  if (!text.ok) return text;
  const parsed = parseYaml(text.value);
  if ('value' in parsed) return parseMasqAgent(parsed.value, file);
  return fail('invalid', `read ${file}`, parsed[0]?.finding.message ?? 'not YAML');
}

function natRules(run: RunTool): string {
  const done = run('iptables-save', ['-t', 'nat']);
  return done.kind === 'done' ? done.stdout : '';
}

/** Without ip, nothing is known. */
function isPromiscuous(run: RunTool, name: string): boolean {
  const shown = run('ip', ['-o', 'link', 'show', 'dev', name]);
  return shown.kind === 'done' && /<[^>]*\bPROMISC\b/.test(shown.stdout);
}
