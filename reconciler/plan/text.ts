/** A plan as text for people, and as a value for programs. Pure. */
import { keyOf, type NetObject } from '../model/state.ts';
import type { Cause, Causes } from './cause.ts';
import { ABSENT } from './compare.ts';
import type { FieldDifference, Plan, Step } from './step.ts';

/** The format of the JSON form; fields are only ever added. */
export const PLAN_FORMAT = 'vnet.plan/1';

/** Colours a piece of text for a terminal; the identity elsewhere. */
export type Paint = (style: 'create' | 'update' | 'delete' | 'foreign' | 'dim', text: string) => string;

const SYMBOLS = { create: '+', update: '~', delete: '-' } as const;

/**
 * Returns the plan as text: a line for each step, its differences as want and have, and a summary. The elements of a
 * recreated table are one line; the JSON form has them all. With `causes` each step shows its cause.
 */
export function renderPlan(
  plan: Plan,
  paint: Paint = (_style, text) => text,
  causes: Causes = new Map(),
): string {
  const width = Math.max(0, ...plan.steps.map((step) => step.key.length), ...plan.foreign.map(lengthOf)) + 2;
  const remade = plan.steps.some(
    ({ change }) => change.verb === 'create' && change.want.kind === 'nft-table',
  );
  const isOfTable = ({ change }: Step): boolean =>
    remade && change.verb === 'create' && change.want.kind === 'nft-element';
  const elements = plan.steps.filter(isOfTable);
  const shown = plan.steps.filter((step) => !isOfTable(step));
  const lines = shown.flatMap((step) => renderStep(step, { width, cause: causes.get(step.key) }, paint));
  if (elements.length > 0) {
    const key = `nft-element, all ${elements.length}`.padEnd(width);
    lines.push(paint('create', `  + ${key} hitless     missing with their table`));
  }
  const foreign = plan.foreign.map((object) =>
    paint('foreign', `  ? ${keyOf(object).padEnd(width)} foreign, not changed`),
  );
  const steps = [...lines, ...foreign];
  return [...steps, ...(steps.length === 0 ? [] : ['']), renderSummary(plan)].join('\n');
}

function lengthOf(object: NetObject): number {
  return keyOf(object).length;
}

function renderStep(
  step: Step,
  { width, cause }: { readonly width: number; readonly cause: Cause | undefined },
  paint: Paint,
): readonly string[] {
  const { verb } = step.change;
  const why = cause === undefined ? '' : `  cause: ${cause}`;
  const pods = step.pods.length === 0 ? '' : `  ${step.pods.join(', ')}`;
  const head = paint(verb, `  ${SYMBOLS[verb]} ${step.key.padEnd(width)}`);
  return [
    `${head} ${step.disruption.padEnd(10)}  ${step.reason}${why}${pods}`,
    ...(verb === 'delete' ? [] : renderFields(step.differences, paint)),
  ];
}

/** Returns one side of a difference as text: a dash for nothing. The JSON form keeps the words. */
export function renderSide(value: string): string {
  return value === ABSENT || value === 'none' ? '-' : value;
}

/** Returns a line for each field that differs, in columns: `      mtu     want 1500  have 1400`. */
export function renderFields(differences: readonly FieldDifference[], paint: Paint): readonly string[] {
  const width = Math.max(6, ...differences.map(({ field }) => field.length));
  const sides = differences.map(
    ({ field, want, have }) => [field, renderSide(want), renderSide(have)] as const,
  );
  const wide = Math.max(0, ...sides.map(([, want]) => want.length));
  return sides.map(([field, want, have]) =>
    paint('dim', `      ${field.padEnd(width)}  want ${want.padEnd(wide)}  have ${have}`),
  );
}

/** Returns the last line of a plan: `Plan: 1 to create, 2 to change, 0 to delete. Pods interrupted: none.` */
function renderSummary(plan: Plan): string {
  if (plan.steps.length === 0) return `No steps: kernel matches generation ${plan.generation}.`;
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
  const stepsOf = (verb: Step['change']['verb']): number =>
    plan.steps.filter((step) => step.change.verb === verb).length;
  const hit = plan.steps.filter((step) => step.disruption !== 'hitless').flatMap((step) => step.pods);
  return {
    create: stepsOf('create'),
    update: stepsOf('update'),
    delete: stepsOf('delete'),
    pods: [...new Set(hit)],
  };
}

/**
 * Returns the plan as a value to print as JSON.
 * Shape: `{format, generation, steps, foreign, summary}`; a step has a `cause` where it is known.
 */
export function planToJson(plan: Plan, causes: Causes = new Map()): Readonly<Record<string, unknown>> {
  return {
    format: PLAN_FORMAT,
    generation: plan.generation,
    steps: plan.steps.map(({ key, change, differences, reason, disruption, pods, needs }) => ({
      action: change.verb,
      key,
      reason,
      ...(causes.has(key) ? { cause: causes.get(key) } : {}),
      disruption,
      pods,
      differences,
      needs,
    })),
    foreign: plan.foreign.map((object) => ({ key: keyOf(object), ...object })),
    summary: summarise(plan),
  };
}
