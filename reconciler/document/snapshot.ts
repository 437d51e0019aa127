/** What the store and its history speak of: a generation, who made it, what it changed, and what was not taken. Types only. */
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import type { Failure, Issue } from '../model/result.ts';

/** Who made a generation. Shape: `who` is a program and its verb (`azure-vnet ADD`, `vnet edit`, `hand edit`). */
export type Author = {
  readonly who: string;
  readonly uid?: number;
  readonly login?: string;
  readonly why?: string;
};

/**
 * One thing that is not as it was.
 * Shape: `path` is `networks.azure.bridge.mtu`, `networks.azure.reservations[default/db-0].address`,
 * `endpoints.azure/<id>/eth0` (a whole endpoint), `released.azure/10.0.0.9` or `metadata.bootId`; `before` is absent for
 * what is new, `after` for what is gone.
 */
export type DocumentChange = { readonly path: string; readonly before?: unknown; readonly after?: unknown };

/** One generation, as history lists it. */
export type HistoryRecord = {
  readonly generation: number;
  readonly time: string;
  readonly author: Author;
  readonly changes: readonly DocumentChange[];
};

/** The same path, changed in two ways since the base. An undefined value: not there. */
export type Conflict = {
  readonly path: string;
  readonly base: unknown;
  readonly yours: unknown;
  readonly theirs: unknown;
};

/**
 * A hand edit that is not in force.
 * Shape: `file` has its text: the document itself until the next write puts it aside. `base` is the generation it began
 * from, undefined where the text does not say. `conflicts` are empty when it is not valid, `issues` when it is.
 */
export type RefusedSave = {
  readonly file: string;
  readonly time: string;
  readonly base: number | undefined;
  readonly issues: readonly Issue[];
  readonly conflicts: readonly Conflict[];
};

/**
 * One generation of the document: its exact text and what it means.
 * Shape: `refused`: a hand edit on disk or put aside that is not in force; `document` is then the last good generation.
 * `isUnrecorded`: a hand edit is in force that the next transaction, an empty one too, writes down as this generation.
 */
export type Snapshot = {
  readonly text: string;
  readonly document: VnetDocument;
  readonly refused?: RefusedSave;
  readonly isUnrecorded?: boolean;
};

/** Why there is no snapshot: the world refused, or the document is not valid. */
export type Problem = Failure | { readonly kind: 'issues'; readonly issues: readonly Issue[] };

/** What came of a text that was submitted. Shape: `merged` are the changes of others that were kept. */
export type Submission =
  | { readonly kind: 'taken'; readonly snapshot: Snapshot; readonly merged: readonly DocumentChange[] }
  | { readonly kind: 'unchanged'; readonly snapshot: Snapshot }
  | { readonly kind: 'conflict'; readonly conflicts: readonly Conflict[]; readonly latest: Snapshot };
