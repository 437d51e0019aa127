/** A plan in a file: readable, and bound to the state it was made from. */
import { isNumber, isPresent, ofFormat, parseJson, withFields } from '../../../model/objects.ts';
import type { ChangePreview } from '../../../loop/change/preview-change.ts';
import { describeLiveChange, type LiveState } from '../../../plan/fingerprint.ts';
import { PLAN_FORMAT } from '../../../plan/text.ts';
import { previewToJson } from './change-preview.ts';

/** The origin of a saved plan. Shape: `text` is the planned document, `file` its path. */
export type SavedPlan = {
  readonly time: string;
  readonly generation: number;
  readonly live: LiveState;
  readonly text: string | undefined;
  readonly file: string;
};

/** Returns the text of the file. Shape: the JSON form of a plan plus `saved`. */
export function renderSavedPlan(preview: ChangePreview, saved: SavedPlan): string {
  return `${JSON.stringify({ ...previewToJson(preview), saved }, null, 1)}\n`;
}

/** Returns the origin to save with a preview, so that it can be applied later. */
export function originOf(
  { before, live }: ChangePreview,
  request: { readonly text: string | undefined; readonly file: string },
  now: Date,
): SavedPlan {
  const { generation } = before.document.metadata;
  return { time: now.toISOString(), generation, live: live(), ...request };
}

/** Returns the saved plan; undefined for any other text, such as a document. */
export function parseSavedPlan(text: string): SavedPlan | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  return parseJson(text, isPlan)?.saved;
}

const isPlan = ofFormat<{ readonly saved: SavedPlan }>(PLAN_FORMAT, {
  saved: withFields({ generation: isNumber, live: isPresent, time: isPresent }),
});

/** Returns why the saved plan is stale, one line each; none if document and kernel are unchanged. */
export function staleReasons({ time, generation, live }: SavedPlan, now: ChangePreview): readonly string[] {
  const latest = now.before.document.metadata.generation;
  const changes = describeLiveChange(live, now.live());
  return [
    ...(latest === generation
      ? []
      : [`the document was at generation ${generation} and is now at ${latest}`]),
    ...(changes.length === 0
      ? []
      : [`the kernel has changed since ${time}: ${changes.slice(0, 10).join(', ')}`]),
  ];
}
