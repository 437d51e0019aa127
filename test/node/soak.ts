/**
 * A day of a node's life in minutes: pods come and go through the resident process while other programs break
 * objects.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LIVE_CONF, type LiveNode } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';
import type { LiveWatch } from './live-watch.ts';

/** Figures that must not grow over a long life. Units: bytes, except counts. */
export type Figures = {
  readonly pods: number;
  /** The longest call so far. Units: milliseconds. */
  readonly longestMs: number;
  readonly residentBytes: number;
  readonly descriptors: number;
  readonly sockets: number;
  readonly historyFiles: number;
  readonly historyBytes: number;
  readonly documentBytes: number;
  readonly eventBytes: number;
};

/**
 * The plan.
 * Shape: `pods` are attached and detached in total, `atOnce` concurrently; figures are taken `samples` times.
 * Units: `breakMs` is the minimum time in milliseconds between two breakages: rapid repeated breakage would
 * be contention.
 */
export type SoakPlan = {
  readonly pods: number;
  readonly atOnce: number;
  readonly samples: number;
  readonly breakMs: number;
};

/** Number of pods between two breakages. */
const BREAK_EVERY = 25;

/** Released addresses are quarantined: a day in minutes needs a large pool. */
const CONF = {
  ...LIVE_CONF,
  ipam: { ...LIVE_CONF.ipam, addresses: ['10.240.64.0-10.240.127.255'] },
};

/**
 * Resolves to the figures, oldest first, when all pods have come and gone.
 * Errors: rejects at the first failing call.
 */
export async function soak(node: LiveNode, watch: LiveWatch, plan: SoakPlan): Promise<readonly Figures[]> {
  const namespaces = Array.from({ length: plan.atOnce }, () => node.addPod());
  const figures: Figures[] = [];
  let [begun, done, longestMs] = [0, 0, 0];
  let [breakages, lastPods, lastMs] = [0, 0, performance.now()];
  const breakInTurn = (): void => {
    if (begun - lastPods < BREAK_EVERY || performance.now() - lastMs < plan.breakMs) return;
    [lastPods, lastMs] = [begun, performance.now()];
    breakages += 1;
    breakSomething(node, breakages);
  };
  const live = async (pod: Netns): Promise<void> => {
    while (begun < plan.pods) {
      begun += 1;
      const env = { CNI_CONTAINERID: `soak-${Date.now()}-${begun}` };
      for (const verb of ['ADD', 'DEL']) {
        const { code, stdout, durationMs } = await node.call({ verb, pod, conf: CONF, env });
        longestMs = Math.max(longestMs, durationMs);
        if (code !== 0) throw new Error(`${verb} of pod ${done} (longest call ${longestMs} ms): ${stdout}`);
        if (verb === 'ADD') breakInTurn();
      }
      done += 1;
      if (done % Math.ceil(plan.pods / plan.samples) === 0)
        figures.push({ ...figuresOf(node, watch, done), longestMs });
    }
  };
  await Promise.all(namespaces.map(live));
  return figures;
}

/** Objects that are absent at the moment cannot be broken. */
function breakSomething(node: LiveNode, turn: number): void {
  const lines = [
    'ip route del default',
    'ip neigh flush dev azure0 nud permanent',
    'ip link set eth0 nomaster',
    'nft flush chain bridge vnet prerouting',
    `ip link set ${node.veths()[0] ?? 'azure0'} down`,
    'nft flush map bridge vnet pods',
    'ip addr del 10.240.0.35/16 dev azure0',
  ];
  node.netns.execNow((lines[turn % lines.length] ?? '').split(' '));
}

/** Returns the present figures of process and files. */
export function figuresOf(node: LiveNode, watch: LiveWatch, pods: number): Figures {
  const process = `/proc/${watch.pid}`;
  const descriptors = readdirSync(`${process}/fd`).map((fd) => linkOf(`${process}/fd/${fd}`));
  const state = join(node.root, 'var/lib/vnet');
  const history = filesBelow(join(state, 'history'));
  return {
    pods,
    longestMs: 0,
    residentBytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`${process}/status`, 'utf8'))?.[1]) * 1024,
    descriptors: descriptors.length,
    sockets: descriptors.filter((target) => target.startsWith('socket:')).length,
    historyFiles: history.length,
    historyBytes: sizeOf(history),
    documentBytes: sizeOf([join(state, 'vnet.yaml')]),
    eventBytes: sizeOf(['events.jsonl', 'events.jsonl.1'].map((name) => join(node.root, 'run/vnet', name))),
  };
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function filesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
}

function sizeOf(paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** Returns the figures as a table. */
export function renderFigures(figures: readonly Figures[]): string {
  const head = 'pods   longest ms  rss MiB  fds  sockets  history KiB (files)  document KiB  events KiB';
  const kib = (bytes: number): string => (bytes / 1024).toFixed(0);
  const rows = figures.map((row) =>
    [
      String(row.pods).padEnd(6),
      row.longestMs.toFixed(0).padStart(10),
      (row.residentBytes / 1024 / 1024).toFixed(1).padStart(8),
      String(row.descriptors).padStart(4),
      String(row.sockets).padStart(8),
      `${kib(row.historyBytes)} (${row.historyFiles})`.padStart(20),
      kib(row.documentBytes).padStart(13),
      kib(row.eventBytes).padStart(11),
    ].join(' '),
  );
  return [head, ...rows].join('\n');
}
