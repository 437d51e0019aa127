/** The agent's node on this machine: its document, its confirm window, its kernel. */
import type { NodePlace } from '../../app/kernel/access.ts';
import { openNode, openRoundSession } from '../../app/node.ts';
import { journalOf } from '../../document/history/journal.ts';
import { defaultNetworkName } from '../../cni/conflist.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { rootOf } from '../../app/paths.ts';
import { openRoundContext } from '../../app/round-context.ts';
import { createTentativeStore } from '../../app/tentative-store.ts';
import type { ApplyHooks } from '../../loop/change/apply.ts';
import { expireLocked } from '../../loop/change/expire-tentative.ts';
import { rollBackChange } from '../../loop/change/rollback.ts';
import type { Tentative, TentativeStore } from '../../loop/change/tentative.ts';
import { readStatus } from '../../loop/files/status-file.ts';
import { answeredBy } from '../../loop/report/node-findings.ts';
import { previewRound } from '../../loop/round/preview.ts';
import type { Node, Session } from '../../loop/node/session.ts';
import { err, fail, failure, type Failure, ok, type Result } from '../../model/result.ts';
import type { AgentNode, NodeObservation } from './agent-node.ts';
import { applyFields } from './pod-cidrs/apply-fields.ts';
import { type ApplyParts, applyRevision, asFailure, REVISION_AUTHOR } from './apply-revision.ts';
import { NO_RECORD, readRevisionRecord, type RevisionAttempt, writeRevisionRecord } from './attempt.ts';
import { countPools, defaultNetworkOf, type PassedOver } from './capacity.ts';
import { fieldsDigest } from './digest.ts';
import { editedFields, type FieldsChange, handEditedFields } from './overlay.ts';
import { rehearseApply } from './rehearsal.ts';
import { takenUplinks } from './uplinks.ts';
import { scopeOf } from '../../model/scope.ts';

/** The scope of the node's own addresses. */
const OWN_ADDRESSES = scopeOf({ own: true });

/** Time to wait for another apply, confirm or revert. Units: milliseconds. */
const LOCK_TIMEOUT_MS = 20_000;

/** The place of the node, and the parts of an apply that only the command line has. */
export type LocalNodeParts = {
  readonly place: NodePlace;
  readonly warn: (text: string) => void;
  /** Ensures that a confirm window ends without the agent. */
  readonly arm: ApplyHooks['arm'];
  readonly isStopped: () => boolean;
};

/** Returns the node with a function that closes it. Errors: `not-found`: no boot id. */
export async function openLocalNode(parts: LocalNodeParts): Promise<Result<AgentNode & { close(): void }>> {
  const reader = await openNode(parts.place);
  return reader.ok ? ok(new LocalNode(parts, reader.value)) : reader;
}

class LocalNode implements AgentNode {
  readonly #parts: LocalNodeParts;
  readonly #reader: Node & { close(): void };
  readonly #tentativeStore: TentativeStore;
  #last: { readonly files: string; readonly seen: NodeObservation } | undefined;

  constructor(parts: LocalNodeParts, reader: Node & { close(): void }) {
    const { place, warn } = parts;
    this.#parts = parts;
    this.#reader = reader;
    this.#tentativeStore = createTentativeStore(place.sys, place.paths, 'vnet agent', warn);
  }

  close(): void {
    this.#reader.close();
  }

  async warmUp(): Promise<void> {
    await rehearseApply(this.#parts.place);
  }

  observe(): Result<NodeObservation> {
    const files = this.#files();
    if (this.#last !== undefined && this.#last.files === files) return ok(this.#last.seen);
    const seen = this.#observeNow();
    this.#last = undefined;
    // Quarantine ends by time alone.
    const isResting = seen.ok && seen.value.pools.some(({ resting }) => resting > 0);
    if (seen.ok && !isResting) this.#last = { files, seen: seen.value };
    return seen;
  }

  /** Changes with each of the files that an observation depends on: an idle agent only asks for their times. */
  #files(): string {
    const { sys, paths } = this.#parts.place;
    const { document, stateDirectory, runDirectory } = paths;
    const names = [
      document,
      journalOf(document),
      `${stateDirectory}/tentative.json`,
      `${runDirectory}/status.json`,
      this.#cniFolder(),
    ];
    return names.map((name) => stampOf(sys, name)).join(' ');
  }

  #cniFolder(): string {
    return `${rootOf(this.#parts.place.paths)}/etc/cni/net.d`;
  }

