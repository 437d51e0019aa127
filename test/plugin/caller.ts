/**
 * Calls the plugins like a container runtime, on an in-memory node: environment and stdin in, exit code and
 * JSON out.
 */
import { dispatch } from '../../plugin/dispatch.ts';
import type { Perform } from '../../plugin/run-work.ts';
import type { Environment } from '../../reconciler/model/ports/sys.ts';
import type { Host, PoolSource, Programs, Role, CreationQueue } from '../../plugin/host.ts';
import type { SimulatedKernel } from '../../reconciler/kernel/simulated/simulated.ts';
import { type Failure, failure, ok } from '../../reconciler/model/result.ts';
import { scopeOfNode } from '../../reconciler/model/scope.ts';
import type { Ipv4Pool, Ipv6Pool, VnetDocument } from '../../schemas/generated/vnet.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';
import type { RoundLock, Session } from '../../reconciler/loop/node/session.ts';
import { createMemoryStore, type MemoryStore } from '../support/memory-store.ts';
import { createMemorySession } from '../support/memory-session.ts';
import { bootedKernel, containerOf, documentOf, netnsOf } from '../support/node.ts';

/** The pool that the virtual network gives this node. */
export const AZURE_POOL: Ipv4Pool = {
  source: 'azure',
  subnet: '10.240.0.0/16',
  gateway: '10.240.0.1',
  addresses: ['10.240.0.36-10.240.0.65'],
};

/** The configuration of seed 000, as a runtime passes it to the first plugin of the chain. */
export const AZURE_CONF = {
  cniVersion: '1.0.0',
  name: 'azure',
  type: 'azure-vnet',
  mode: 'bridge',
  bridge: 'azure0',
  ipam: { type: 'azure-vnet-ipam' },
};

/** The possible keys on stdout: those of a result and of an error. */
type Printed = {
  readonly code: number;
  readonly msg: string;
  readonly details: string;
  readonly interfaces: readonly { readonly name: string; readonly mac: string; readonly sandbox?: string }[];
  readonly ips: readonly {
    readonly address: string;
    readonly gateway?: string;
    readonly interface: number;
  }[];
  readonly routes?: unknown;
  readonly dns?: unknown;
};

/** The answer of a plugin. Shape: `json` is undefined if stdout is empty. */
export type Reply = { readonly exitCode: number; readonly json: Printed; readonly stderr: string };

/** Options of a call. `pod` is the number of a pod of test/support/node.ts. */
export type CallOptions = {
  readonly pod?: number;
  readonly role?: Role;
  readonly conf?: object;
  readonly env?: Environment;
  /** Performs the effects of the call; by default immediately. */
  readonly perform?: Perform;
  readonly turns?: CreationQueue;
};

/** A node whose plugins can be called. Shape: `queries` counts queries of the pool source. */
export type Caller = {
  readonly session: Session & { readonly store: MemoryStore };
  readonly kernel: SimulatedKernel;
  readonly host: Host;
  readonly at: { now: Date };
  readonly queries: () => number;
  readonly call: (verb: string, options?: CallOptions) => Promise<Reply>;
  readonly document: () => VnetDocument;
  /** Returns all kernel objects by key. */
  readonly kernelObjects: () => ReadonlyMap<string, string>;
};

/** Options of a node. */
export type CallerOptions = {
  readonly document?: VnetDocument | undefined;
  readonly pods?: readonly number[];
  readonly pool?: Ipv4Pool | Failure | undefined;
  /** The IPv6 pool beside it. */
  readonly ipv6?: Ipv6Pool;
  readonly programs?: Programs;
  /** The path of the plugin's own namespace. */
  readonly ownNetns?: string;
};

const ALL_PODS = Array.from({ length: 10 }, (_, index) => index);

