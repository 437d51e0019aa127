/**
 * Dependencies of a plugin call: the reconciler's Session and the ports that only plugins use. Types only.
 */
import type { Session } from '../reconciler/loop/node/session.ts';
import type { Result } from '../reconciler/model/result.ts';
import type { Network, Pools } from '../schemas/generated/vnet.ts';
import type { Environment, Sys } from '../reconciler/model/ports/sys.ts';
import type { CniArgs, Invocation } from './protocol/environment.ts';
import type { IpamConf, Netconf } from './protocol/netconf.ts';

/** Which of the two executables was called. */
export type Role = 'azure-vnet' | 'azure-vnet-ipam';

/**
 * Request for the pools of a network.
 * Shape: `known` is the network in the document; absent on the first ADD.
 */
export type PoolRequest = {
  readonly network: string;
  readonly ipam: IpamConf;
  readonly known?: Network;
  readonly masterMac?: string;
};

/** Supplied pools. Shape: `nicMac` is the MAC of the NIC with their addresses, if the source has it. */
export type PoolSupply = { readonly pools: Pools; readonly nicMac?: string };

/** Source of pools that the document lacks or that are exhausted. */
export type PoolSource = {
  /**
   * Returns the pools for the document, those of some families alone too; undefined if nothing newer than `known` is available
   * yet (the source was queried moments ago). Called without locks; may take seconds.
   * Law: a failed or empty answer is a Failure, never a smaller pool.
   */
  prepare(request: PoolRequest): Promise<Result<PoolSupply | undefined>>;
};

/** Outcome of a program. Shape: `error` is set if it could not be run. */
export type ProgramOutcome = { readonly exitCode: number; readonly stdout: string; readonly error?: string };

/** Finds and runs other CNI plugins. */
export type Programs = {
  /** Returns the path of the executable in the first folder that has it. */
  find(name: string, folders: readonly string[]): string | undefined;
  /** Runs the program to its end; its stderr goes to ours. */
  run(file: string, env: Environment, stdin: string): ProgramOutcome;
};

/** Serialises concurrent calls that all miss the same network: the first creates it, the others wait. */
export type CreationQueue = {
  /**
   * Resolves to true after another call has finished creating the network; to false at once if this call must
   * create it.
   */
  wait(network: string): Promise<boolean>;
  /** Marks the creation as finished, successful or not. */
  end(network: string): void;
};

/** Ports of one call. */
export type Host = {
  readonly session: Session;
  readonly pools: PoolSource;
  /** Resolves to the port that runs other plugins. Lazy: few calls need it. */
  readonly programs: () => Promise<Programs>;
  /** Where calls record pools that they have read; absent without files. */
  readonly place?: { readonly sys: Sys; readonly runDirectory: string };
  /** Absent if the process serves a single call. */
  readonly turns?: CreationQueue;
  /** Returns true if the path is our own network namespace; false also if it cannot be inspected. */
  readonly isOwnNetns: (path: string) => boolean;
  /** Resolves to why no call can write the document; absent without files. */
  readonly whyNotWritable?: () => Promise<string | undefined>;
  /** Writes a line to stderr, for people; runtimes do not parse it. */
  readonly note: (line: string) => void;
};

/** One decoded call. Shape: `env` is passed unchanged to delegated plugins. */
export type Call = {
  readonly role: Role;
  readonly env: Environment;
  readonly invocation: Invocation;
  readonly netconf: Netconf;
  readonly args: CniArgs;
};