  #observeNow(): Result<NodeObservation> {
    const { sys, paths } = this.#parts.place;
    const { store, now, bootId } = this.#reader;
    const read = store.read();
    if (!read.ok) return err(asFailure(read.error));
    const open = this.#tentativeStore.read();
    if (!open.ok) return open;
    const document = read.value?.document;
    const fields = document === undefined ? {} : handEditedFields(document);
    const { generation = 0 } = document?.metadata ?? {};
    const pools = document === undefined ? [] : countPools(document, now(), this.#passedOver());
    return ok({
      document: document === undefined ? undefined : { generation, digest: fieldsDigest(fields), fields },
      status: readStatus(sys, paths.runDirectory),
      bootId,
      pools,
      defaultNetwork: document && defaultNetworkOf(document, pools, defaultNetworkName(this.#cniFolder())),
      uplinks: document === undefined ? [] : takenUplinks(document),
      open:
        open.value === undefined
          ? undefined
          : { revision: revisionOf(open.value), by: open.value.author.who },
    });
  }

  /** As ADD does; addresses that cannot be read hold up no report. */
  #passedOver(): PassedOver {
    const seen = this.#reader.kernel.observe(OWN_ADDRESSES);
    return {
      own: seen.ok ? seen.value.own : undefined,
      answered: (network) => answeredBy(this.#reader, network),
    };
  }

  record(): ReturnType<AgentNode['record']> {
    const { sys, paths } = this.#parts.place;
    const record = readRevisionRecord(sys, paths.stateDirectory);
    return record.ok ? ok(record.value ?? NO_RECORD) : record;
  }

  keep(record: Parameters<AgentNode['keep']>[0]): Result<void> {
    const { sys, paths } = this.#parts.place;
    return writeRevisionRecord(sys, paths.stateDirectory, record);
  }

  apply(request: Parameters<AgentNode['apply']>[0]): Promise<Result<RevisionAttempt>> {
    return this.#locked((session) => applyRevision(this.#partsOf(session), request));
  }

  change(change: FieldsChange): Promise<Result<void>> {
    return this.#locked((session) => applyFields(this.#partsOf(session), change));
  }

  #partsOf(session: Session): ApplyParts {
    const { place, arm, isStopped } = this.#parts;
    const hooks: ApplyHooks = {
      wait: (durationMs) => new Promise((resolve) => void setTimeout(resolve, durationMs)),
      isInterrupted: isStopped,
      arm,
      tell: () => undefined,
    };
    const { record } = openRoundContext({ sys: place.sys, paths: place.paths, store: session.store });
    const tentativeStore = this.#tentativeStore;
    return { sys: place.sys, documentPath: place.paths.document, session, tentativeStore, hooks, record };
  }

  confirm(attempt: RevisionAttempt): Promise<Result<RevisionAttempt>> {
    return this.#locked(async (session) => {
      const late = expireLocked(session, this.#tentativeStore);
      if (!late.ok) return err(asFailure(late.error));
      const open = this.#openOf(attempt);
      if (!open.ok) return open;
      const matching = previewRound(session, { limit: 'node-outage' });
      if (!matching.ok) return err(asFailure(matching.error));
      const [step] = matching.value?.plan.steps ?? [];
      if (step !== undefined) return err(mismatch(attempt, step.key));
      const cleared = this.#tentativeStore.clear();
      if (!cleared.ok) return cleared;
      const message = `revision ${attempt.revision} is confirmed over a new connection`;
      return ok({ ...attempt, state: 'confirmed', reason: 'Confirmed', message });
    });
  }

  withdraw(attempt: RevisionAttempt): Promise<Result<RevisionAttempt>> {
    return this.#locked(async (session) => {
      const open = this.#openOf(attempt);
      if (!open.ok) return open;
      const why = 'the cluster wants another revision';
      const back = rollBackChange(session, this.#tentativeStore, open.value, why);
      if (!back.ok) return err(asFailure(back.error));
      return ok({ ...attempt, state: 'rolled-back', reason: 'Withdrawn', message: why });
    });
  }

  ended(attempt: RevisionAttempt): Result<RevisionAttempt> {
    const seen = this.observe();
    if (!seen.ok) return seen;
    const kept = new Set(attempt.localEdits);
    const differing = editedFields(seen.value.document?.fields ?? {}, attempt.fields);
    if (differing.every((path) => kept.has(path))) {
      const message = `revision ${attempt.revision} was confirmed on the node`;
      return ok({ ...attempt, state: 'confirmed', reason: 'ConfirmedByHand', message });
    }
    const message = `revision ${attempt.revision} was not confirmed in time; the node has its previous configuration`;
    return ok({ ...attempt, state: 'rolled-back', reason: 'RolledBack', message });
  }

  #openOf(attempt: RevisionAttempt): Result<Tentative> {
    const open = this.#tentativeStore.read();
    if (!open.ok) return open;
    if (open.value !== undefined && revisionOf(open.value) === attempt.revision) return ok(open.value);
    return fail('not-found', `confirm revision ${attempt.revision}`, 'its window is over');
  }

  /** Opens a session for one change; other applies, confirms and reverts wait meanwhile. */
  async #locked<T>(work: (session: Session) => Promise<Result<T>>): Promise<Result<T>> {
    const session = await openRoundSession(this.#parts.place, { who: 'vnet agent' });
    if (!session.ok) return session;
    try {
      const locked = this.#tentativeStore.lock(LOCK_TIMEOUT_MS);
      if (!locked.ok) return locked;
      try {
        return await work(session.value);
      } finally {
        locked.value();
      }
    } finally {
      session.value.kernel.close();
    }
  }
}

/** Returns a text that another one replaces when the file changes. */
function stampOf(sys: Sys, path: string): string {
  const status = sys.stat(path);
  if (typeof status === 'number') return '-';
  const { inode, size, mtimeSeconds, mtimeNanoseconds } = status;
  return `${inode}:${size}:${mtimeSeconds}.${mtimeNanoseconds}`;
}

function revisionOf({ author: { who } }: Tentative): string | undefined {
  return who.startsWith(REVISION_AUTHOR) ? who.slice(REVISION_AUTHOR.length) : undefined;
}

function mismatch({ revision }: RevisionAttempt, key: string): Failure {
  const hint = 'The agent tries again until the deadline; then the node rolls back.';
  return failure('busy', `confirm revision ${revision}`, `${key} does not match the document`, { hint });
}
