/** What is asked of the document, and what came of it. Types only. */
import type { Held } from '../../model/addresses/pool.ts';
import type { Result } from '../../model/result.ts';
import type { Edit } from '../edit.ts';
import type { Author, Snapshot } from '../snapshot.ts';

/** What a transaction gave. */
export type Committed<T> = { readonly snapshot: Snapshot | undefined; readonly value: T };

/** Asks a document for an Edit. Shape: `held`, where it is known, says who holds what in the snapshot, while it runs. */
export type ChangeOf<T> = (
  snapshot: Snapshot | undefined,
  held?: Held,
) => Result<{ readonly edit: Edit; readonly value: T }>;

/** A change and who makes it. */
export type Transaction<T> = { readonly author: string | Author; readonly change: ChangeOf<T> };
