/** Reports of `vnet reconcile`: one round, or its preview. */
import { isNotLoaded } from '../../../document/library.ts';
import type { Problem } from '../../../document/store/store.ts';
import { ok, renderFailure, type Result } from '../../../model/result.ts';
import { type Preview, previewRound } from '../../../loop/round/preview.ts';
import { type Round, type RoundOptions, runRound } from '../../../loop/round/round.ts';
import { expireTentative } from '../../../loop/change/expire-tentative.ts';
import { renderRollback } from '../../../loop/change/rollback.ts';
import type { TentativeStore } from '../../../loop/change/tentative.ts';
import type { Session } from '../../../loop/node/session.ts';
import type { FilterProblem } from '../../../model/filter/filter-problems.ts';
import type { Causes } from '../../../plan/cause.ts';
import { planToJson, renderPlan } from '../../../plan/text.ts';
import { count } from '../../../model/words.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import { findCauses, type NodeView } from '../look/compare-node.ts';
import { type Output, renderProblem } from '../../../app/output.ts';
import { type Format, printValue } from '../../../app/print.ts';

function reportNoDocument(value: object, format: Format, output: Output): Result<ExitCode, Problem> {
  if (format === 'text') output.print('No document yet: nothing to do. The first CNI ADD writes it.');
  else printValue(value, format, output);
  return ok(EXIT.done);
}

/** Prints the preview of a round; exit 2 if it has steps. Changes nothing. */
export function preview(
  node: NodeView,
  options: RoundOptions,
  format: Format,
  output: Output,
): Result<ExitCode, Problem> {
  const previewed = previewRound(node, options);
  if (!previewed.ok) return previewed;
  if (previewed.value === undefined) {
    return reportNoDocument({ steps: [], leaving: [] }, format, output);
  }
  const { document, plan, planned, leaving } = previewed.value;
  const found = findCauses(node, document, planned);
  if (!found.ok) return found;
  const causes = found.value;
  if (format === 'text') output.print(previewText(previewed.value, causes, output));
  else
    printValue(
      {
        ...planToJson(plan, causes),
        leaving,
        accepted: acceptedValue(previewed.value),
        held: heldValue(previewed.value),
        withheld: withheldValue(previewed.value),
        waiting: waitingIn(previewed.value),
      },
      format,
      output,
    );
  return { ok: true, value: plan.steps.length + leaving.length === 0 ? EXIT.done : EXIT.differences };
}

/** Steps that wait for a withheld step; those that wait for an accepted or held one are included. */
function waitingIn({ plan, verdicts }: Preview): readonly { readonly key: string; readonly need: string }[] {
  return plan.steps.flatMap((step) => {
    const verdict = verdicts.get(step);
    return verdict?.kind === 'waits-for' ? [{ key: step.key, need: verdict.need }] : [];
  });
}

function previewText(previewed: Preview, causes: Causes | undefined, output: Output): string {
  const { document, plan, leaving, accepted, held, withheld } = previewed;
  const { node, generation } = document.metadata;
  return [
    `node ${node}, generation ${generation}, compared with the current kernel`,
    '',
    ...leaving.map((id) => `  - endpoint ${id}  its namespace is gone: its address will be released`),
    ...accepted.map(
      ({ step, acceptance }) => `  = ${step.key}  accepted until ${acceptance.until}: not repaired`,
    ),
    ...held.map(({ step, hold }) => `  = ${step.key}  ${hold.state}: ${hold.reason}`),
    ...withheld.map(
      ({ key, disruption }) =>
        `  = ${key}  withheld: ${disruption}; allow it with --max-disruption ${disruption}`,
    ),
    ...waitingIn(previewed).map(({ key, need }) => `  = ${key}  waits for ${need}`),
    renderPlan(plan, output.paint, causes),
  ].join('\n');
}

function heldValue({ held }: Pick<Preview, 'held'>): readonly unknown[] {
  return held.map(({ step, hold }) => ({ key: step.key, state: hold.state, reason: hold.reason }));
}

function withheldValue({ withheld }: Pick<Preview, 'withheld'>): readonly unknown[] {
  return withheld.map(({ key, disruption }) => ({ key, disruption }));
}

