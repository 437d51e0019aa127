/** The reader and writer of the table of network policies, once it is loaded: with the kinds that few CNI calls need. */
import type { Change } from '../../model/ports/kernel.ts';
import type { Result } from '../../model/result.ts';
import type { NftTableObject } from '../../model/state.ts';
import type { NetlinkRequest } from '../netlink/message.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import type { Sockets } from '../sockets.ts';

/** The writer of the table of network policies. Shape: `nft` runs scripts of nft(8), where it may be run. */
export type PolicyContext = {
  readonly sockets: Sockets;
  readonly nft: { run(script: string): Result<void> } | undefined;
};

/** Reads and changes the table of network policies. */
export interface PolicyEngine {
  /** Returns the requests that change the table as last known, to be part of a transaction; undefined if they need one of their own. */
  requestsOf(want: NftTableObject, have: NftTableObject): readonly NetlinkRequest[] | undefined;
  /** Returns the table; undefined if it does not exist. */
  readPolicyTable(sockets: Sockets): Result<NftTableObject | undefined>;
  /** Ensures the table; `have` as last known. */
  ensurePolicyTable(
    context: PolicyContext,
    want: NftTableObject,
    have?: NftTableObject,
  ): Result<'changed' | 'unchanged'>;
  /** Ensures that no tracked connection of a former pod passes the isolation of a new one with its address, once the changes are made. */
  deleteFormer(socket: NetlinkSocket, changes: readonly Change[]): void;
}

let loaded: PolicyEngine | undefined;

/** Returns the engine; undefined if it is not loaded. */
export function policyEngine(): PolicyEngine | undefined {
  return loaded;
}

/** Ensures that the engine is used from now on. */
export function registerPolicyEngine(engine: PolicyEngine): void {
  loaded = engine;
}
