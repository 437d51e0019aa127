/**
 * The document in memory: the rules of the real store (validation, generations, empty edits), without files.
 */
import { withMovedEndpoints } from '../../reconciler/model/modes/mode-change.ts';
import { checkEndpoints } from '../../reconciler/document/check/endpoints.ts';
import { checkNetworks } from '../../reconciler/document/check/networks.ts';
import { applyEdit, effectiveEdit } from '../../reconciler/document/edit.ts';
import { renderPath } from '../../reconciler/document/check/finding.ts';
import { readDocument } from '../../reconciler/document/yaml/read.ts';
import type { Author, Problem, Snapshot, Store, Submission } from '../../reconciler/document/store/store.ts';
import { validateDocument } from '../../reconciler/document/check/validate.ts';
import { err, failure, ok, type Result } from '../../reconciler/model/result.ts';
import type { VnetDocument } from '../../schemas/generated/vnet.ts';

/** A Store that a test can inspect. */
export type MemoryStore = Store & {
  /** Returns the present document. */
  readonly document: () => VnetDocument | undefined;
  /** Replaces the document, like an administrator's editor. */
  readonly replace: (document: VnetDocument | undefined) => void;
  /** The number of edits written. */
  readonly writes: () => number;
};

/**
 * Returns a store with this document; `node` is the node name of a new one. An edit that would make it
 * invalid fails.
 */
export function createMemoryStore(initial: VnetDocument | undefined, node: string): MemoryStore {
  let current = initial;
  let writes = 0;
  const snapshot = (): Snapshot | undefined =>
    current === undefined ? undefined : { text: JSON.stringify(current, undefined, 2), document: current };
  const store: MemoryStore = {
    document: () => current,
    replace: (document) => {
      current = document;
    },
    writes: () => writes,
    read: () => ok(snapshot()),
    readByMarks: () => ok(snapshot()),
    submit: (_author: Author, text: string): Result<Submission, Problem> => {
      const read = readDocument(text, 'vnet.yaml');
      if (!read.ok) return err({ kind: 'issues', issues: read.error });
      const { metadata } = read.value;
      const generation = (current?.metadata.generation ?? 0) + 1;
      const moved = withMovedEndpoints(read.value, current ?? read.value);
      current = { ...moved, metadata: { ...metadata, generation } };
      writes += 1;
      return ok({ kind: 'taken', snapshot: { text, document: current }, merged: [] });
    },
    discard: () => ok(undefined),
    transact: (_who, change) => {
      const changed = change(snapshot());
      if (!changed.ok) return changed;
      const { edit, value } = changed.value;
      const isEmpty = [edit.endpoints, edit.networks, edit.released].every((map) => (map?.size ?? 0) === 0);
      if (current === undefined && isEmpty) return ok({ snapshot: undefined, value });
      const base = current ?? emptyDocument(node);
      const effective = effectiveEdit(base, edit);
      if (effective === undefined) return ok({ snapshot: snapshot(), value });
      const next = applyEdit(base, effective);
      const wrong = problemsOf(next);
      if (wrong.length > 0) return err(failure('invalid', 'write the document', wrong.join('; ')));
      current = next;
      writes += 1;
      return ok({ snapshot: snapshot(), value });
    },
    transactAll: (transactions) => transactions.map(({ author, change }) => store.transact(author, change)),
  };
  return store;
}

function emptyDocument(node: string): VnetDocument {
  return {
    apiVersion: 'vnet.azure/v2',
    kind: 'NodeNetwork',
    metadata: { node, generation: 0 },
    networks: {},
  };
}

function problemsOf(document: VnetDocument): readonly string[] {
  const valid = validateDocument(document);
  const findings = valid.ok ? [...checkNetworks(document), ...checkEndpoints(document)] : valid.error;
  return findings.map((finding) => `${renderPath(finding.place.path)}: ${finding.message}`);
}
