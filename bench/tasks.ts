/** The names and sizes of measurements, used as keys by tables, bars and plots. */

/** Numbers of endpoints at which ADD and DEL are measured. */
export const ATTACH_SIZES = [0, 30, 250, 1000];

/** Numbers of concurrent ADDs, and then DELs. */
export const BURST_SIZES = [1, 5, 20, 100];

/** Numbers of ADDs, and then DELs, in a storm. */
export const STORM_SIZES = [30, 100];

/** The parts of a storm. Shape: `DEL, server gone` is DEL after the server of the ADDs has exited. */
export type StormPart = 'ADD' | 'DEL' | 'DEL, server gone';

/** Returns the task of one part of a storm with this number of pods. */
export function stormTask(count: number, part: StormPart): string {
  return `storm of ${count}: ${part}`;
}

/** Two calls: the first without a server, the second with the server started by the first. */
export const LONE_TASKS = {
  first: 'ADD of one pod, no resident process',
  second: 'second ADD within 30 s',
} as const;

/** All failed calls of the storms. */
export const STORM_FAILURES = 'storm: failed calls';

/** The size for measurements that do not depend on it: an AKS node's. */
export const USUAL_SIZE = 30;

/** Numbers of endpoints at which reconcile is measured. */
export const RECONCILE_SIZES = [30, 250, 1000];

/** The tasks of `vnet reconcile`. */
export const TASKS = {
  nothing: 'reconcile, from nothing',
  noop: 'reconcile, nothing to do',
  preview: 'reconcile --dry-run',
  drift: 'reconcile, one veth off its bridge',
} as const;

/** The memory of the resident process: right after the calls, and idle. */
export const MEMORY = { busy: 'resident memory right after calls', idle: 'resident memory, idle' } as const;

/** Number of endpoints while drift is made and repaired. */
export const WATCH_SIZE = 250;

/** All breakages. */
export const REPAIR_ALL = 'break to repair, all kinds';

/** Returns the task of one kind of breakage. */
export function repairTask(kind: string): string {
  return `break to repair: ${kind}`;
}

/** Numbers of endpoints of the node on the data path. Two are the minimum for traffic. */
export const TRAFFIC_SIZES = [2, 30, 250];

/** The rules on the bridge of that node. */
export const RULESETS = ['nft (vnet)', 'ebtables', 'no rules'] as const;

/** Paths of packets. */
export const PATHS = ['pod to pod', 'pod to other node', 'other node to pod'] as const;

/** The modes whose data paths are measured, as named in a CNI configuration. */
export const DATA_PATH_MODES = ['bridge', 'tunnel', 'transparent', 'transparent-tunnel', 'routed'] as const;

/** The families of pods' addresses: each node of the modes has one. */
export const MODE_FAMILIES = [4, 6] as const;

/** A mode whose data path and calls are measured, and the family of its pods' addresses. */
export type ModeFamily = {
  readonly mode: (typeof DATA_PATH_MODES)[number];
  readonly family: (typeof MODE_FAMILIES)[number];
};

/** Every mode in each family. */
export const MEASURED_MODES: readonly ModeFamily[] = DATA_PATH_MODES.flatMap((mode) =>
  MODE_FAMILIES.map((family) => ({ mode, family })),
);

/** Numbers of endpoints of a node in each mode. */
export const MODE_SIZES = [2, 250];

/** The same path without vnet, by ip(8) alone: two pods on a bridge, or each with a route to its veth. */
export const PLAIN_PATHS = { bridge: 'plain bridge', veths: 'plain routed veths' } as const;

/** The plain path of a mode, where it has one. */
export const MODE_PLAIN_PATHS: Readonly<Partial<Record<ModeFamily['mode'], keyof typeof PLAIN_PATHS>>> = {
  bridge: 'bridge',
  transparent: 'veths',
  routed: 'bridge',
};

/** Returns the task of packets between two pods of a node in the mode. */
export function modeTask({ mode, family }: ModeFamily): string {
  return `18-byte datagrams, mode ${mode}, IPv${family}`;
}

/** Returns the task of a call for a pod of a node in the mode. */
export function modeCallTask(verb: 'ADD' | 'DEL', { mode, family }: ModeFamily): string {
  return `${verb}, mode ${mode}, IPv${family}`;
}

/** A single ADD, with the work of `vnet watch` a second later in its CPU. */
export const LOOK_TASK = 'ADD, including the check a second later';

/** The tasks and contestants of network policies. */
export const POLICY_TASKS = {
  none: 'no policies',
  few: '10 policies',
  some: '100 policies',
  many: '1000 policies',
  'ADD usual': 'ADD of a pod with known policies',
  'DEL usual': 'DEL of a pod with known policies',
  'ADD first': 'ADD of the first pod of a policy',
  'DEL first': 'DEL of the last pod of a policy',
} as const;

/** The work of the compiler, with a thousand policies and ten thousand pods. */
export const COMPILE_TASKS = {
  nothing: 'compile policies from nothing',
  peer: 'compile: another address of a peer',
  local: 'compile: another address of a pod of this node',
  policy: 'compile: another port of a policy',
} as const;

/** A pod among ten thousand gets another address. */
export const FOLLOW_TASKS = {
  kernel: 'another address of a peer, in the kernel',
  event: 'another address of a peer, from the file to the rule',
} as const;

/** Packets that network policies judge. */
export const JUDGED_TASK = '64-byte packets, judged by policies';

/** Who judges packets: the number of policies. */
export const PACKET_CONTESTANTS = {
  'conntrack alone': 0,
  '100 policies': 100,
  '1000 policies': 1000,
} as const;
