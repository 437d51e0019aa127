/** status.json: how far the kernel is from the document, written by whoever runs a round and read by everybody else. */
import { ensureDirectory, readPath, replaceCache } from '../../os/file.ts';
import type { ObjectKey } from '../../model/state.ts';
import type { Hold } from '../../plan/step.ts';
import type { Sys } from '../../model/ports/sys.ts';

/** The format of status.json; fields are only ever added. */
export const STATUS_FORMAT = 'vnet.status/1';

/** The conditions of a node, as Kubernetes has them. */
export const CONDITIONS = [
  'Ready',
  'Drifted',
  'Degraded',
  'Contended',
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
 * One object that is not as the document says.
 * Shape: `pending` is to be done, `error` failed and is tried again at `nextTry`, `contended` is undone by somebody again
 * and again, `paused` is left alone by order, `reported` by policy or since it would interrupt traffic.
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
 * What the last round left.
 * Shape: `observedGeneration` is the generation it looked at; `convergedGeneration` the last one that a round found or made
 * wholly true; `objects` only those that are not as they should be.
 */
export type NodeStatus = {
  readonly format: typeof STATUS_FORMAT;
  readonly time: string;
  readonly observedGeneration: number;
  readonly convergedGeneration: number | undefined;
  readonly conditions: readonly Condition[];
  readonly objects: readonly ObjectStatus[];
};

/** Returns what the last round left; undefined when none has written it since the boot, or it can't be read. */
export function readStatus(sys: Sys, runDirectory: string): NodeStatus | undefined {
  const bytes = readPath(sys, statusPath(runDirectory));
  return bytes.ok && bytes.value !== undefined
    ? parseStatus(new TextDecoder().decode(bytes.value))
    : undefined;
}

/** Writes the status for others to read. Whoever runs a round needs it for nothing, so a failure is let go. */
export function writeStatus(sys: Sys, runDirectory: string, status: NodeStatus): void {
  ensureDirectory(sys, runDirectory, 0o700);
  replaceCache(sys, statusPath(runDirectory), new TextEncoder().encode(`${JSON.stringify(status)}\n`));
}

/** Returns what the text says, or undefined when it is something else. Pure. */
export function parseStatus(text: string): NodeStatus | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isStatus(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the condition of the type, if the status has it. */
export function conditionOf(status: NodeStatus | undefined, type: Condition['type']): Condition | undefined {
  return status?.conditions.find((condition) => condition.type === type);
}

/** Returns true when the last round found or made everything as the document says, and nothing needs attention. */
export function isUndisturbed(status: NodeStatus | undefined): boolean {
  return (
    status !== undefined &&
    status.convergedGeneration === status.observedGeneration &&
    status.objects.length === 0 &&
    status.conditions.every(({ type, status: is }) => is === (type === 'Ready'))
  );
}

function isStatus(value: unknown): value is NodeStatus {
  return (
    typeof value === 'object' &&
    value !== null &&
    'format' in value &&
    value.format === STATUS_FORMAT &&
    'observedGeneration' in value &&
    typeof value.observedGeneration === 'number' &&
    'conditions' in value &&
    Array.isArray(value.conditions) &&
    'objects' in value &&
    Array.isArray(value.objects)
  );
}

function statusPath(runDirectory: string): string {
  return `${runDirectory}/status.json`;
}
