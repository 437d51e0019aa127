/** The phases of one call, derived from its system calls in `perf script`'s output. Pure. */
/** The parts of a call, in order. */
export const PHASES = ['around', 'runtime', 'code', 'document', 'plan', 'kernel', 'answer', 'exit'] as const;

/** One of PHASES. */
export type Phase = (typeof PHASES)[number];

/** Descriptions of the phases. */
export const PHASE_NOTES: Readonly<Record<Phase, string>> = {
  around: 'outside the trace: fork, exec; freeing memory, wait',
  runtime: 'the shim; loader, Bun and our modules, until stdin is read',
  code: 'configuration and environment',
  document: 'lock, read, check, write, rename',
  plan: 'between the calls to the kernel: encode, compare, plan',
  kernel: 'in netlink, nftables and setns(2); if served, waiting for the resident process',
  answer: 'the result on stdout, clean-up',
  exit: 'from exit_group(2) until the last thread ends',
};

const KERNEL_CALLS = ['setns', 'socket', 'sendto', 'sendmsg', 'recvfrom', 'recvmsg'] as const;
const OTHER_CALLS = ['read', 'flock', 'rename', 'renameat', 'write', 'exit_group'] as const;

/** The tracepoints from which the phases are derived. */
export const TRACEPOINTS: readonly string[] = [
  'sched:sched_process_exec',
  'sched:sched_process_exit',
  ...[...KERNEL_CALLS, ...OTHER_CALLS].map((call) => `syscalls:sys_enter_${call}`),
  ...KERNEL_CALLS.map((call) => `syscalls:sys_exit_${call}`),
];

/** The traced part of a call, from exec to exit, by phase. Units: milliseconds. */
export type Trace = Readonly<Record<Phase, number>>;

/**
 * Returns the phases of that process, from its exec to its exit, without its other threads and its children.
 * Shape of the text: `perf script --ns -F tid,time,event,trace`. A phase lasts until an event of another one.
 * Errors: throws if the trace lacks the end of the process.
 */
export function parseTrace(text: string, pid: number): Trace {
  const ms = zeroes();
  let phase: Phase = 'runtime';
  let since: number | undefined;
  for (const line of text.split('\n')) {
    const match = /^\s*(\d+)\s+(\d+\.\d+):\s+\w+:(\w+): (.*)$/.exec(line);
    const [, thread, seconds = '', event = '', detail = ''] = match ?? [];
    if (Number(thread) !== pid) continue;
    const now = Number(seconds) * 1000;
    if (since !== undefined) ms[phase] += now - since;
    // Between fork and exec the process is still a copy of its parent.
    if (since !== undefined || event === 'sched_process_exec') since = now;
    if (event === 'sched_process_exit') return ms;
    phase = since === undefined ? phase : phaseAfter(phase, event, detail);
  }
  throw new Error(`the trace has no end of process ${pid}`);
}

/** An event without information belongs to the current phase. */
function phaseAfter(phase: Phase, event: string, detail: string): Phase {
  const [, side, call = ''] = /^sys_(enter|exit)_(\w+)$/.exec(event) ?? [];
  const fd = Number(/^fd: (0x[0-9a-f]+)/.exec(detail)?.[1] ?? -1);
  if (call === 'exit_group') return 'exit';
  if (call === 'read' && fd === 0) return 'code';
  // The runtime reads its own files first, and the shim checks for a server.
  if (phase === 'runtime') return phase;
  if (side === 'exit') return 'plan';
  if (call === 'write' && fd === 1) return 'answer';
  if (KERNEL_CALLS.some((known) => known === call)) return 'kernel';
  return ['flock', 'rename', 'renameat'].includes(call) ? 'document' : phase;
}

function zeroes(): Record<Phase, number> {
  return { around: 0, runtime: 0, code: 0, document: 0, plan: 0, kernel: 0, answer: 0, exit: 0 };
}

/** The split of a call. Units: milliseconds. Shape: `totalMs` is the whole call, not traced. */
export type Split = { readonly ms: Trace; readonly totalMs: number; readonly runs: number };

/**
 * Returns the split of the fastest call, since other load of the machine only adds time; `around` is the
 * difference to the fastest untraced call.
 * Errors: throws without traces.
 */
export function deriveSplit(traces: readonly Trace[], untracedMs: readonly number[]): Split {
  const sumOf = (trace: Trace): number => PHASES.reduce((sum, phase) => sum + trace[phase], 0);
  const quickest = traces.toSorted((left, right) => sumOf(left) - sumOf(right))[0];
  if (quickest === undefined) throw new Error('there is no trace to split');
  const totalMs = Math.min(...untracedMs);
  const around = Math.max(0, totalMs - sumOf(quickest));
  return { ms: { ...quickest, around }, totalMs, runs: traces.length };
}
