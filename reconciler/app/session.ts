/** The composition of a node that is changed: where ports get their implementations. */
import type { DocumentCache } from '../document/store/current.ts';
import { createStore, type StoreOptions } from '../document/store/store.ts';
import { createJournal } from '../loop/takeover/undo-file.ts';
import type { Session } from '../loop/node/session.ts';
import type { Kernel } from '../model/ports/kernel.ts';
import type { Environment, Sys } from '../model/ports/sys.ts';
import { ok, type Result } from '../model/result.ts';
import { acceptedName, readBootId, readLine, readMachine } from './identity.ts';
import type { NodePlace } from './kernel/access.ts';
import { library } from './library.ts';
import { createRoundLock } from './round-lock.ts';

/** The opener of a session. Shape: `who` is shown to waiting processes; `kernel` and `cache` may be shared between sessions. */
export type SessionOptions = {
  readonly who: string;
  readonly kernel: Kernel;
  readonly cache?: DocumentCache | undefined;
  readonly person?: StoreOptions['person'] | undefined;
};

/** Returns the session; its library is loaded on demand. Errors: `not-found`: no boot id. */
export function openSession(
  { sys, paths, environment }: Omit<NodePlace, 'kernels'>,
  { who, kernel, cache, person }: SessionOptions,
): Result<Session> {
  const bootId = readBootId(sys, paths);
  if (!bootId.ok) return bootId;
  const name = acceptedName(sys, paths, nodeName(sys, environment));
  return ok({
    kernel,
    store: createStore(sys, paths, name, {
      library,
      cache,
      person,
      machine: () => readMachine(sys, paths),
    }),
    rounds: createRoundLock(sys, paths.runDirectory, who),
    library,
    journal: createJournal(sys, `${paths.runDirectory}/takeover.journal`),
    now: () => new Date(),
    sleep: (durationMs) => sys.sleep(durationMs),
    bootId: bootId.value,
    nodeName: name,
    files: { sys, directory: paths.stateDirectory },
  });
}

/** Returns the node's name: its host name in lower case, as in Kubernetes, unless VNET_NODE is set. */
export function nodeName(sys: Sys, environment: Environment): string {
  return environment['VNET_NODE'] ?? readLine(sys, '/proc/sys/kernel/hostname')?.toLowerCase() ?? '';
}
