/** Gathers the facts. Read-only; an unreadable fact is unknown, never an error. */
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import type { VnetDocument } from '../../../../schemas/generated/vnet.ts';
import { temporaryOf } from '../../../os/file.ts';
import type { Problem, Snapshot } from '../../../document/store/store.ts';
import type { ToolOutcome } from '../../../os/run-tool.ts';
import { readBaseline } from '../../../loop/files/baseline-file.ts';
import { BRIDGE_FILTER, readPacketFilters } from '../../../kernel/filter/read-packet-filters.ts';
import { filterProblemsOf } from '../../../model/filter/filter-problems.ts';
import { networksWith } from '../../../model/capabilities.ts';
import { modeOf } from '../../../model/modes/registry.ts';
import { networkLinks, probeOf } from '../../../model/networks.ts';
import { renderFailure, type Result } from '../../../model/result.ts';
import type { Observer } from '../../../model/ports/kernel.ts';
import { scopeOfNode } from '../../../model/scope.ts';
import { readAnswers } from '../../../loop/files/probe-file.ts';
import { noticesOf } from '../../../loop/report/notices.ts';
import { whyNotWritable } from '../../../os/write-probe.ts';
import type { Sys } from '../../../model/ports/sys.ts';
import { readLockHolders } from '../../../app/lock-holders.ts';
import type { NodePaths } from '../../../app/paths.ts';
import { refusalText } from '../../../loop/report/condition-details.ts';
import { VERSION } from '../../../app/version.ts';
import type { Binary, DocumentFacts, Facts, LockFact } from './facts.ts';
import { textAt } from './files.ts';
import { CONNTRACK } from './kernel.ts';
import { readFeatures, readPolicyFeatures } from './observe-kernel.ts';
import { readCniFiles, readManagers, readWatchUnit } from './observe-files.ts';

/** Where to look. Shape: `root` prefixes all paths; `run` runs a read-only tool. */
export type DoctorPlace = {
  readonly sys: Sys;
  readonly paths: NodePaths;
  readonly root: string;
  readonly now: Date;
  readonly run: (name: string, args: readonly string[]) => ToolOutcome;
};

/** Returns the facts of the node. Shape: `read` is the result of reading the document. */
export function observeNode(
  place: DoctorPlace,
  read: Result<Snapshot | undefined, Problem>,
  kernel: Observer | undefined,
): Facts {
  const { root, now, sys, paths } = place;
  const document = read.ok ? read.value?.document : undefined;
  const links = document === undefined ? [] : networkLinks(document);
  const podLinks = Object.values(document?.networks ?? {}).flatMap(
    (network) => modeOf(network).podLinks?.(network) ?? [],
  );
  const kernelRelease = textAt(firstOf(root, '/proc/sys/kernel/osrelease'))?.trim() ?? 'unknown';
  return {
    root,
    now: now.toISOString(),
    version: VERSION,
    kernelRelease,
    features: readFeatures(root, kernelRelease),
    policyFeatures: document?.policy?.enforce === true ? readPolicyFeatures(root, kernelRelease) : undefined,
    tools: { nft: findTool(root, 'nft'), ip: findTool(root, 'ip') },
    bridges: links.flatMap(({ bridge }) => bridge?.name ?? []),
    uplinks: links.flatMap(({ uplink }) => uplink?.name ?? []),
    macs: new Map(links.flatMap((named) => Object.values(named).map(({ name, mac }) => [name, mac]))),
    ...factsOfIpvs(place, document),
    podLinks,
    sysctls: readSysctls(root, podLinks),
    forwardPolicy: readForwardPolicy(place),
    ...readFilterProblems(place, document),
    notices: readNotices(place, kernel, document),
    routingRules: readRoutingRules(place),
    ebtablesRules: readEbtables(place),
    azureFiles: AZURE_FILES.map((path) => `${root}${path}`).filter((path) => existsSync(path)),
    managers: readManagers(root),
    probing: Object.entries(document?.networks ?? {}).flatMap(([name, network]) =>
      probeOf(network) === undefined ? [] : [name],
    ),
    watchUnit: readWatchUnit(root),
    enabled: {
      watchService: isEnabled(root, 'multi-user.target', 'vnet-watch.service'),
      watchSocket: isEnabled(root, 'sockets.target', 'vnet-watch.socket'),
    },
    cni: {
      directory: `${root}${CNI_DIRECTORY}`,
      files: readCniFiles(`${root}${CNI_DIRECTORY}`),
      binaries: readBinaries(place),
    },
    locks: ['document.lock', 'round.lock'].map((name) => readLock(sys, `${paths.runDirectory}/${name}`)),
    document: describeDocument(place, read, document),
  };
}

