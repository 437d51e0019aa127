/** The one store of the node's network state: the document on disk, read without a lock, changed under one. */
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import type { Part } from '../model/part.ts';
import type { Failure, Issue, Result } from '../model/result.ts';
import { err, failure, ok } from '../model/result.ts';
import type { Sys } from '../model/sys.ts';
import { staysValid } from './check-change.ts';
import { applyEdit, type Edit, type EffectiveEdit, effectiveEdit, sameValue } from './edit.ts';
import { readPath, replaceCache, replaceFile } from './file.ts';
import { decodeHead, encodeHead, type KnownHead, learnHead, readFast } from './head.ts';
import type { Layout } from './layout.ts';
import { holdLock, LOCK_TIMEOUT_MS, steadyNow } from './lock.ts';
import type { Reading, SlowPath } from './slow-path.ts';
import { hasEntries, spliceEdit } from './splice.ts';

export type { Edit } from './edit.ts';

/** Where things are. The lock is <runDirectory>/document.lock, the head cache <runDirectory>/head.json. */
export type StorePaths = { readonly document: string; readonly runDirectory: string };

/** One generation of the document: its exact text and what it means. */
export type Snapshot = { readonly text: string; readonly document: VnetDocument };

/** Why there is no snapshot: the world refused, or the document is not valid. */
export type Problem = Failure | { readonly kind: 'issues'; readonly issues: readonly Issue[] };

/** The document as the loop and the plugin use it. */
export interface Store {
  /** Returns the document as it is now, without a lock and without writing; undefined when there is none yet. */
  read(): Result<Snapshot | undefined, Problem>;
  /**
   * Locks, reads, asks `change` for an Edit, writes it, unlocks; returns the new snapshot and what `change` returned.
   * `change` sees undefined when there is no document; an Edit then creates one. Kernel work must not be done inside.
   * Errors: what `change` returned; `timeout` when the lock could not be had (names the holder); `invalid` when the
   * Edit would make the document invalid (nothing is written); issues when the document is not valid.
   */
  transact<T>(
    who: string,
    change: (snapshot: Snapshot | undefined) => Result<{ readonly edit: Edit; readonly value: T }>,
  ): Result<{ readonly snapshot: Snapshot | undefined; readonly value: T }, Problem>;
}

/** Units: milliseconds. `now` is a clock that does not go back, from the epoch; `slow` is asked for when needed. */
export type StoreOptions = {
  readonly slow: Part<SlowPath>;
  readonly lockTimeoutMs?: number;
  readonly now?: () => number;
};

/** Returns the Store of the document at `paths`; `node` is written into a document that it has to create. */
export function createStore(sys: Sys, paths: StorePaths, node: string, options: StoreOptions): Store {
  return new FileStore(sys, paths, node, {
    slow: options.slow,
    lockTimeoutMs: options.lockTimeoutMs ?? LOCK_TIMEOUT_MS,
    now: options.now ?? steadyNow,
  });
}

/** A text that was read or is to be written. Shape: `head` is what is known of it; `learned` when that is new. */
type Version = Reading & {
  readonly text: string;
  readonly head: KnownHead | undefined;
  readonly learned: boolean;
};

class FileStore implements Store {
  readonly #sys: Sys;
  readonly #paths: StorePaths;
  readonly #node: string;
  readonly #options: Required<StoreOptions>;
  /** The text that this process wrote last: valid, so it need not be checked again. */
  #written: string | undefined;

  constructor(sys: Sys, paths: StorePaths, node: string, options: Required<StoreOptions>) {
    this.#sys = sys;
    this.#paths = paths;
    this.#node = node;
    this.#options = options;
  }

  read(): Result<Snapshot | undefined, Problem> {
    const version = this.#load();
    return version.ok ? ok(snapshotOf(version.value)) : version;
  }

