/**
 * A call as work: it thinks, and names what it needs done (a transaction, the kernel brought to follow) instead of doing it.
 * Whoever drives it does that for one call at once, or for many calls together. Pure but for what run() is given.
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
import type { VnetDocument } from '../schemas/generated/vnet.ts';

/** A transaction that a call waits for. Shape: `settle` is told the result, once. */
export type TransactEffect = {
  readonly kind: 'transact';
  readonly world: Session;
  readonly transaction: Transaction<unknown>;
  readonly settle: (result: Result<Committed<unknown>, Problem>) => void;
};

/** An endpoint that the kernel is to hold as the document says, or to let go of. Shape: as TransactEffect. */
export type ConvergeEffect = {
  readonly kind: 'converge';
  readonly world: Session;
  readonly document: VnetDocument;
  readonly id: string;
  readonly settle: (result: Result<void>) => void;
};

/** Anything else, of one call alone. */
export type RunEffect = { readonly kind: 'run'; readonly work: () => Promise<void> };

/** What a call waits for. */
export type Effect = TransactEffect | ConvergeEffect | RunEffect;

/** A call that is being worked on: yields what it waits for, returns what came of it. */
export type Work<T> = Generator<Effect, T, void>;

/** Returns what the store's transact() returns. */
export function* transact<T>(
  world: Session,
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
  yield { kind: 'transact', world, transaction, settle };
  const result = known(answered.result);
  return result.ok ? ok({ snapshot: result.value.snapshot, value: known(asked.value).given }) : result;
}

/** Returns what convergeEndpoints() says of the endpoint. */
export function* converge(world: Session, document: VnetDocument, id: string): Work<Result<void>> {
  const answered: { result?: Result<void> } = {};
  const settle = (result: Result<void>): void => void (answered.result = result);
  yield { kind: 'converge', world, document, id, settle };
  return known(answered.result);
}

/** Returns what the store's read() returns, with the code loaded that it needs. */
export function read({ store, library }: Session): Work<Result<Snapshot | undefined, Problem>> {
  return run(() => whenLoaded(library, () => store.read()));
}

/** Returns what `work` returns or resolves to. */
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
