/** The outcome of an apply, for people and programs. */
import type { ApplyOutcome } from '../../../loop/change/apply.ts';
import type { ChangePreview } from '../../../loop/change/preview-change.ts';
import { isComplete, renderRollback } from '../../../loop/change/rollback.ts';
import { renderFailure } from '../../../model/result.ts';
import { planToJson, renderSide } from '../../../plan/text.ts';
import { count } from '../../../model/words.ts';
import type { Step } from '../../../plan/step.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import type { Output } from '../../../app/output.ts';
import { type Format, printValue } from '../../../app/print.ts';
import { renderConflicts } from './change-preview.ts';
import { omitUndefined } from '../../../model/objects.ts';

/** The applied preview and the output format. */
export type AppliedFile = { readonly preview: ChangePreview; readonly file: string; readonly format: Format };

/** Prints the outcome and returns its exit code. */
export function reportOutcome(outcome: ApplyOutcome, applied: AppliedFile, output: Output): ExitCode {
  if (applied.format !== 'text') printValue(outcomeToJson(outcome, applied), applied.format, output);
  switch (outcome.kind) {
    case 'unchanged':
      if (applied.format === 'text') output.print('unchanged');
      return EXIT.done;
    case 'interrupted':
      output.warn('vnet: interrupted; nothing was changed');
      return EXIT.interrupted;
    case 'conflict':
      output.warn(renderConflicts(outcome.conflicts, applied.file, outcome.latest));
      return EXIT.conflict;
    case 'partly':
      output.warn(renderMismatches(outcome.mismatches, ', and repair failed'));
      for (const failure of outcome.failures.slice(0, 10)) output.warn(`vnet: ${renderFailure(failure)}`);
      return EXIT.partly;
    case 'applied':
      if (applied.format === 'text') printApplied(outcome, output);
      return EXIT.done;
    case 'rolled-back':
      return reportRolledBack(outcome, output);
    default:
      return outcome satisfies never;
  }
}

function printApplied(
  { generation, merged, open }: Extract<ApplyOutcome, { kind: 'applied' }>,
  output: Output,
): void {
  if (merged.length > 0) output.print(`Merged ${count(merged.length, 'concurrent change')}.`);
  if (open?.window === undefined) return;
  output.print(
    `Unconfirmed until ${open.window.deadline}. You may disconnect: without vnet confirm it rolls back automatically.`,
  );
  output.print(`Keep: vnet confirm ${generation}    Roll back: vnet revert ${generation}`);
}

function reportRolledBack(outcome: Extract<ApplyOutcome, { kind: 'rolled-back' }>, output: Output): ExitCode {
  const { ending, mismatches, failures, isInterrupted } = outcome;
  if (mismatches.length > 0) output.warn(renderMismatches(mismatches));
  for (const failure of failures.slice(0, 10)) output.warn(`vnet: ${renderFailure(failure)}`);
  for (const line of renderRollback(ending)) output.warn(line);
  if (!isComplete(ending)) return EXIT.rollBackIncomplete;
  return isInterrupted ? EXIT.interrupted : EXIT.rolledBack;
}

function renderMismatches(mismatches: readonly Step[], more = ''): string {
  const lines = mismatches.flatMap(({ key, differences, reason }) =>
    differences.length === 0
      ? [`  ${key}  ${reason}`]
      : differences.map(
          ({ field, want, have }) => `  ${key}  ${field}  want ${renderSide(want)}  have ${renderSide(have)}`,
        ),
  );
  const differ = mismatches.length === 1 ? 'differs' : 'differ';
  const head = `vnet: ${count(mismatches.length, 'object')} ${differ} from the document${more}:`;
  return [head, ...lines].join('\n');
}

function outcomeToJson(outcome: ApplyOutcome, { preview }: AppliedFile): Readonly<Record<string, unknown>> {
  const plan = { ...planToJson(preview.plan), changes: preview.changes };
  switch (outcome.kind) {
    case 'applied': {
      const { generation, merged, open } = outcome;
      const deadline = open?.window?.deadline;
      return {
        outcome: 'applied',
        generation,
        ...omitUndefined({ deadline }),
        merged,
        plan,
      };
    }
    case 'rolled-back': {
      const { ending, mismatches, failures } = outcome;
      const { id, generation, why, remaining } = ending;
      return {
        outcome: isComplete(ending) ? 'rolled-back' : 'roll-back-incomplete',
        id,
        generation,
        why,
        mismatches: mismatches.map(({ key, differences }) => ({ key, differences })),
        failures,
        remaining: remaining.map(({ key }) => key),
        plan,
      };
    }
    case 'partly': {
      const { mismatches, failures } = outcome;
      return {
        outcome: 'partly',
        mismatches: mismatches.map(({ key, differences }) => ({ key, differences })),
        failures,
        plan,
      };
    }
    case 'conflict':
      return { outcome: 'conflict', conflicts: outcome.conflicts };
    case 'unchanged':
    case 'interrupted':
      return { outcome: outcome.kind, plan };
    default:
      return outcome satisfies never;
  }
}
