/**
 * Breaks one object after another on its node, and measures how long each stays broken. Run by watch-work.ts
 * inside the node's network namespace: prints one JSON object with the times of each kind.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createSys } from '#sys';
import { createMonitor } from '../reconciler/kernel/monitor/monitor.ts';
import { readDocument } from '../reconciler/document/yaml/read.ts';
import { derive } from '../reconciler/model/derive.ts';
import { notificationFilterOf } from '../reconciler/model/notification-filter.ts';
import type { Notice } from '../reconciler/model/ports/monitor.ts';
import { HOST, keyOf, type NetObject } from '../reconciler/model/state.ts';

/**
 * Longer than the loop's check a second after a repair. For a kind with a single object, repairs must not
 * count as contention.
 * Units: ms.
 */
const SETTLE_MS = 1300;
const SETTLE_ONLY_MS = 8000;
const LONGEST_MS = 10_000;
/** Polling interval. */
const LOOK_MS = 0.2;

const [path = '', rounds = '5'] = process.argv.slice(2);
const read = readDocument(readFileSync(path, 'utf8'), path);
if (!read.ok) throw new Error(`${path} is not valid`);
const { state: desired } = derive(read.value, new Map());
const sys = createSys();
const opened = createMonitor(sys)(() => undefined);
if (!opened.ok) throw new Error(JSON.stringify(opened.error));
const monitor = opened.value;
const attended = monitor.attend(notificationFilterOf(desired));
if (!attended.ok) throw new Error(JSON.stringify(attended.error));

/** The breakage. Shape: `field` is the field changed by the command; absent: the object is deleted. */
type Break = {
  readonly name: string;
  readonly takes: (object: NetObject) => boolean;
  readonly command: (object: NetObject) => string;
  readonly field?: string;
  readonly isOnly?: boolean;
};

const nameOf = (object: NetObject): string => (object.kind === 'link' ? object.name : '');
const isVeth = (object: NetObject): boolean => object.kind === 'link' && object.type === 'veth';
const isBridge = (object: NetObject): boolean => object.kind === 'link' && object.type === 'bridge';

const BREAKS: readonly Break[] = [
  {
    name: 'neighbour deleted',
    takes: ({ kind }) => kind === 'neighbour',
    command: (object) =>
      object.kind === 'neighbour' ? `ip neigh del ${object.address} dev ${object.dev}` : '',
  },
  {
    name: 'forwarding entry deleted',
    takes: ({ kind }) => kind === 'fdb',
    command: (object) =>
      object.kind === 'fdb' ? `bridge fdb del ${object.mac} dev ${object.dev} master` : '',
  },
  {
    name: 'map element deleted',
    takes: (object) => object.kind === 'nft-element' && object.set === 'pods',
    command: (object) =>
      object.kind === 'nft-element' ? `nft delete element bridge vnet pods { ${object.key} }` : '',
  },
  {
    name: 'veth out of its bridge',
    takes: isVeth,
    command: (link) => `ip link set ${nameOf(link)} nomaster`,
    field: 'master',
  },
  { name: 'veth down', takes: isVeth, command: (link) => `ip link set ${nameOf(link)} down`, field: 'up' },
  {
    name: 'veth with another alias',
    takes: isVeth,
    command: (link) => `ip link set ${nameOf(link)} alias x`,
    field: 'alias',
  },
  { name: 'veth deleted', takes: isVeth, command: (link) => `ip link del ${nameOf(link)}` },
  {
    name: 'bridge down',
    takes: isBridge,
    command: (link) => `ip link set ${nameOf(link)} down`,
    field: 'up',
    isOnly: true,
  },
  {
    name: 'default route deleted',
    takes: (object) => object.kind === 'route' && object.to === 'default',
    command: () => 'ip route del default',
    isOnly: true,
  },
  {
    name: 'address of the node deleted',
    takes: ({ kind }) => kind === 'address',
    command: (object) => (object.kind === 'address' ? `ip addr del ${object.address} dev ${object.dev}` : ''),
    isOnly: true,
  },
  {
    name: 'all rules deleted',
    takes: ({ kind }) => kind === 'nft-table',
    command: () => 'nft flush ruleset',
    isOnly: true,
  },
];

/** Returns the time until the repair of the object; undefined without one. Units: milliseconds. */
function timeBreak(object: NetObject, { command, field }: Break): number | undefined {
  monitor.drain();
  const [program = '', ...args] = command(object).split(' ');
  spawn(program, args, { stdio: 'ignore' });
  const start = performance.now();
  let brokenAt: number | undefined;
  while (performance.now() - start < LONGEST_MS) {
    for (const notice of monitor.drain().notices) {
      if (keyOf(notice.object) !== keyOf(object)) continue;
      if (brokenAt === undefined && isBroken(notice, object, field)) brokenAt = performance.now();
      else if (brokenAt !== undefined && isWhole(notice, object, field)) return performance.now() - brokenAt;
    }
    sys.sleep(LOOK_MS);
  }
  return undefined;
}

function isBroken({ verb, object: now }: Notice, object: NetObject, field: string | undefined): boolean {
  if (field === undefined) return verb === 'gone';
  return verb === 'set' && field in now && valueOf(now, field) !== valueOf(object, field);
}

function isWhole({ verb, object: now }: Notice, object: NetObject, field: string | undefined): boolean {
  if (object.kind === 'nft-table') return verb === 'touched';
  return verb === 'set' && (field === undefined || valueOf(now, field) === valueOf(object, field));
}

function valueOf(object: NetObject, field: string): unknown {
  return new Map<string, unknown>(Object.entries(object)).get(field);
}

const results: Record<string, (number | null)[]> = {};
for (let index = 0; index < Number(rounds); index += 1) {
  for (const one of BREAKS) {
    const all = [...desired.values()].filter((object) => object.netns === HOST && one.takes(object));
    const object = all[(index * 37) % all.length];
    if (object === undefined) throw new Error(`there is nothing for: ${one.name}`);
    (results[one.name] ??= []).push(timeBreak(object, one) ?? null);
    await new Promise((resolve) => setTimeout(resolve, one.isOnly === true ? SETTLE_ONLY_MS : SETTLE_MS));
  }
}
monitor.close();
console.log(JSON.stringify(results));
