/** What one plugin call needs of the world: the reconciler's Session, and the ports that only plugins have. Types only. */
import type { Session } from '../reconciler/loop/node/session.ts';
import type { Result } from '../reconciler/model/result.ts';
import type { Network, Pool } from '../schemas/generated/vnet.ts';
import type { Environment } from '../reconciler/model/ports/sys.ts';
import type { CniArgs, Invocation } from './protocol/environment.ts';
import type { IpamConf, Netconf } from './protocol/netconf.ts';

/** Which of the two executables was called. */
export type Role = 'azure-vnet' | 'azure-vnet-ipam';

/** Asks for the pool of a network. Shape: `known` is the network as the document has it; absent on the first ADD. */
export type PoolRequest = { readonly network: string; readonly ipam: IpamConf; readonly known?: Network };

/** Where pools come from when the document has none, or an exhausted one. */
export type PoolSource = {
  /**
   * Returns the pool as it should be in the document now; undefined when nothing newer than `known` can be had yet
   * (the source was asked a moment ago). Called without any lock held; may take seconds.
   * Law: an answer that failed or is empty is a Failure, never a smaller pool.
   */
  prepare(request: PoolRequest): Promise<Result<Pool | undefined>>;
};

/** What running a program gave. Shape: `error` says why it could not be run at all. */
export type Ran = { readonly exitCode: number; readonly stdout: string; readonly error?: string };

/** Finds and runs other CNI plugins. */
export type Programs = {
  /** Returns the path of the executable in the first folder that has it. */
  find(name: string, folders: readonly string[]): string | undefined;
  /** Runs it to its end; its stderr goes to ours. */
  run(file: string, env: Environment, stdin: string): Ran;
};

/** Who makes a network that many calls miss at once: the first one, and the others wait for it. */
export type Turns = {
  /** Resolves to true when another call was making the network and has ended; to false at once for the one that is to make it. */
  wait(network: string): Promise<boolean>;
  /** Notes that the network is made, or that it could not be. */
  end(network: string): void;
};

/** Everything that isn't a value, for one call. */
export type Host = {
  readonly world: Session;
  readonly pools: PoolSource;
  /** Resolves to what runs other plugins; few calls do. */
  readonly programs: () => Promise<Programs>;
  /** Absent where there is only this call. */
  readonly turns?: Turns;
  /** Returns true when the path is that of the network namespace we run in; false for one that can't be looked at. */
  readonly isOwnNetns: (path: string) => boolean;
  /** Writes a line to stderr: for people, never for runtimes. */
  readonly note: (line: string) => void;
};

/** One call, decoded. Shape: `env` is handed on to delegated plugins as it came. */
export type Call = {
  readonly role: Role;
  readonly env: Environment;
  readonly invocation: Invocation;
  readonly netconf: Netconf;
  readonly args: CniArgs;
};
