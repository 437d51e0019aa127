/** status.json: the distance of the kernel from the document, written by rounds and read by all other processes. */
import { encodeJson, ensureDirectory, readJsonCache, replaceCache } from '../../os/file.ts';
import type { ObjectKey } from '../../model/state.ts';
import type { Hold } from '../../plan/step.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { isAnyList, isNumber, ofFormat } from '../../model/objects.ts';

/** The format of status.json; fields are only ever added. */
export const STATUS_FORMAT = 'vnet.status/1';

/** The conditions of a node, as Kubernetes has them. */
export const CONDITIONS = [
  'Ready',
  'Drifted',
  'Degraded',
  'Contended',
  'Obstructed',
  'PoolExhausted',
  'PoolSourceSilent',
  'PolicyEnforced',
  'Paused',
  'EditRefused',
  'Tentative',
] as const;

/** One condition. Shape: `reason` is one word for programs, `message` a sentence; `since` when `status` last changed. */
export type Condition = {
  readonly type: (typeof CONDITIONS)[number];
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
  readonly since: string;
};

/**
 * One object that does not match the document.
 * Shape: `pending` is not done yet, `error` failed and is retried at `nextTry`, `contended` is repeatedly reverted,
 * `paused` is held by a pause, `reported` by policy or since it would interrupt traffic.
 */
export type ObjectStatus = {
  readonly key: ObjectKey;
  readonly state: Hold['state'];
  readonly reason: string;
  readonly attempts: number;
  readonly nextTry?: string;
  readonly since: string;
};

/**
 * The records of the last round.
 * Shape: `observedGeneration` is the generation it saw; `convergedGeneration` the last one that a round found or made
 * converged; `objects` only those that differ.
 */
export type NodeStatus = {
  readonly format: typeof STATUS_FORMAT;
  readonly time: string;
  readonly observedGeneration: number;
  readonly convergedGeneration: number | undefined;
  readonly conditions: readonly Condition[];
  readonly objects: readonly ObjectStatus[];
  readonly policies?: PoliciesStatus;
};

/**
 * The network policies that the kernel had at the last convergence.
 * Shape: `members` identifies the known state of the cluster, if any. Units: `lagMs` from its last change until the kernel had it.
 */
export type PoliciesStatus = { readonly members?: string; readonly lagMs: number };

/** Returns the records of the last round; undefined without one since the boot, or if unreadable. */
export function readStatus(sys: Sys, runDirectory: string): NodeStatus | undefined {
  return readJsonCache(sys, statusPath(runDirectory), isStatus);
}

/** Writes the status for other processes. Rounds do not need it, so a failure is ignored. */
export function writeStatus(sys: Sys, runDirectory: string, status: NodeStatus): void {
  ensureDirectory(sys, runDirectory, 0o700);
  replaceCache(sys, statusPath(runDirectory), encodeJson(status));
}

/** Returns the condition of the type, if the status has it. */
export function conditionOf(status: NodeStatus | undefined, type: Condition['type']): Condition | undefined {
  return status?.conditions.find((condition) => condition.type === type);
}

/** Conditions that may be true while every object matches the document. */
const UNOBJECTIONABLE: ReadonlySet<Condition['type']> = new Set([
  'Ready',
  'Obstructed',
  'PoolExhausted',
  'PoolSourceSilent',
  'PolicyEnforced',
]);

/** Returns true if the last round left everything converged and no condition needs attention. */
export function isUndisturbed(status: NodeStatus | undefined): boolean {
  return (
    status !== undefined &&
    status.convergedGeneration === status.observedGeneration &&
    status.objects.length === 0 &&
    status.conditions.every(({ type, status: is }) => !is || UNOBJECTIONABLE.has(type))
  );
}

/** Returns true for records of this format. */
export const isStatus = ofFormat<NodeStatus>(STATUS_FORMAT, {
  observedGeneration: isNumber,
  conditions: isAnyList,
  objects: isAnyList,
});

function statusPath(runDirectory: string): string {
  return `${runDirectory}/status.json`;
}
