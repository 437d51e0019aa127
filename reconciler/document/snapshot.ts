/** Types of store and history: a generation, its author, its changes, and refused edits. */
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import type { Failure, Issue } from '../model/result.ts';

/**
 * The author of a generation.
 * Shape: `who` is a program and its verb (`azure-vnet ADD`, `vnet edit`, `hand edit`).
 */
export type Author = {
  readonly who: string;
  readonly uid?: number;
  readonly login?: string;
  readonly why?: string;
};

/**
 * One changed value.
 * Shape: `path` is `networks.azure.bridge.mtu`, `networks.azure.reservations[default/db-0].address`,
 * `endpoints.azure/<id>/eth0` (a whole endpoint), `released.azure/10.0.0.9` or `metadata.bootId`; `before` is
 * absent for an addition, `after` for a removal.
 */
export type DocumentChange = { readonly path: string; readonly before?: unknown; readonly after?: unknown };

/** One generation, as history lists it. */
export type HistoryRecord = {
  readonly generation: number;
  readonly time: string;
  readonly author: Author;
  readonly changes: readonly DocumentChange[];
};

/** A path changed to different values since the base. Undefined: absent. */
export type Conflict = {
  readonly path: string;
  readonly base: unknown;
  readonly yours: unknown;
  readonly theirs: unknown;
};

/**
 * A hand edit that is not in force.
 * Shape: `file` has its text: the document itself until the next write moves it aside. `base` is the
 * generation it was begun from; undefined if the text does not say. `conflicts` are empty if it is invalid,
 * `issues` if it is valid.
 */
export type RefusedSave = {
  readonly file: string;
  readonly time: string;
  readonly base: number | undefined;
  readonly issues: readonly Issue[];
  readonly conflicts: readonly Conflict[];
};

/**
 * One generation: its exact text and its meaning.
 * Shape: `refused`: a hand edit that is not in force, in the document's file or moved aside; `document` is
 * then the previous generation. `isUnrecorded`: a hand edit is in force, and the next transaction (even an
 * empty one) records it as this generation.
 */
export type Snapshot = {
  readonly text: string;
  readonly document: VnetDocument;
  readonly refused?: RefusedSave;
  readonly isUnrecorded?: boolean;
};

/** Why there is no snapshot: a failed operation, or an invalid document. */
export type Problem = Failure | { readonly kind: 'issues'; readonly issues: readonly Issue[] };

/** The outcome of a submitted text. Shape: `merged` are other changes that were kept. */
export type Submission =
  | { readonly kind: 'taken'; readonly snapshot: Snapshot; readonly merged: readonly DocumentChange[] }
  | { readonly kind: 'unchanged'; readonly snapshot: Snapshot }
  | { readonly kind: 'conflict'; readonly conflicts: readonly Conflict[]; readonly latest: Snapshot };
