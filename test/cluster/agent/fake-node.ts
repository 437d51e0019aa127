/** A node without kernel and files: its document is a value, its windows are by the clock of the test. */
import type { AgentNode, NodeObservation } from '../../../reconciler/cluster/agent/agent-node.ts';
import {
  NO_RECORD,
  type RevisionAttempt,
  type RevisionRecord,
} from '../../../reconciler/cluster/agent/attempt.ts';
import { fieldsDigest } from '../../../reconciler/cluster/agent/digest.ts';
import {
  type DocumentFields,
  editedFields,
  overlayRevision,
} from '../../../reconciler/cluster/agent/overlay.ts';
import type { ApiClock } from '../../../reconciler/cluster/api/transport.ts';
import type { TakenUplink } from '../../../reconciler/cluster/agent/uplinks.ts';
import type { Condition } from '../../../reconciler/loop/files/status-file.ts';
import { err, failure, ok, type Result } from '../../../reconciler/model/result.ts';

export class FakeNode implements AgentNode {
  fields: DocumentFields;
  generation = 1;
  /** The behaviour of the kernel: it `refuses` the plan, does not match (`fails`), or is `fine`. */
  behaviour: 'fine' | 'refuses' | 'fails' | 'cut-off' = 'fine';
  used = 3;
  uplinks: readonly TakenUplink[] = [];
  conditions: readonly Pick<Condition, 'type' | 'status'>[] = [{ type: 'Ready', status: true }];
  applied = 0;
  kept: RevisionRecord = NO_RECORD;
  readonly #clock: ApiClock;
  #open: { readonly revision: string; readonly back: DocumentFields; readonly untilMs: number } | undefined;

  constructor(clock: ApiClock, fields: DocumentFields) {
    this.#clock = clock;
    this.fields = fields;
  }

  async warmUp(): Promise<void> {}

  observe(): Result<NodeObservation> {
    this.#expire();
    const conditions = this.conditions.map((condition) => ({
      ...condition,
      reason: 'Test',
      message: 'test',
      since: '2026-11-30T00:00:00Z',
    }));
    const time = '2026-11-30T00:00:00Z';
    const rounds = { observedGeneration: 1, convergedGeneration: 1, objects: [], conditions, time };
    const pool = { network: 'azure', family: 'ipv4', capacity: 30, resting: 0 } as const;
    return ok({
      document: { generation: this.generation, digest: fieldsDigest(this.fields), fields: this.fields },
      status: { format: 'vnet.status/1', ...rounds },
      bootId: 'boot-1',
      pools: [{ ...pool, used: this.used, free: 30 - this.used }],
      defaultNetwork: { name: 'azure', mostPods: 1022 },
      uplinks: this.uplinks,
      open: this.#open === undefined ? undefined : { revision: this.#open.revision, by: 'kubernetes:x' },
    });
  }

  record(): Result<RevisionRecord> {
    return ok(this.kept);
  }

  keep(record: RevisionRecord): Result<void> {
    this.kept = record;
    return ok(undefined);
  }

  async apply(request: Parameters<AgentNode['apply']>[0]): Promise<Result<RevisionAttempt>> {
    // As the second check of an apply.
    await this.#clock.sleep(1000);
    this.applied += 1;
    const { revision, spec, specGeneration, record } = request;
    const wanted = revision.spec.document;
    const { name } = revision.metadata;
    const previous = record.confirmed?.fields ?? {};
    const { fields, localEdits } = overlayRevision(this.fields, {
      wanted,
      previous,
      isOverwriting: spec.overwrite === true,
    });
    const attempt = {
      revision: name,
      specGeneration,
      digest: fieldsDigest(wanted),
      localEdits,
      fields: wanted,
    };
    if (this.behaviour === 'refuses')
      return ok({ ...attempt, state: 'refused', reason: 'Refused', message: 'exceeds hitless' });
    if (this.behaviour === 'fails')
      return ok({
        ...attempt,
        state: 'rolled-back',
        reason: 'RolledBack',
        message: 'the kernel did not match',
      });
    const untilMs = this.#clock.nowMs() + (spec.confirmWithinSeconds ?? 120) * 1000;
    this.#open = { revision: name, back: this.fields, untilMs };
    this.fields = fields;
    this.generation += 1;
    return ok({ ...attempt, state: 'open', reason: 'Applied', message: 'applied' });
  }

  async confirm(attempt: RevisionAttempt): Promise<Result<RevisionAttempt>> {
    await Promise.resolve();
    this.#expire();
    if (this.#open?.revision !== attempt.revision || this.behaviour === 'cut-off')
      return err(failure('busy', 'confirm', 'a link does not match'));
    this.#open = undefined;
    return ok({ ...attempt, state: 'confirmed', reason: 'Confirmed', message: 'confirmed' });
  }

  async withdraw(attempt: RevisionAttempt): Promise<Result<RevisionAttempt>> {
    await Promise.resolve();
    this.#back();
    return ok({ ...attempt, state: 'rolled-back', reason: 'Withdrawn', message: 'withdrawn' });
  }

  ended(attempt: RevisionAttempt): Result<RevisionAttempt> {
    const isThere = editedFields(this.fields, attempt.fields).length === 0;
    return isThere
      ? ok({ ...attempt, state: 'confirmed', reason: 'ConfirmedByHand', message: 'by hand' })
      : ok({ ...attempt, state: 'rolled-back', reason: 'RolledBack', message: 'not confirmed in time' });
  }

  async change(change: (fields: DocumentFields) => DocumentFields | undefined): Promise<Result<void>> {
    await Promise.resolve();
    if (this.behaviour === 'refuses') return err(failure('refused', 'change', 'pods would be interrupted'));
    const next = change(this.fields);
    if (next !== undefined) this.edit(next);
    return ok(undefined);
  }

  /** A person's change of the document. */
  edit(fields: DocumentFields): void {
    this.fields = fields;
    this.generation += 1;
  }

  #expire(): void {
    if (this.#open !== undefined && this.#clock.nowMs() >= this.#open.untilMs) this.#back();
  }

  #back(): void {
    if (this.#open === undefined) return;
    this.fields = this.#open.back;
    this.generation += 1;
    this.#open = undefined;
  }
}