/** Returns a node with a booted kernel, the namespaces of its pods and, by default, an empty network. */
export function createCaller(options: CallerOptions = {}): Caller {
  const pods = options.pods ?? ALL_PODS;
  const kernel = bootedKernel(pods);
  const at = { now: new Date('2026-11-21T12:00:00.000Z') };
  const document = 'document' in options ? options.document : documentOf([]);
  const store = createMemoryStore(document, 'node-1');
  const session = { ...createMemorySession(kernel, document, at), store, rounds: createStrictLock() };
  let queries = 0;
  const answer = 'pool' in options ? options.pool : AZURE_POOL;
  const pools: PoolSource = {
    prepare: () => {
      queries += 1;
      return Promise.resolve(
        answer !== undefined && 'kind' in answer
          ? { ok: false, error: answer }
          : ok(answer && { pools: { ipv4: answer, ...omitUndefined({ ipv6: options.ipv6 }) } }),
      );
    },
  };
  const host: Host = {
    session,
    pools,
    programs: () => Promise.resolve(options.programs ?? NO_PROGRAMS),
    isOwnNetns: (path) => path === options.ownNetns,
    note: () => undefined,
  };
  return {
    session,
    kernel,
    host,
    at,
    queries: () => queries,
    call: (verb, more) => callOnce(host, verb, more ?? {}),
    document: () => session.store.document() ?? documentOf([]),
    kernelObjects: () => objectsOf(kernel, session.store.document() ?? documentOf(pods)),
  };
}

/** As flock(2) on two descriptors of one process: a holder that locks again deadlocks. */
function createStrictLock(): RoundLock {
  let isHeld = false;
  return {
    hold: (_mode, work) => {
      if (isHeld) throw new Error('the holder of the round lock requests it again: a deadlock');
      isHeld = true;
      try {
        return work();
      } finally {
        isHeld = false;
      }
    },
  };
}

const NO_PROGRAMS: Programs = {
  find: () => undefined,
  run: () => ({ exitCode: 1, stdout: '', error: 'no program' }),
};

/** An unreachable source. */
export const SOURCE_DOWN: Failure = failure('timeout', 'ask the host endpoint', 'no answer in 5000 ms');

async function callOnce(host: Host, verb: string, options: CallOptions): Promise<Reply> {
  const { pod = 0, role, conf, env, perform, turns } = options;
  let notes = '';
  const note = (line: string): void => {
    notes += `${line}\n`;
    host.note(line);
  };
  const given = {
    role: role ?? 'azure-vnet',
    version: async () => '0.0.0',
    argv: [],
    env: environmentOf(verb, pod, env ?? {}),
    readStdin: () => ok(JSON.stringify(conf ?? AZURE_CONF)),
    open: () =>
      Promise.resolve(
        ok({ ...host, note, ...(turns === undefined ? {} : { turns }), close: () => undefined }),
      ),
  };
  const answer = await dispatch(given, perform);
  const json: Printed = answer.stdout === '' ? undefined : JSON.parse(answer.stdout);
  return { exitCode: answer.exitCode, json, stderr: notes + answer.stderr };
}

/** Returns the environment of a call for the nth pod; an undefined value of `more` removes a variable. */
export function environmentOf(verb: string, pod: number, more: Environment = {}): Environment {
  return {
    CNI_COMMAND: verb,
    CNI_CONTAINERID: containerOf(pod),
    CNI_NETNS: netnsOf(pod),
    CNI_IFNAME: 'eth0',
    CNI_PATH: '/opt/cni/bin',
    CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-${pod}`,
    ...more,
  };
}

function objectsOf(kernel: SimulatedKernel, document: VnetDocument): ReadonlyMap<string, string> {
  const pods = Array.from({ length: 12 }, (_, index) => ({ netns: netnsOf(index), ifName: 'eth0' }));
  const seen = kernel.observe({ ...scopeOfNode(document), pods });
  if (!seen.ok) throw new Error(seen.error.message);
  // Settings that are only read do not show which objects were created.
  const made = [...seen.value.state].filter(([key]) => !key.endsWith('/disable_ipv6'));
  return new Map(made.map(([key, object]) => [key, JSON.stringify(object)]));
}
