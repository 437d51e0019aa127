/** `vnet drift`: differences caused outside vnet, apart from pending changes of the document. */
import type { Problem } from '../../../document/store/store.ts';
import { fail, ok, type Result } from '../../../model/result.ts';
import { keyOf } from '../../../model/state.ts';
import {
  accept,
  type Acceptance,
  type AcceptedStep,
  type Baseline,
  removeAcceptances,
} from '../../../plan/baseline.ts';
import type { Step } from '../../../plan/step.ts';
import { renderFields } from '../../../plan/text.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import { compareNode, type NodeView, type NodeComparison } from './compare-node.ts';
import type { Output } from '../../../app/output.ts';
import { type Format, printValue } from '../../../app/print.ts';

/** Format of the JSON output; fields are only ever added. */
const DRIFT_FORMAT = 'vnet.drift/1';

/** Options. Shape: an empty `accept` accepts all drift. Units: `forMs` milliseconds. */
export type DriftChoice = {
  readonly accept: readonly string[] | undefined;
  readonly forget: readonly string[] | undefined;
  readonly forMs: number;
  readonly why: string | undefined;
  readonly format: Format;
};

/** Write access to the baseline, and to nothing else. Shape: `who` is the accepting user. */
export type BaselineWriter = {
  readonly change: (change: (baseline: Baseline) => Baseline) => Result<Baseline>;
  readonly who: string;
};

/** Drift, its accepted part, and pending differences. */
type Drift = {
  readonly comparison: NodeComparison;
  readonly drifted: readonly Step[];
  readonly pending: readonly Step[];
};

/**
 * Prints the drift; exit 2 if any of it is not accepted. Writes only the baseline, and only with --accept or
 * --forget.
 */
export function drift(
  node: NodeView,
  writer: BaselineWriter,
  choice: DriftChoice,
  output: Output,
): Result<ExitCode, Problem> {
  if (choice.forget !== undefined) return forgetDrift(writer, choice.forget, choice, output);
  const seen = seeDrift(node);
  if (!seen.ok) return seen;
  if (seen.value === undefined) {
    if (choice.format === 'text') output.print('No document yet, so no drift.');
    else
      printValue(
        { format: DRIFT_FORMAT, drift: [], accepted: [], pending: [], foreign: [] },
        choice.format,
        output,
      );
    return ok(EXIT.done);
  }
  if (choice.accept !== undefined)
    return acceptDrift(node, writer, { choice, drifted: seen.value.drifted }, output);
  if (choice.format === 'text') output.print(driftText(seen.value, output));
  else printValue(driftValue(seen.value), choice.format, output);
  return ok(seen.value.drifted.length === 0 ? EXIT.done : EXIT.differences);
}

function seeDrift(node: NodeView): Result<Drift | undefined, Problem> {
  const comparison = compareNode(node);
  if (!comparison.ok) return comparison;
  if (comparison.value === undefined) return ok(undefined);
  const { plan, causes } = comparison.value;
  const isPending = ({ key }: Step): boolean => causes?.get(key) === 'pending';
  return ok({
    comparison: comparison.value,
    drifted: plan.steps.filter((step) => !isPending(step)),
    pending: plan.steps.filter(isPending),
  });
}

function forgetDrift(
  writer: BaselineWriter,
  keys: readonly string[],
  { format }: DriftChoice,
  output: Output,
): Result<ExitCode, Problem> {
  let unknown: readonly string[] = [];
  const changed = writer.change((baseline) => {
    unknown = keys.filter((key) => !baseline.accepted.some((one) => one.key === key));
    return unknown.length === 0 ? removeAcceptances(baseline, keys) : baseline;
  });
  if (!changed.ok) return changed;
  const known = changed.value.accepted.map(({ key }) => key);
  if (unknown.length > 0) {
    return fail('not-found', 'forget', `not accepted: ${unknown.join(', ')}`, {
      hint: `Accepted: ${known.join(', ') || 'none'}. Nothing was changed.`,
    });
  }
  if (format !== 'text') printValue(changed.value, format, output);
  else output.print(`No longer accepted: ${keys.join(', ')}. The next vnet reconcile repairs it.`);
  return ok(EXIT.done);
}

