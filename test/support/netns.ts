/** Network namespaces for tests: uniquely named, removed by their creator. */
import { existsSync } from 'node:fs';
import { type ExecOptions, type Outcome, exec, execNow, mustExec } from './exec.ts';
import { addNamespace, deleteNamespace } from './netns-calls.ts';

/** A named network namespace. */
export type Netns = {
  readonly name: string;
  /** The value of CNI_NETNS. */
  readonly path: string;
  /** Returns the result of the command inside; blocks. */
  readonly execNow: (argv: readonly string[], options?: ExecOptions) => Outcome;
  /** As execNow, but throws if the command failed. */
  readonly mustExec: (argv: readonly string[], options?: ExecOptions) => Outcome;
  /** Resolves to the result of the command inside. */
  readonly exec: (argv: readonly string[], options?: ExecOptions) => Promise<Outcome>;
  /** Ensures that the namespace is gone. */
  readonly remove: () => void;
};

let made = 0;

/** The first namespace of a process is made by ip(8), which also makes /run/netns a shared mount. */
let isPrepared = false;

/** Returns a name no other test process of this machine uses. */
export function uniqueName(prefix: string): string {
  made += 1;
  return `${prefix}-${process.pid}-${made}`;
}

/** Ensures the namespace `/run/netns/NAME` with its loopback up, and returns it. */
export function makeNetns(name: string): Netns {
  const space = openNetns(name);
  if (!isPrepared || !addNamespace(space.path)) {
    mustExec(['ip', 'netns', 'add', name]);
    mustExec(['ip', '-n', name, 'link', 'set', 'lo', 'up']);
  }
  isPrepared = true;
  return space;
}

/** Returns the namespace of that name; it need not exist yet. */
export function openNetns(name: string): Netns {
  const path = `/run/netns/${name}`;
  return {
    name,
    path,
    execNow: (argv, options) => execNow(argv, { ...options, netns: path }),
    mustExec: (argv, options) => mustExec(argv, { ...options, netns: path }),
    exec: (argv, options) => exec(argv, { ...options, netns: path }),
    remove: () => {
      if (existsSync(path) && !deleteNamespace(path)) mustExec(['ip', 'netns', 'del', name]);
    },
  };
}

/** Runs these lines of ip(8) inside, in one process. Errors: throws with the line that failed. */
export function ipBatch({ name }: Netns, lines: readonly string[]): Outcome {
  return mustExec(['ip', '-n', name, '-batch', '-'], { input: `${lines.join('\n')}\n` });
}
