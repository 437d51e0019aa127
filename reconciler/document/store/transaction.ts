/** Transactions on the document, and their results. Types only. */
import type { Held } from '../../model/addresses/pool.ts';
import type { Result } from '../../model/result.ts';
import type { Edit } from '../edit.ts';
import type { Author, Snapshot } from '../snapshot.ts';

/** The result of a transaction. */
export type Committed<T> = { readonly snapshot: Snapshot | undefined; readonly value: T };

/**
 * Computes an Edit for a document.
 * Shape: `held`, if available, indexes the snapshot; valid during the call only.
 */
export type ChangeOf<T> = (
  snapshot: Snapshot | undefined,
  held?: Held,
) => Result<{ readonly edit: Edit; readonly value: T }>;

/** A change and its author. */
export type Transaction<T> = { readonly author: string | Author; readonly change: ChangeOf<T> };
