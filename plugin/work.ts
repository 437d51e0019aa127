/**
 * A call as a generator: it computes, and yields the effects it needs (a transaction, convergence of an
 * endpoint) instead of performing them. A driver performs them for one call at once, or batches those of
 * many. Pure except for the argument of run().
 */
import { whenLoaded } from '../reconciler/document/library.ts';
import type {
  ChangeOf,
  Committed,
  Problem,
  Snapshot,
  Transaction,
} from '../reconciler/document/store/store.ts';
import type { Session } from '../reconciler/loop/node/session.ts';
import { Bug, ok, type Result } from '../reconciler/model/result.ts';
import type { Endpoint, VnetDocument } from '../schemas/generated/vnet.ts';

/** A transaction. Shape: `settle` receives the result, once. */
export type TransactEffect = {
  readonly kind: 'transact';
  readonly session: Session;
  readonly transaction: Transaction<unknown>;
  readonly settle: (result: Result<Committed<unknown>, Problem>) => void;
};

/**
 * Convergence of one endpoint: the kernel creates or removes it as the document in force says, which may be a later one than `document`.
 * Shape: as TransactEffect; the result is the endpoint, undefined if it is removed.
 */
export type ConvergeEffect = {
  readonly kind: 'converge';
  readonly session: Session;
  readonly document: VnetDocument;
  readonly id: string;
  readonly settle: (result: Result<Endpoint | undefined>) => void;
};

/** Any other effect, of one call alone. */
export type RunEffect = { readonly kind: 'run'; readonly work: () => Promise<void> };

/** An effect of a call. */
export type Effect = TransactEffect | ConvergeEffect | RunEffect;

/** A call in progress: yields effects, returns its result. */
export type Work<T> = Generator<Effect, T, void>;

/** Returns the result of the store's transact(). */
export function* transact<T>(
  session: Session,
  author: string,
  change: ChangeOf<T>,
): Work<Result<Committed<T>, Problem>> {
  const asked: { value?: { readonly given: T } } = {};
  const answered: { result?: Result<Committed<unknown>, Problem> } = {};
  const transaction: Transaction<unknown> = {
    author,
    change: (snapshot, held) => {
      const changed = change(snapshot, held);
      if (changed.ok) asked.value = { given: changed.value.value };
      return changed;
    },
  };
  const settle = (result: Result<Committed<unknown>, Problem>): void => void (answered.result = result);
  yield { kind: 'transact', session, transaction, settle };
  const result = known(answered.result);
  return result.ok ? ok({ snapshot: result.value.snapshot, value: known(asked.value).given }) : result;
}

/** Returns the result of convergeEndpoints() for the endpoint. */
export function* converge(
  session: Session,
  document: VnetDocument,
  id: string,
): Work<Result<Endpoint | undefined>> {
  const answered: { result?: Result<Endpoint | undefined> } = {};
  const settle = (result: Result<Endpoint | undefined>): void => void (answered.result = result);
  yield { kind: 'converge', session, document, id, settle };
  return known(answered.result);
}

/** Returns the result of the store's read(), loading code as needed. */
export function read({ store, library }: Session): Work<Result<Snapshot | undefined, Problem>> {
  return run(() => whenLoaded(library, () => store.read()));
}

/** Returns the value that `work` returns or resolves to. */
export function* run<T>(work: () => T | Promise<T>): Work<T> {
  const answered: { value?: { readonly given: T } } = {};
  yield {
    kind: 'run',
    work: async () => {
      answered.value = { given: await work() };
    },
  };
  return known(answered.value).given;
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Bug('a wait without a result');
  return value;
}
