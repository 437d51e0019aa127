/** The node's record of revisions: the last confirmed one, and the last attempt. Kept beside the document. */
import type { Sys } from '../../model/ports/sys.ts';
import { failure, type Result } from '../../model/result.ts';
import { encodeJson, readJson, replaceFile } from '../../os/file.ts';
import type { Disruption } from '../../plan/step.ts';
import type { DocumentFields } from './overlay.ts';
import { ofFormat } from '../../model/objects.ts';

const RECORD_FORMAT = 'vnet.revision/1';

/** The states of an attempt. `open`: in its confirm window. */
export type AttemptState = 'open' | 'confirmed' | 'refused' | 'failed' | 'rolled-back';

/** The effect of an attempt. Shape: `pods` is the number of pods whose traffic it affects. */
export type AttemptPlan = {
  readonly steps: number;
  readonly disruption: Disruption;
  readonly pods: number;
};

/**
 * One attempt to give the node a revision.
 * Shape: `specGeneration` is that of the NodeNetwork that asked for it: a changed spec is another attempt; `digest` is of the revision's
 * fields; `reason` is one word, `message` a sentence; `generation` the document's; `plan` is absent if there was none.
 */
export type RevisionAttempt = {
  readonly revision: string;
  readonly specGeneration: number;
  readonly digest: string;
  readonly state: AttemptState;
  readonly reason: string;
  readonly message: string;
  readonly generation?: number;
  readonly plan?: AttemptPlan;
  readonly localEdits: readonly string[];
  readonly fields: DocumentFields;
};

/** The record. Shape: `confirmed` is the revision that the node has, with its fields: the base of the next one. */
export type RevisionRecord = {
  readonly format: typeof RECORD_FORMAT;
  readonly confirmed?: {
    readonly revision: string;
    readonly digest: string;
    readonly fields: DocumentFields;
  };
  readonly attempt?: RevisionAttempt;
};

/** The record of a node that has no revision. */
export const NO_RECORD: RevisionRecord = { format: RECORD_FORMAT };

/** Returns the record with the attempt; a confirmed one becomes the revision that the node has. Pure. */
export function recordAttempt(record: RevisionRecord, attempt: RevisionAttempt): RevisionRecord {
  if (attempt.state !== 'confirmed') return { ...record, attempt };
  const { revision, digest, fields } = attempt;
  return { ...record, attempt, confirmed: { revision, digest, fields } };
}

/** Returns the record of the node. Errors: the file cannot be read, or is of a newer version. */
export function readRevisionRecord(sys: Sys, stateDirectory: string): Result<RevisionRecord | undefined> {
  const path = recordPath(stateDirectory);
  const hint = 'Remove the file: the node then applies its revision again.';
  const message = 'it was written by another version of vnet or changed by hand';
  return readJson(sys, path, isRevisionRecord, failure('unsupported', `read ${path}`, message, { hint }));
}

/** Ensures that the record is on disk. */
export function writeRevisionRecord(sys: Sys, stateDirectory: string, record: RevisionRecord): Result<void> {
  return replaceFile(sys, recordPath(stateDirectory), encodeJson(record, 1));
}

function recordPath(stateDirectory: string): string {
  return `${stateDirectory}/revision.json`;
}

const isRevisionRecord = ofFormat<RevisionRecord>(RECORD_FORMAT);