function acceptedValue({ accepted }: Pick<Preview, 'accepted'>): readonly unknown[] {
  return accepted.map(({ step, acceptance }) => ({ key: step.key, until: acceptance.until }));
}

/**
 * Rolls back an unconfirmed change that is overdue or was abandoned, and prints the result. If the rollback
 * fails, prints the reason; the round then uses the document in force.
 * Errors: NotLoaded; nothing was done.
 */
export function rollBackOverdue(
  session: Session,
  tentativeStore: TentativeStore,
  output: Output,
): Result<void, Problem> {
  const ended = expireTentative(session, tentativeStore);
  if (!ended.ok && isNotLoaded(ended.error)) return ended;
  if (!ended.ok) output.warn(renderProblem(ended.error, undefined));
  else if (ended.value !== undefined) for (const line of renderRollback(ended.value)) output.warn(line);
  return ok(undefined);
}

/** Runs one round and prints it; `record` stores it for status and events. */
export function reconcile(
  session: Session & { readonly record?: (round: Round) => readonly FilterProblem[] },
  options: RoundOptions,
  format: Format,
  output: Output,
): Result<ExitCode, Problem> {
  const round = runRound(session, options);
  if (!round.ok) return round;
  if (round.value === undefined) {
    return reportNoDocument({ steps: [] }, format, output);
  }
  const obstacles = session.record?.(round.value) ?? [];
  const code = printRound(round.value, format, output);
  for (const { message, remedy } of obstacles.slice(0, 10)) output.warn(`vnet: ${message}. ${remedy}`);
  return { ok: true, value: code };
}

/** Prints a round and returns its exit code. */
export function printRound(round: Round, format: Format, output: Output): ExitCode {
  if (format === 'text') output.print(roundText(round, output));
  else printValue(roundValue(round), format, output);
  for (const failure of round.failures.slice(0, 10)) output.warn(`vnet: ${renderFailure(failure)}`);
  return exitOf(round);
}

function exitOf(round: Round): ExitCode {
  if (round.failures.length > 0) return EXIT.partly;
  if (round.withheld.length + round.held.length > 0) return EXIT.refused;
  return round.remaining.length > 0 ? EXIT.partly : EXIT.done;
}

function roundValue(round: Round): Readonly<Record<string, unknown>> {
  const { plan, outcomes, failures, released, missing, remaining } = round;
  return {
    ...planToJson(plan),
    outcomes: outcomes.map(({ step, status }) => ({ key: step.key, status })),
    withheld: withheldValue(round),
    failures,
    released,
    missing,
    remaining: remaining.map(({ key }) => key),
    accepted: acceptedValue(round),
    held: heldValue(round),
  };
}

function roundText(round: Round, output: Output): string {
  const { generation } = round.document.metadata;
  const done = round.outcomes.filter(({ status }) => status === 'changed').length;
  const lines = [
    ...(round.plan.steps.length === 0 ? [] : [renderPlan(round.plan, output.paint), '']),
    ...round.released.map((id) => `released    ${id}: its namespace is gone, its address is quarantined`),
    ...round.missing.map(
      (id) => `missing     ${id}: its namespace is gone; released if still gone in the next round`,
    ),
    ...round.withheld.map(
      ({ key, disruption }) =>
        `withheld    ${key}: ${disruption}; allow with vnet reconcile --max-disruption ${disruption}`,
    ),
    ...round.held.map(({ step, hold }) => `${hold.state.padEnd(11)} ${step.key}: ${hold.reason}`),
    ...round.remaining.map(({ key }) => `remaining   ${key}`),
    ...round.accepted.map(
      ({ step, acceptance }) =>
        `accepted    ${step.key}: not repaired until ${acceptance.until}; repair with vnet drift --forget '${step.key}'`,
    ),
  ];
  const state =
    round.remaining.length === 0
      ? `Converged: kernel matches generation ${generation}`
      : `Not converged: ${round.remaining.length} of ${count(round.plan.steps.length, 'step')} left`;
  return [...lines, `${state} (${count(done, 'object')} changed).`].join('\n');
}