function acceptDrift(
  { now }: NodeView,
  writer: BaselineWriter,
  { choice, drifted }: { readonly choice: DriftChoice; readonly drifted: readonly Step[] },
  output: Output,
): Result<ExitCode, Problem> {
  const keys = choice.accept ?? [];
  const unknown = keys.filter((key) => !drifted.some((step) => step.key === key));
  if (unknown.length > 0) {
    return fail('not-found', 'accept', `has not drifted: ${unknown.join(', ')}`, {
      hint: `Drifted: ${drifted.map(({ key }) => `'${key}'`).join(', ') || 'none'}. Nothing was changed.`,
    });
  }
  const chosen = keys.length === 0 ? drifted : drifted.filter(({ key }) => keys.includes(key));
  const time = now();
  const until = new Date(time.getTime() + choice.forMs).toISOString();
  const why = choice.why === undefined ? {} : { why: choice.why };
  const terms = { until, time: time.toISOString(), who: writer.who, ...why };
  if (chosen.length > 0) {
    const changed = writer.change((baseline) => accept(baseline, chosen, terms));
    if (!changed.ok) return changed;
  }
  if (choice.format !== 'text')
    printValue({ accepted: chosen.map(({ key }) => key), ...terms }, choice.format, output);
  else output.print(acceptedText(chosen, until));
  return ok(EXIT.done);
}

function acceptedText(chosen: readonly Step[], until: string): string {
  if (chosen.length === 0) return 'No drift to accept.';
  return [
    ...chosen.map(({ key }) => `accepted    ${key}`),
    `Not repaired until ${until}, unless it changes again.`,
    `To repair: vnet drift --forget ${chosen.map(({ key }) => `'${key}'`).join(' ')}`,
  ].join('\n');
}

const WORDS = { create: 'missing', update: 'changed', delete: 'extra' } as const;

function driftText({ comparison, drifted, pending }: Drift, output: Output): string {
  const { document, accepted, plan, causes } = comparison;
  const { node, generation } = document.metadata;
  const width =
    Math.max(0, ...[...drifted, ...accepted.map(({ step }) => step)].map(({ key }) => key.length)) + 2;
  const line = ({ key, change }: Step, more: string): string =>
    output.paint(change.verb, `  ${WORDS[change.verb]}  ${key.padEnd(width)} ${more}`.trimEnd());
  return [
    `node ${node}, generation ${generation}, compared with the current kernel`,
    '',
    ...drifted.flatMap((step) => [
      line(step, step.pods.join(', ')),
      ...renderFields(step.change.verb === 'delete' ? [] : step.differences, output.paint),
    ]),
    ...accepted.map(({ step, acceptance }) => line(step, termsOf(acceptance))),
    ...plan.foreign.map((object) =>
      output.paint('foreign', `  foreign  ${keyOf(object).padEnd(width)} on our bridge, not changed`),
    ),
    ...(pending.length === 0 ? [] : [`${pending.length} more pending: see vnet reconcile --dry-run.`]),
    ...(causes === undefined ? ['No round has converged yet, so pending changes are listed as drift.'] : []),
    summary(drifted, accepted),
  ].join('\n');
}

function termsOf({ until, who, why }: Acceptance): string {
  return `accepted until ${until} by ${who}${why === undefined ? '' : `: ${why}`}`;
}

function summary(drifted: readonly Step[], accepted: readonly AcceptedStep[]): string {
  const counts = `${drifted.length} drifted, ${accepted.length} accepted.`;
  const [first] = drifted;
  if (first === undefined) return counts;
  return `${counts} Repair with vnet reconcile, or accept with vnet drift --accept '${first.key}' --for 30d -m WHY`;
}

function driftValue({ comparison, drifted, pending }: Drift): Readonly<Record<string, unknown>> {
  const { document, accepted, plan, causes } = comparison;
  return {
    format: DRIFT_FORMAT,
    generation: document.metadata.generation,
    isSeparated: causes !== undefined,
    drift: drifted.map(stepValue),
    accepted: accepted.map(({ step, acceptance }) => {
      const { until, who, why, time } = acceptance;
      return { ...stepValue(step), until, who, why, time };
    }),
    pending: pending.map(({ key }) => key),
    foreign: plan.foreign.map((object) => ({ key: keyOf(object), ...object })),
  };
}

function stepValue({ key, change, differences, pods }: Step): Readonly<Record<string, unknown>> {
  return {
    key,
    state: WORDS[change.verb],
    differences,
    pods,
    want: change.verb === 'delete' ? null : change.want,
    have: change.verb === 'create' ? null : change.have,
  };
}
