/** `vnet reconcile`: one round, or a preview of one. */
import type { Problem } from '../document/store.ts';
import { renderFailure, type Result } from '../model/result.ts';
import { type Preview, previewRound, type PreviewWorld, type Round, runRound } from '../loop/round.ts';
import type { World } from '../loop/world.ts';
import type { Disruption } from '../plan/step.ts';
import { planToJson, renderPlan } from '../plan/text.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';

/** How the answer is printed. */
export type Format = 'text' | 'json';

const NO_DOCUMENT =
  'There is no document yet: nothing to do. The first ADD of a container runtime writes it.';

/** Prints what a round would do; exit 2 when there is something. Writes nothing. */
export function preview(world: PreviewWorld, format: Format, output: Output): Result<ExitCode, Problem> {
  const previewed = previewRound(world);
  if (!previewed.ok) return previewed;
  if (previewed.value === undefined) {
    output.print(format === 'json' ? JSON.stringify({ steps: [], leaving: [] }) : NO_DOCUMENT);
    return { ok: true, value: EXIT.done };
  }
  const { plan, leaving } = previewed.value;
  output.print(format === 'json' ? previewJson(previewed.value) : previewText(previewed.value, output));
  return { ok: true, value: plan.steps.length + leaving.length === 0 ? EXIT.done : EXIT.differences };
}

function previewJson({ plan, leaving }: Preview): string {
  return JSON.stringify({ ...planToJson(plan), leaving }, null, 2);
}

function previewText({ document, plan, leaving }: Preview, output: Output): string {
  const { node, generation } = document.metadata;
  return [
    `node ${node}, generation ${generation}, against the kernel as it is now`,
    '',
    ...leaving.map((id) => `  - endpoint ${id}  its namespace is gone: its address will be given back`),
    renderPlan(plan, output.paint),
  ].join('\n');
}

/** Does one round and prints what it did. */
export function reconcile(
  world: World,
  limit: Disruption,
  format: Format,
  output: Output,
): Result<ExitCode, Problem> {
  const round = runRound(world, limit);
  if (!round.ok) return round;
  if (round.value === undefined) {
    output.print(format === 'json' ? JSON.stringify({ steps: [] }) : NO_DOCUMENT);
    return { ok: true, value: EXIT.done };
  }
  output.print(format === 'json' ? roundJson(round.value) : roundText(round.value, output));
  for (const failure of round.value.failures.slice(0, 10)) output.warn(`vnet: ${renderFailure(failure)}`);
  return { ok: true, value: exitOf(round.value) };
}

function exitOf(round: Round): ExitCode {
  if (round.failures.length > 0) return EXIT.partly;
  if (round.withheld.length > 0) return EXIT.refused;
  return round.remaining.length > 0 ? EXIT.partly : EXIT.done;
}

function roundJson(round: Round): string {
  const { plan, outcomes, withheld, failures, released, missing, remaining } = round;
  return JSON.stringify(
    {
      ...planToJson(plan),
      outcomes: outcomes.map(({ step, status }) => ({ key: step.key, status })),
      withheld: withheld.map(({ key, disruption }) => ({ key, disruption })),
      failures,
      released,
      missing,
      remaining: remaining.map(({ key }) => key),
    },
    null,
    2,
  );
}

function roundText(round: Round, output: Output): string {
  const { generation } = round.document.metadata;
  const done = round.outcomes.filter(({ status }) => status === 'changed').length;
  const lines = [
    ...(round.plan.steps.length === 0 ? [] : [renderPlan(round.plan, output.paint), '']),
    ...round.released.map(
      (id) => `released    ${id}: its namespace is gone, its address rests in quarantine`,
    ),
    ...round.missing.map(
      (id) => `missing     ${id}: its namespace is gone; released when it is still gone next time`,
    ),
    ...round.withheld.map(
      ({ key, disruption }) =>
        `withheld    ${key}: ${disruption}; allow it with vnet reconcile --max-disruption ${disruption}`,
    ),
    ...round.remaining.map(({ key }) => `remaining   ${key}`),
  ];
  const state =
    round.remaining.length === 0
      ? `Converged: the kernel is as generation ${generation} says`
      : `Not converged: ${round.remaining.length} of ${round.plan.steps.length} steps remain`;
  return [...lines, `${state} (${done} changed).`].join('\n');
}
