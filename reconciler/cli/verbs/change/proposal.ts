/** A proposed change as people read it, and as programs do. */
import type { Conflict, DocumentChange } from '../../../document/snapshot.ts';
import type { Refusal } from '../../../loop/change/guards.ts';
import type { Proposal } from '../../../loop/change/propose.ts';
import type { Cause } from '../../../plan/cause.ts';
import { count, planToJson, renderPlan } from '../../../plan/text.ts';
import type { Output } from '../../../app/output.ts';

/**
 * Returns the proposal as text: what would be other in the document, what others changed since and stays, and the plan as
 * every verb shows it.
 */
export function renderProposal(proposal: Proposal, file: string, output: Output): string {
  const { before, document, changes, kept, plan } = proposal;
  const { node, generation } = document.metadata;
  const head =
    changes.length === 0
      ? `${file} equals generation ${generation} of node ${node}; compared with the current kernel`
      : `${file} as generation ${generation} of node ${node}, compared with the current kernel`;
  return [
    head,
    '',
    ...changes.map((change) => output.paint(styleOf(change), `  ${renderChange(change)}`)),
    ...(changes.length === 0 ? [] : ['']),
    ...keptLines(kept, before.document.metadata.generation),
    renderPlan(plan, output.paint, causesOf(proposal)),
  ].join('\n');
}

/** What the change itself causes is pending; what was to be done before it is drift, or not done yet. */
function causesOf({ steps, plan }: Proposal): ReadonlyMap<string, Cause> {
  if (steps.length === plan.steps.length) return new Map();
  const own = new Set(steps.map(({ key }) => key));
  return new Map(plan.steps.map(({ key }) => [key, own.has(key) ? 'pending' : 'drift']));
}

function styleOf(change: DocumentChange): 'create' | 'update' | 'delete' {
  if (change.before === undefined) return 'create';
  return change.after === undefined ? 'delete' : 'update';
}

const SIGNS = { create: '+', update: '~', delete: '-' } as const;

/** Longer values are cut: the plan below says what they come to, and the JSON form has them whole. */
const LONGEST_VALUE = 80;

function show(value: unknown): string {
  const text = value === undefined ? '-' : JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

function renderChange(change: DocumentChange): string {
  return `${SIGNS[styleOf(change)]} ${change.path}  want ${show(change.after)}  have ${show(change.before)}`;
}

function keptLines(kept: readonly DocumentChange[], latest: number): readonly string[] {
  if (kept.length === 0) return [];
  const endpoints = kept.filter(({ path }) => path.startsWith('endpoints.') || path.startsWith('released.'));
  const others = kept.filter((change) => !endpoints.includes(change));
  return [
    `Merged with changes up to generation ${latest}: ${count(endpoints.length, 'endpoint or address record')}` +
      `${others.length === 0 ? '' : `, ${others.map(({ path }) => path).join(', ')}`}.`,
    '',
  ];
}

/** Returns why a change is refused, one line for each reason, and how to go on. */
export function renderRefusals(refusals: readonly Refusal[]): string {
  return refusals
    .flatMap(({ message, hint, pods }) => [
      `vnet: refused: ${message}`,
      ...(pods.length === 0 ? [] : [`  pods: ${pods.join(', ')}`]),
      `  ${hint}`,
    ])
    .join('\n');
}

/** Returns the conflicts of a text with the latest generation, and how to go on. */
export function renderConflicts(conflicts: readonly Conflict[], file: string, latest: number): string {
  return [
    `vnet: ${file} and generation ${latest} conflict; nothing was written`,
    ...conflicts.map(
      ({ path, base, yours, theirs }) =>
        `  ${path}  base ${show(base)}  yours ${show(yours)}  theirs ${show(theirs)}`,
    ),
    `  merge theirs into ${file} and set metadata.generation to ${latest}, or use vnet edit`,
  ].join('\n');
}

/** Returns the proposal as a value. Shape: that of a plan, with `changes`, `merged` and `refusals`. */
export function proposalToJson(proposal: Proposal): Readonly<Record<string, unknown>> {
  const { changes, kept, plan, refusals } = proposal;
  return { ...planToJson(plan, causesOf(proposal)), changes, merged: kept, refusals };
}
