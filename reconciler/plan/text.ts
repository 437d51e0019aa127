/** A plan as people read it, and as programs do. Pure. */
import { keyOf, type NetObject } from '../model/state.ts';
import type { Plan, Step } from './step.ts';

/** The format of the JSON form; fields are only ever added. */
export const PLAN_FORMAT = 'vnet.plan/1';

/** Paints a piece of text for a terminal; the identity where there is none. */
export type Paint = (style: 'create' | 'update' | 'delete' | 'foreign' | 'dim', text: string) => string;

const SYMBOLS = { create: '+', update: '~', delete: '-' } as const;

/**
 * Returns the plan as text: a line for each step, its differences as want and have, and a summary. The elements of a
 * table that is made anew are one line; the JSON form has them all.
 */
export function renderPlan(plan: Plan, paint: Paint = (_style, text) => text): string {
  const width = Math.max(0, ...plan.steps.map((step) => step.key.length), ...plan.foreign.map(lengthOf)) + 2;
  const remade = plan.steps.some(
    ({ change }) => change.verb === 'create' && change.want.kind === 'nft-table',
  );
  const isOfTable = ({ change }: Step): boolean =>
    remade && change.verb === 'create' && change.want.kind === 'nft-element';
  const elements = plan.steps.filter(isOfTable);
  const shown = plan.steps.filter((step) => !isOfTable(step));
  const lines = shown.flatMap((step) => renderStep(step, width, paint));
  if (elements.length > 0) {
    const key = `nft-element, all ${elements.length}`.padEnd(width);
    lines.push(paint('create', `  + ${key} hitless     missing with their table`));
  }
  const foreign = plan.foreign.map((object) =>
    paint('foreign', `  ? ${keyOf(object).padEnd(width)} foreign, left alone`),
  );
  return [...lines, ...foreign, '', renderSummary(plan)].join('\n');
}

function lengthOf(object: NetObject): number {
  return keyOf(object).length;
}

function renderStep(step: Step, width: number, paint: Paint): readonly string[] {
  const { verb } = step.change;
  const pods = step.pods.length === 0 ? '' : `  ${step.pods.join(', ')}`;
  const head = paint(verb, `  ${SYMBOLS[verb]} ${step.key.padEnd(width)}`);
  const field = Math.max(6, ...step.differences.map((difference) => difference.field.length));
  const want = Math.max(...step.differences.map((difference) => difference.want.length), 0);
  const details = step.differences.map((difference) =>
    paint(
      'dim',
      `      ${difference.field.padEnd(field)}  want ${difference.want.padEnd(want)}  have ${difference.have}`,
    ),
  );
  return [
    `${head} ${step.disruption.padEnd(10)}  ${step.reason}${pods}`,
    ...(verb === 'delete' ? [] : details),
  ];
}

/** Returns the last line of a plan: `Plan: 1 to create, 2 to change, 0 to delete. Pods interrupted: none.` */
export function renderSummary(plan: Plan): string {
  if (plan.steps.length === 0) return `Nothing to do: the kernel is as generation ${plan.generation} says.`;
  const { create, update, delete: gone, pods } = summarise(plan);
  const hit = pods.length === 0 ? 'none' : `${pods.length} (${pods.join(', ')})`;
  return `Plan: ${create} to create, ${update} to change, ${gone} to delete. Pods interrupted: ${hit}.`;
}

function summarise(plan: Plan): {
  readonly create: number;
  readonly update: number;
  readonly delete: number;
  readonly pods: readonly string[];
} {
  const count = (verb: Step['change']['verb']): number =>
    plan.steps.filter((step) => step.change.verb === verb).length;
  const hit = plan.steps.filter((step) => step.disruption !== 'hitless').flatMap((step) => step.pods);
  return {
    create: count('create'),
    update: count('update'),
    delete: count('delete'),
    pods: [...new Set(hit)],
  };
}

/** Returns the plan as a value to print as JSON. Shape: `{format, generation, steps, foreign, summary}`. */
export function planToJson(plan: Plan): Readonly<Record<string, unknown>> {
  return {
    format: PLAN_FORMAT,
    generation: plan.generation,
    steps: plan.steps.map(({ key, change, differences, reason, disruption, pods, needs }) => ({
      action: change.verb,
      key,
      reason,
      disruption,
      pods,
      differences,
      needs,
    })),
    foreign: plan.foreign.map((object) => ({ key: keyOf(object), ...object })),
    summary: summarise(plan),
  };
}
