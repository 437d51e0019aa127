/** The messages of the live page: the whole for each new reader, then the changes. Pure: a reader is a function. */
import { sameValue } from '../../document/edit.ts';
import type { NodeRow, OwnNodeView, RolloutRow } from './view.ts';

/** A message. Shape: `name` and `data` of a server-sent event. */
export type PageMessage =
  | {
      readonly name: 'nodes';
      readonly data: { readonly set: readonly NodeRow[]; readonly gone: readonly string[] };
    }
  | { readonly name: 'rollouts'; readonly data: readonly RolloutRow[] }
  | { readonly name: 'own'; readonly data: OwnNodeView }
  | { readonly name: 'link'; readonly data: { readonly isSynced: boolean; readonly problem: string } };

/** Receives messages in order. */
export type PageReader = (message: PageMessage) => void;

/** Nodes in one message: a browser shows the first ones while the others arrive. */
const MAX_ROWS = 500;

/** The content of the page, and its readers. */
export class PageFeed {
  readonly #readers = new Set<PageReader>();
  readonly #nodes = new Map<string, NodeRow>();
  readonly #rollouts = new Map<string, RolloutRow>();
  #own: OwnNodeView | undefined;
  #link = { isSynced: false, problem: '' };
  #changed = new Set<string>();
  #followed = new AbortController();
  #isRolloutChanged = false;

  /** Adds a reader, which gets the whole at once. Returns the function that removes it. */
  follow(reader: PageReader): () => void {
    reader({ name: 'link', data: this.#link });
    this.#tellNodes([...this.#nodes.values()], [], [reader]);
    reader({ name: 'rollouts', data: this.#rolloutRows() });
    if (this.#own !== undefined) reader({ name: 'own', data: this.#own });
    this.#readers.add(reader);
    this.#followed.abort();
    return () => void this.#readers.delete(reader);
  }

  /** Resolves once there is a reader, or the signal is aborted. */
  untilRead(signal: AbortSignal): Promise<void> {
    if (this.#readers.size > 0 || signal.aborted) return Promise.resolve();
    this.#followed = new AbortController();
    const either = AbortSignal.any([signal, this.#followed.signal]);
    return new Promise((resolve) => either.addEventListener('abort', () => resolve(), { once: true }));
  }

  /** Sets or removes a node; readers get it with the next flush(). */
  node(name: string, row: NodeRow | undefined): void {
    if (sameValue(this.#nodes.get(name), row)) return;
    if (row === undefined) this.#nodes.delete(name);
    else this.#nodes.set(name, row);
    this.#changed.add(name);
  }

  rollout(name: string, row: RolloutRow | undefined): void {
    if (sameValue(this.#rollouts.get(name), row)) return;
    if (row === undefined) this.#rollouts.delete(name);
    else this.#rollouts.set(name, row);
    this.#isRolloutChanged = true;
  }

  own(view: OwnNodeView): void {
    if (sameValue(this.#own, view)) return;
    this.#own = view;
    this.#tell({ name: 'own', data: view });
  }

  link(isSynced: boolean, problem: string): void {
    if (this.#link.isSynced === isSynced && this.#link.problem === problem) return;
    this.#link = { isSynced, problem };
    this.#tell({ name: 'link', data: this.#link });
  }

  /** Sends the changes since the last time to the readers. */
  flush(): void {
    const changed = this.#changed;
    this.#changed = new Set();
    const set = [...changed].flatMap((name) => this.#nodes.get(name) ?? []);
    const gone = [...changed].filter((name) => !this.#nodes.has(name));
    if (changed.size > 0) this.#tellNodes(set, gone, this.#readers);
    if (this.#isRolloutChanged) this.#tell({ name: 'rollouts', data: this.#rolloutRows() });
    this.#isRolloutChanged = false;
  }

  #tellNodes(set: readonly NodeRow[], gone: readonly string[], readers: Iterable<PageReader>): void {
    for (const reader of readers) {
      if (gone.length > 0) reader({ name: 'nodes', data: { set: [], gone } });
      for (let at = 0; at < set.length; at += MAX_ROWS)
        reader({ name: 'nodes', data: { set: set.slice(at, at + MAX_ROWS), gone: [] } });
    }
  }

  #tell(message: PageMessage): void {
    for (const reader of this.#readers) reader(message);
  }

  #rolloutRows(): readonly RolloutRow[] {
    return [...this.#rollouts.values()].toSorted(
      (left, right) => right.created.localeCompare(left.created) || left.name.localeCompare(right.name),
    );
  }
}
