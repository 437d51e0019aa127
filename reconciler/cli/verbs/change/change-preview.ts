/** A previewed change, for people and programs. */
import type { Conflict, DocumentChange } from '../../../document/snapshot.ts';
import type { Refusal } from '../../../loop/change/guards.ts';
import type { ChangePreview } from '../../../loop/change/preview-change.ts';
import type { Cause } from '../../../plan/cause.ts';
import { planToJson, renderPlan } from '../../../plan/text.ts';
import { count } from '../../../model/words.ts';
import type { Output } from '../../../app/output.ts';
import { CHANGE_SYMBOLS, changeVerb } from '../../terminal/change-text.ts';

/**
 * Returns the preview as text: changes of the document, later changes of others that are kept, and the plan.
 */
export function renderPreview(preview: ChangePreview, file: string, output: Output): string {
  const { before, document, changes, kept, plan } = preview;
  const { node, generation } = document.metadata;
  const head =
    changes.length === 0
      ? `${file} equals generation ${generation} of node ${node}; compared with the current kernel`
      : `${file} as generation ${generation} of node ${node}, compared with the current kernel`;
  return [
    head,
    '',
    ...changes.map((change) => output.paint(changeVerb(change), `  ${renderChange(change)}`)),
    ...(changes.length === 0 ? [] : ['']),
    ...keptLines(kept, before.document.metadata.generation),
    renderPlan(plan, output.paint, causesOf(preview)),
  ].join('\n');
}

/** Steps that the change causes are pending; those planned without it are drift or were already pending. */
function causesOf({ steps, plan }: ChangePreview): ReadonlyMap<string, Cause> {
  if (steps.length === plan.steps.length) return new Map();
  const own = new Set(steps.map(({ key }) => key));
  return new Map(plan.steps.map(({ key }) => [key, own.has(key) ? 'pending' : 'drift']));
}

/** Longer values are truncated: the plan shows their effect, and the JSON form has them whole. */
const LONGEST_VALUE = 80;

function show(value: unknown): string {
  const text = value === undefined ? '-' : JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

function renderChange(change: DocumentChange): string {
  return `${CHANGE_SYMBOLS[changeVerb(change)]} ${change.path}  want ${show(change.after)}  have ${show(change.before)}`;
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

/** Returns the reasons for a refusal, one per line, and the remedy. */
export function renderRefusals(refusals: readonly Refusal[]): string {
  return refusals
    .flatMap(({ message, hint, pods }) => [
      `vnet: refused: ${message}`,
      ...(pods.length === 0 ? [] : [`  pods: ${pods.join(', ')}`]),
      `  ${hint}`,
    ])
    .join('\n');
}

/** Returns the conflicts with the latest generation, and the remedy. */
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

/** Returns the preview as a value. Shape: that of a plan, with `changes`, `merged` and `refusals`. */
export function previewToJson(preview: ChangePreview): Readonly<Record<string, unknown>> {
  const { changes, kept, plan, refusals } = preview;
  return { ...planToJson(plan, causesOf(preview)), changes, merged: kept, refusals };
}
