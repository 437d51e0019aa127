/** The environment of the contract suite. */
import type { Change, Kernel } from '../../../reconciler/model/ports/kernel.ts';
import type { NetnsPath } from '../../../reconciler/model/state.ts';

/**
 * A node for one test, with a NIC `eth0` that is up, and control over its environment.
 * Shape: `tamper` is another program's ip or nft command; it throws if that fails.
 */
export type Testbed = {
  readonly kernel: Kernel;
  addNamespace(): NetnsPath;
  inodeOf(path: NetnsPath): number;
  removeNamespace(path: NetnsPath): void;
  tamper(change: Change): void;
  close(): void;
};

/** Returns the testbed of the running test. */
export type CurrentTestbed = () => Testbed;