function factsOfIpvs(
  place: DoctorPlace,
  document: VnetDocument | undefined,
): Pick<Facts, 'ipvs' | 'besideIpvs' | 'policiesBesideIpvs'> {
  const ipvs = signsOfIpvs(place);
  const isUsed = ipvs.length > 0;
  return {
    ipvs,
    besideIpvs: isUsed && document !== undefined ? bridgesOfUplinks(document) : [],
    policiesBesideIpvs: isUsed && document?.policy?.enforce === true,
  };
}

/**
 * Source: linux, net/netfilter/ipvs/ip_vs_ctl.c: a line for each service, named by its protocol; kube-proxy, pkg/proxy/ipvs: DefaultDummyDevice,
 * a dummy interface with the addresses of services, there from the start of the proxy on.
 */
function signsOfIpvs({ root, run }: DoctorPlace): readonly string[] {
  const hasServices = /^(TCP|UDP|SCTP|FWM) /m.test(textAt(firstOf(root, '/proc/net/ip_vs')) ?? '');
  const link = run('ip', ['-o', 'link', 'show', 'dev', 'kube-ipvs0']);
  const hasLink = link.kind === 'done' && link.stdout.includes('kube-ipvs0');
  return [
    ...(hasServices ? ['services in /proc/net/ip_vs'] : []),
    ...(hasLink ? ['interface kube-ipvs0'] : []),
  ];
}

/** Their pods send to services by the gateway of the virtual network, past the node's own addresses. */
function bridgesOfUplinks(document: VnetDocument): readonly string[] {
  return networksWith(document, 'takeover').flatMap(({ network, mode }) =>
    mode.takeover.uplink(network).released === true ? [] : [mode.takeover.carrier(network)],
  );
}

/** Source: systemctl(1), enable: a link in the directory of the unit that wants it. */
function isEnabled(root: string, target: string, unit: string): boolean {
  return existsSync(`${root}/etc/systemd/system/${target}.wants/${unit}`);
}

const CNI_DIRECTORY = '/etc/cni/net.d';

/** azure-vnet's state files. Source: azure-container-networking, store/json.go and network/manager.go. */
const AZURE_FILES = [
  '/var/run/azure-vnet.json',
  '/var/run/azure-vnet.json.lock',
  '/var/run/azure-vnet-ipam.json',
  '/var/run/azure-vnet-ipam.json.lock',
  '/var/run/azure-vnet/azure-vnet.lock',
];

/** Kernel files below the root, if present, for simulated nodes; else the real ones. */
function firstOf(root: string, path: string): string {
  return root !== '' && existsSync(`${root}${path}`) ? `${root}${path}` : path;
}

const TOOL_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

function findTool(root: string, name: string): string | undefined {
  const own = TOOL_FOLDERS.map((folder) => `${root}${folder}/${name}`);
  return [...own, ...TOOL_FOLDERS.map((folder) => `${folder}/${name}`)].find((path) => existsSync(path));
}

function readSysctls(root: string, podLinks: readonly string[]): ReadonlyMap<string, string> {
  const names = [
    'net/ipv4/ip_forward',
    'net/bridge/bridge-nf-call-iptables',
    CONNTRACK.count,
    CONNTRACK.most,
    ...['all', ...podLinks].flatMap((name) => [
      `net/ipv4/conf/${name}/rp_filter`,
      `net/ipv4/conf/${name}/arp_ignore`,
    ]),
  ];
  return new Map(
    names.flatMap((name) => {
      const text = textAt(firstOf(root, `/proc/sys/${name}`));
      return text === undefined ? [] : [[name, text.trim()] as const];
    }),
  );
}

function readFilterProblems(
  { sys, root, run }: DoctorPlace,
  document: VnetDocument | undefined,
): Pick<Facts, 'rules' | 'filterProblems'> {
  const packetFilters = readPacketFilters(sys, run, firstOf(root, BRIDGE_FILTER));
  return {
    rules: packetFilters.rules,
    filterProblems: document === undefined ? [] : filterProblemsOf(document, packetFilters),
  };
}

