/** The port between the agent and its node: the agent's reads and changes. */
import type { NodeStatus } from '../../loop/files/status-file.ts';
import type { Result } from '../../model/result.ts';
import type { NodeSpec, RevisionObject } from '../custom-resources.ts';
import type { RevisionAttempt, RevisionRecord } from './attempt.ts';
import type { DefaultNetwork, PoolCounts } from './capacity.ts';
import type { OpenChange } from './decide.ts';
import type { DocumentFields, FieldsChange } from './overlay.ts';
import type { TakenUplink } from './uplinks.ts';

/** The present state of the node. Shape: `document` is undefined before the first ADD; `status` before the first round since the boot. `uplinks` are those taken over. */
export type NodeObservation = {
  readonly document:
    | { readonly generation: number; readonly digest: string; readonly fields: DocumentFields }
    | undefined;
  readonly status: NodeStatus | undefined;
  readonly bootId: string;
  readonly pools: readonly PoolCounts[];
  readonly defaultNetwork: DefaultNetwork | undefined;
  readonly uplinks: readonly TakenUplink[];
  readonly open: OpenChange | undefined;
};

/** The revision that the node should get, and how. Shape: `specGeneration` is that of the NodeNetwork. */
export type RevisionRequest = {
  readonly revision: RevisionObject;
  readonly spec: NodeSpec;
  readonly specGeneration: number;
  readonly record: RevisionRecord;
};

/** A node as the agent uses it. */
export interface AgentNode {
  /** Rehearses an apply, so that the first revision finds the code loaded and compiled. Changes nothing on the node. */
  warmUp(): Promise<void>;
  /** Returns the present state of the node. Errors: the document cannot be read. */
  observe(): Result<NodeObservation>;
  /** Returns the record of revisions. Errors: it cannot be read. */
  record(): Result<RevisionRecord>;
  /** Ensures that the record is on disk. */
  keep(record: RevisionRecord): Result<void>;
  /** Applies a revision in its confirm window. Errors: nothing was changed, and a later attempt may succeed. */
  apply(request: RevisionRequest): Promise<Result<RevisionAttempt>>;
  /** Ends the window and keeps the change, if the node matches its document. Errors: not yet, or too late. */
  confirm(attempt: RevisionAttempt): Promise<Result<RevisionAttempt>>;
  /** Rolls the unconfirmed change back. */
  withdraw(attempt: RevisionAttempt): Promise<Result<RevisionAttempt>>;
  /** Ensures the change of the document, without a window. Errors: another change is unconfirmed; it is invalid, or would interrupt pods. */
  change(change: FieldsChange): Promise<Result<void>>;
  /** Returns how the window of the attempt ended, which the document shows. */
  ended(attempt: RevisionAttempt): Result<RevisionAttempt>;
}