  transact<T>(
    who: string,
    change: (snapshot: Snapshot | undefined) => Result<{ readonly edit: Edit; readonly value: T }>,
  ): Result<{ readonly snapshot: Snapshot | undefined; readonly value: T }, Problem> {
    const { lockTimeoutMs: timeoutMs, now } = this.#options;
    const path = `${this.#paths.runDirectory}/document.lock`;
    return holdLock(this.#sys, { path, mode: 'exclusive', who, timeoutMs, now }, () => {
      const before = this.#load();
      if (!before.ok) return before;
      const changed = change(snapshotOf(before.value));
      if (!changed.ok) return changed;
      const { edit, value } = changed.value;
      const after = this.#commit(before.value, edit);
      return after.ok ? ok({ snapshot: snapshotOf(after.value), value }) : after;
    });
  }

  #load(): Result<Version | undefined, Problem> {
    const { document } = this.#paths;
    const bytes = readPath(this.#sys, document);
    if (!bytes.ok) return bytes;
    if (bytes.value === undefined) return ok(undefined);
    const text = decodeUtf8(bytes.value);
    if (text === undefined) return err({ kind: 'issues', issues: [notUtf8(document)] });
    const head = this.#knownHead();
    const version = this.#interpret(text, head);
    return version.ok ? version : err({ kind: 'issues', issues: version.error });
  }

  /** Understands the text: by the known head and the scanner, else by the slow path. */
  #interpret(text: string, head: KnownHead | undefined): Result<Version, readonly Issue[]> {
    const fast = head === undefined ? undefined : readFast(text, head, text === this.#written);
    if (fast !== undefined) return ok({ ...fast, text, head, learned: false });
    const slow = this.#options.slow().read(text, this.#paths.document);
    if (!slow.ok) return slow;
    return ok({ ...slow.value, text, head: learnHead(text, slow.value), learned: true });
  }

  #commit(before: Version | undefined, edit: Edit): Result<Version | undefined, Problem> {
    if (before === undefined && isEmpty(edit)) return ok(undefined);
    const base = before ?? this.#newDocument(edit);
    if (!('text' in base)) return err(base);
    const effective = effectiveEdit(base.document, edit) ?? (before === undefined ? FIRST_EDIT : undefined);
    if (effective === undefined) {
      this.#remember(base);
      return ok(before);
    }
    const after = this.#edited(base, effective);
    if (!after.ok) return after;
    const written = replaceFile(this.#sys, this.#paths.document, new TextEncoder().encode(after.value.text));
    if (!written.ok) return written;
    this.#written = after.value.text;
    this.#remember({ ...after.value, learned: after.value.learned || base.learned });
    return after;
  }

  /** The document before its first Edit: generation 0, never written. */
  #newDocument(edit: Edit): Version | Failure {
    const networks = Object.fromEntries(
      Array.from(edit.networks ?? []).flatMap(([name, network]) =>
        network === undefined ? [] : [[name, network]],
      ),
    );
    const text = this.#options.slow().create({ node: this.#node, bootId: edit.bootId, networks });
    const version = this.#interpret(text, undefined);
    return version.ok ? version.value : invalidEdit(version.error);
  }

  /** Returns the edited document: as text where that says what it should, else rewritten by the YAML library. */
  #edited(base: Version, edit: EffectiveEdit): Result<Version> {
    const quick = spliceQuickly(base, edit);
    if (quick !== undefined) return ok(quick);
    const { slow } = this.#options;
    const layout = changesHead(edit) ? this.#layoutOf(base) : base.layout;
    const texts = [
      () => (layout === undefined ? undefined : spliceAll(base.text, layout, edit, slow())),
      () => slow().rewrite(base.text, edit),
    ];
    let refused: Failure | undefined;
    for (const render of texts) {
      const text = render();
      if (text === undefined) continue;
      const after = this.#interpret(text, base.head);
      if (after.ok && isAsWanted(base, after.value, edit)) return after;
      refused ??= after.ok ? undefined : invalidEdit(after.error);
    }
    const message = 'the document is in a form that can not be changed';
    const hint = 'write its endpoints as a block of lines, as in the sample vnet.yaml';
    return err(refused ?? failure('unsupported', 'change the document', message, { hint }));
  }

  /** A known head does not say where its bootId is. */
  #layoutOf({ text }: Version): Layout | undefined {
    const reading = this.#options.slow().read(text, this.#paths.document);
    return reading.ok ? reading.value.layout : undefined;
  }

  #knownHead(): KnownHead | undefined {
    const bytes = readPath(this.#sys, this.#cachePath());
    return bytes.ok && bytes.value !== undefined ? decodeHead(bytes.value) : undefined;
  }

  #remember({ head, learned }: Version): void {
    if (learned && head !== undefined) replaceCache(this.#sys, this.#cachePath(), encodeHead(head));
  }

  #cachePath(): string {
    return `${this.#paths.runDirectory}/head.json`;
  }
}

/** What a new document is written with when nothing but its networks is asked for. */
const FIRST_EDIT: EffectiveEdit = {
  endpoints: new Map(),
  released: new Map(),
  networks: new Map(),
  bootId: undefined,
  generation: 1,
};

function changesHead({ bootId, networks }: EffectiveEdit): boolean {
  return bootId !== undefined || networks.size > 0;
}

function spliceAll(text: string, layout: Layout, edit: EffectiveEdit, slow: SlowPath): string {
  const spliced = spliceEdit(text, layout, edit);
  return edit.networks.size === 0 ? spliced : slow.rewriteNetworks(spliced, edit);
}

/**
 * Returns the edited document without reading it again, or undefined: then it is done with all care.
 * Behind a known head, a text whose new entries say what they should says all that it should.
 */
function spliceQuickly(base: Version, edit: EffectiveEdit): Version | undefined {
  if (base.learned || base.layout === undefined || changesHead(edit)) return undefined;
  const text = spliceEdit(base.text, base.layout, edit);
  const document = applyEdit(base.document, edit);
  if (!hasEntries(text, edit) || !staysValid(document, edit)) return undefined;
  return { ...base, text, document, layout: undefined };
}

function isAsWanted(before: Version, after: Version, edit: EffectiveEdit): boolean {
  return sameValue(withSections(after.document), withSections(applyEdit(before.document, edit)));
}

/** Sections without entries may be there or not. */

function withSections(document: VnetDocument): VnetDocument {
  return { endpoints: {}, released: {}, ...document };
}

function snapshotOf(version: Version | undefined): Snapshot | undefined {
  return version === undefined ? undefined : { text: version.text, document: version.document };
}

function isEmpty({ endpoints, released, networks, bootId }: Edit): boolean {
  const maps: readonly (ReadonlyMap<string, unknown> | undefined)[] = [endpoints, released, networks];
  const values = maps.flatMap((map) => Array.from(map?.values() ?? []));
  return values.every((value) => value === undefined) && bootId === undefined;
}

/** Returns the text, a byte order mark included, or undefined: what is not UTF-8 could not be written back. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function notUtf8(file: string): Issue {
  const message = 'the document is not UTF-8 text';
  return {
    kind: 'issue',
    code: 'not-utf-8',
    file,
    path: '',
    line: 1,
    column: 1,
    message,
    hint: 'save it as UTF-8',
  };
}

function invalidEdit(issues: readonly Issue[]): Failure {
  const all = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
  const hint = 'nothing was written; the change itself must be corrected';
  return failure('invalid', 'change the document', `the change would make it invalid: ${all}`, { hint });
}