function readNotices(
  { sys, paths: { runDirectory } }: DoctorPlace,
  kernel: Observer | undefined,
  document: VnetDocument | undefined,
): Facts['notices'] {
  const seen = document === undefined ? undefined : kernel?.observe(scopeOfNode(document));
  const answers = (network: string) => readAnswers(sys, runDirectory, { network, nowMs: Date.now() });
  return document !== undefined && seen?.ok === true ? noticesOf(document, seen.value, answers) : [];
}

function readRoutingRules({ run }: DoctorPlace): readonly string[] {
  const listed = run('ip', ['rule', 'show']);
  return listed.kind === 'done' ? listed.stdout.split('\n').filter((line) => line !== '') : [];
}

function readForwardPolicy({ run }: DoctorPlace): Facts['forwardPolicy'] {
  const listed = run('iptables', ['-S', 'FORWARD']);
  // Without iptables on the node, no policy was set by it.
  if (listed.kind === 'missing') return 'accept';
  const policy = listed.kind === 'done' ? /^-P FORWARD (\w+)/m.exec(listed.stdout)?.[1] : undefined;
  return policy === 'ACCEPT' ? 'accept' : policy === 'DROP' ? 'drop' : 'unknown';
}

function readEbtables({ run }: DoctorPlace): readonly string[] {
  const listed = run('ebtables', ['-t', 'nat', '-L']);
  if (listed.kind !== 'done') return [];
  return listed.stdout.split('\n').filter((line) => /-j (arpreply|dnat|snat)\b/.test(line));
}

/**
 * The program prints just its version; the plugins also print their name, since other programs print versions
 * too.
 */
const VERSION_LINE = /^(?:azure-vnet(?:-ipam)? )?(\d+\.\d+\.\d+\S*)(?: \(vnet\))?$/m;

function readBinaries({ root, run }: DoctorPlace): readonly Binary[] {
  return ['azure-vnet', 'azure-vnet-ipam', 'vnet'].map((name) => {
    const path = `${root}/opt/cni/bin/${name}`;
    const isExecutable = canExecute(path);
    const said = isExecutable ? run(path, ['--version']) : undefined;
    const version = said?.kind === 'done' ? VERSION_LINE.exec(said.stdout)?.[1] : undefined;
    return { path, isThere: existsSync(path), isExecutable, version };
  });
}

function canExecute(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function readLock(sys: Sys, path: string): LockFact {
  return { path, holders: readLockHolders(sys, path), record: textAt(path)?.trim() ?? '' };
}

function describeDocument(
  { sys, paths, root }: DoctorPlace,
  read: Result<Snapshot | undefined, Problem>,
  document: VnetDocument | undefined,
): DocumentFacts {
  const { stateDirectory, runDirectory } = paths;
  const baseline = readBaseline(sys, stateDirectory);
  const refused = read.ok ? read.value?.refused : undefined;
  const places = [temporaryOf(paths.document), temporaryOf(`${runDirectory}/head.json`)];
  return {
    path: paths.document,
    isThere: document !== undefined,
    problem: read.ok ? undefined : problemText(read.error),
    refused: refused === undefined ? undefined : refusalText(refused),
    stateDirectory,
    hasStateDirectory: existsSync(stateDirectory),
    unwritable: whyNotWritable(paths.document),
    freeBytes: freeBytesAt(existsSync(stateDirectory) ? stateDirectory : root === '' ? '/' : root),
    newestTime: newestTimeIn(document),
    baselineProblem: baseline.ok ? undefined : renderFailure(baseline.error),
    leftovers: places.filter((path) => existsSync(path)),
  };
}

function problemText(problem: Problem): string {
  if (problem.kind === 'failure') return renderFailure(problem);
  const [first] = problem.issues;
  return first === undefined ? 'not valid' : `${first.file}:${first.line}:${first.column}: ${first.message}`;
}

function freeBytesAt(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

function newestTimeIn(document: VnetDocument | undefined): string | undefined {
  const times = [
    ...Object.values(document?.endpoints ?? {}).map(({ added }) => added),
    ...Object.values(document?.released ?? {}),
  ];
  return times.toSorted((left, right) => Date.parse(left) - Date.parse(right)).at(-1);
}
