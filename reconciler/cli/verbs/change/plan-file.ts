/** `vnet plan`: the changes of the kernel if a file were the document. */
import { writeFileSync } from 'node:fs';
import type { History } from '../../../document/history/history.ts';
import type { Problem } from '../../../document/store/store.ts';
import {
  previewChange,
  type PreviewResult,
  type ChangeRequest,
} from '../../../loop/change/preview-change.ts';
import type { Node } from '../../../loop/node/session.ts';
import { err, fail, ok, type Result, thrownMessage } from '../../../model/result.ts';
import { isWithin } from '../../../plan/disruption.ts';
import type { Disruption } from '../../../plan/step.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../../../app/exit-codes.ts';
import { readInput } from '../../terminal/input.ts';
import { type Output, renderProblem } from '../../../app/output.ts';
import { type Format, printValue } from '../../../app/print.ts';
import { previewToJson, renderConflicts, renderPreview, renderRefusals } from './change-preview.ts';
import { originOf, renderSavedPlan } from './saved-plan.ts';
import { readOwnDocument } from '../../../loop/round/round.ts';

/** Options. Shape: without a file, plans the document in force; `-` is stdin. */
export type PlanChoice = {
  readonly file: string | undefined;
  readonly out: string | undefined;
  readonly limit: Disruption;
  readonly withdraw: boolean;
  readonly format: Format;
};

/** Prints the plan of a file and saves it on request; exit 2 if it has steps. Changes nothing else. */
export function planFile(
  node: Node,
  history: History,
  choice: PlanChoice,
  output: Output,
): Result<ExitCode, Problem> {
  const text = choice.file === undefined ? ok(undefined) : readInput(choice.file);
  if (!text.ok) return text;
  const file = choice.file === '-' ? 'stdin' : (choice.file ?? 'vnet.yaml');
  const request: ChangeRequest = { text: text.value, file, permission: choice };
  const previewed = previewNow(node, history, request);
  if (!previewed.ok) return reportInvalid(previewed.error, request, output);
  if (previewed.value.kind === 'conflict') {
    const { conflicts, latest } = previewed.value;
    if (choice.format === 'text') output.warn(renderConflicts(conflicts, file, latest));
    else printValue({ conflicts }, choice.format, output);
    return ok(EXIT.conflict);
  }
  const { preview } = previewed.value;
  if (choice.format === 'text') {
    output.print(renderPreview(preview, file, output));
    if (preview.refusals.length > 0) {
      const beyond = preview.steps.filter(({ disruption }) => !isWithin(disruption, choice.limit));
      if (beyond.length > 0) output.print(`Exceeds --max-disruption=${choice.limit}.`);
      output.warn(
        renderRefusals(preview.refusals).replaceAll('vnet: refused', 'vnet apply would refuse this'),
      );
    }
  } else printValue(previewToJson(preview), choice.format, output);
  const saved = save(choice.out, renderSavedPlan(preview, originOf(preview, request, node.now())));
  if (!saved.ok) return saved;
  return ok(preview.changes.length + preview.plan.steps.length === 0 ? EXIT.done : EXIT.differences);
}

/** Returns the preview for the request, against the present document and kernel. */
export function previewNow(
  node: Node,
  history: History,
  request: ChangeRequest,
): Result<PreviewResult, Problem> {
  const before = readOwnDocument(node);
  if (!before.ok) return before;
  if (before.value === undefined) {
    return fail('not-found', 'plan', 'no document yet', {
      hint: 'The first CNI ADD writes it; or install your own and run vnet reconcile.',
    });
  }
  return previewChange(node, history, before.value, request);
}

/** Prints an invalid text's errors at their places in it; any other problem is returned to the caller. */
export function reportInvalid(
  problem: Problem,
  { text, file }: ChangeRequest,
  output: Output,
): Result<ExitCode, Problem> {
  if (problem.kind !== 'issues' || problem.issues[0]?.file !== file) return err(problem);
  output.warn(renderProblem(problem, text));
  return ok(exitCodeOf(problem));
}

function save(path: string | undefined, text: string): Result<void> {
  try {
    if (path !== undefined) writeFileSync(path, text);
    return ok(undefined);
  } catch (error) {
    return fail('io', `write ${path}`, thrownMessage(error), { hint: 'Name a writable file.' });
  }
}
