/** The names and sizes of measurements, used as keys by tables, bars and plots. */

/** At these numbers of endpoints ADD and DEL are measured. */
export const ATTACH_SIZES = [0, 30, 250, 1000];

/** So many ADDs, then DELs, are started at once. */
export const BURST_SIZES = [1, 5, 20, 100];

/** So many ADDs, then DELs, make a storm. */
export const STORM_SIZES = [30, 100];

/** The parts of a storm. Shape: `DEL, server gone` is DEL after the server of the ADDs has exited. */
export type StormPart = 'ADD' | 'DEL' | 'DEL, server gone';

/** Returns the task of one part of a storm of so many pods. */
export function stormTask(count: number, part: StormPart): string {
  return `storm of ${count}: ${part}`;
}

/** Two calls: the first without a server, the second with the server started by the first. */
export const LONE_TASKS = {
  first: 'ADD of one pod, nobody resident',
  second: 'second ADD within 30 s',
} as const;

/** The calls that did not succeed, of all that the storms made. */
export const STORM_FAILURES = 'storm: failed calls';

/** The size at which whatever does not depend on the size is measured: an AKS node's. */
export const USUAL_SIZE = 30;

/** At these numbers of endpoints reconcile is measured. */
export const RECONCILE_SIZES = [30, 250, 1000];

/** What `vnet reconcile` is asked for. */
export const TASKS = {
  nothing: 'reconcile, from nothing',
  noop: 'reconcile, nothing to do',
  preview: 'reconcile --dry-run',
  drift: 'reconcile, one veth off its bridge',
} as const;

/** The memory of the resident process after all calls. */
export const MEMORY = 'resident memory';

/** With so many endpoints drift is made and repaired. */
export const WATCH_SIZE = 250;

/** Whatever was broken. */
export const REPAIR_ALL = 'break to repair, all kinds';

/** Returns the task of one kind of breakage. */
export function repairTask(kind: string): string {
  return `break to repair: ${kind}`;
}

/** So many endpoints the node on the data path has. Two are the fewest between which anything can be sent. */
export const TRAFFIC_SIZES = [2, 30, 250];

/** The rules on the bridge of that node. */
export const RULESETS = ['nft (vnet)', 'ebtables', 'no rules'] as const;

/** Where packets go. */
export const PATHS = ['pod to pod', 'pod to other node', 'other node to pod'] as const;

/** A single ADD, with the work of `vnet watch` a second later in its CPU. */
export const LOOK_TASK = 'ADD, with the look a second later';
