/** `vnet apply`: applies a file, verifies it, and rolls back if that fails or it is not confirmed. */
import { count } from '../../../model/words.ts';
import type { History } from '../../../document/history/history.ts';
import type { Problem } from '../../../document/store/store.ts';
import { applyPreview, type ApplyOutcome, type ApplyHooks } from '../../../loop/change/apply.ts';
import { expireLocked, renderWindow } from '../../../loop/change/expire-tentative.ts';
import type { ChangePreview, ChangeRequest } from '../../../loop/change/preview-change.ts';
import type { Round } from '../../../loop/round/round.ts';
import type { TentativeStore, Tentative } from '../../../loop/change/tentative.ts';
import type { Session } from '../../../loop/node/session.ts';
import { err, fail, failure, type Failure, ok, type Result } from '../../../model/result.ts';
import { reportOutcome } from './apply-report.ts';
import type { NameAuthor } from '../../../app/author.ts';
import type { Disruption } from '../../../plan/step.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import { askYesNo, canAsk, readInput } from '../../terminal/input.ts';
import type { Output } from '../../../app/output.ts';
import { previewNow, reportInvalid } from './plan-file.ts';
import { type Format, printValue } from '../../../app/print.ts';
import { previewToJson, renderConflicts, renderPreview, renderRefusals } from './change-preview.ts';
import { parseSavedPlan, type SavedPlan, staleReasons } from './saved-plan.ts';

/** Time to wait for another apply, confirm or revert. Units: milliseconds. */
const LOCK_TIMEOUT_MS = 20_000;

/**
 * The file and how to apply it.
 * Shape: `file` is a document or a saved plan.
 * Units: `windowMs` milliseconds.
 */
export type ApplyChoice = {
  readonly file: string | undefined;
  readonly dryRun: boolean;
  readonly windowMs: number | undefined;
  readonly why: string | undefined;
  readonly ifGeneration: number | undefined;
  readonly limit: Disruption;
  readonly withdraw: boolean;
  readonly yes: boolean;
  readonly format: Format;
};

/**
 * Dependencies of an apply.
 * Shape: `around` without the members that the command line supplies; `record` stores the successful round
 * for status and events.
 */
export type ApplyPorts = {
  readonly session: Session;
  readonly tentativeStore: TentativeStore;
  readonly history: History;
  readonly around: Omit<ApplyHooks, 'tell'>;
  readonly record?: (round: Round) => void;
  readonly authorOf: NameAuthor;
};

/**
 * Resolves to the exit code: 0 applied, 3 applied in part, 4 stale plan or conflict, 5 refused, 6 rolled back, 7 incompletely
 * rolled back, 130 interrupted.
 */
export async function apply(
  given: ApplyPorts,
  options: ApplyChoice,
  output: Output,
): Promise<Result<ExitCode, Problem>> {
  const input = options.file === undefined ? ok(undefined) : readInput(options.file);
  if (!input.ok) return input;
  const saved = input.value === undefined ? undefined : parseSavedPlan(input.value);
  const file = saved?.file ?? (options.file === '-' ? 'stdin' : (options.file ?? 'vnet.yaml'));
  const text = saved === undefined ? input.value : saved.text;
  const request: ChangeRequest = { text, file, permission: options };
  const locked = given.tentativeStore.lock(LOCK_TIMEOUT_MS);
  if (!locked.ok) return locked;
  try {
    return await applyLocked(given, { options, request, saved }, output);
  } finally {
    locked.value();
  }
}

type Asked = {
  readonly options: ApplyChoice;
  readonly request: ChangeRequest;
  readonly saved: SavedPlan | undefined;
};

async function applyLocked(
  given: ApplyPorts,
  { options, request, saved }: Asked,
  output: Output,
): Promise<Result<ExitCode, Problem>> {
  const { session, tentativeStore, history } = given;
  if (!options.dryRun) {
    const ended = expireLocked(session, tentativeStore);
    if (!ended.ok) return ended;
  }
  const open = tentativeStore.read();
  if (!open.ok) return open;
  if (open.value !== undefined && !options.dryRun) return err(stillOpen(open.value));
  const previewed = previewNow(session, history, request);
  if (!previewed.ok) return reportInvalid(previewed.error, request, output);
  if (previewed.value.kind === 'conflict') {
    output.warn(renderConflicts(previewed.value.conflicts, request.file, previewed.value.latest));
    return ok(EXIT.conflict);
  }
  const { preview } = previewed.value;
  const stale = saved === undefined ? [] : staleReasons(saved, preview);
  const shown = showProposal(preview, { options, request, stale }, output);
  if (shown !== undefined) return ok(shown);
  const latest = preview.before.document.metadata.generation;
  if (options.ifGeneration !== undefined && options.ifGeneration !== latest) {
    return fail('conflict', 'apply', `the document is at generation ${latest}, not ${options.ifGeneration}`, {
      hint: 'See the changes since with vnet history, then apply with --if-generation of the latest.',
    });
  }
  if (!(await isAgreed(preview, options, output))) return ok(EXIT.refused);
  const outcome = await carryOut(given, { options, request, preview }, output);
  if (outcome.ok && outcome.value.kind === 'applied' && outcome.value.round !== undefined)
    given.record?.(outcome.value.round);
  return outcome.ok
    ? ok(reportOutcome(outcome.value, { preview, file: request.file, format: options.format }, output))
    : outcome;
}

/** Prints the preview; returns an exit code if nothing remains to be done. */
function showProposal(
  preview: ChangePreview,
  { options, request, stale }: { options: ApplyChoice; request: ChangeRequest; stale: readonly string[] },
  output: Output,
): ExitCode | undefined {
  const isEmpty = preview.changes.length + preview.plan.steps.length === 0;
  const isAll = options.dryRun || stale.length > 0 || preview.refusals.length > 0;
  if (options.format === 'text' && !isEmpty) output.print(renderPreview(preview, request.file, output));
  else if (options.format !== 'text' && isAll) {
    printValue({ ...previewToJson(preview), stale }, options.format, output);
  }
  if (stale.length > 0) {
    output.warn(
      ['vnet: the saved plan is stale; nothing was changed', ...stale.map((line) => `  ${line}`)].join('\n'),
    );
    output.warn('  the plan above is current: save it with vnet plan --out');
    return EXIT.conflict;
  }
  if (preview.refusals.length > 0) {
    output.warn(renderRefusals(preview.refusals));
    return EXIT.refused;
  }
  if (!options.dryRun) return undefined;
  if (isEmpty && options.format === 'text') output.print('unchanged');
  return isEmpty ? EXIT.done : EXIT.differences;
}

function stillOpen({ id, window, author }: Tentative): Failure {
  const who = author.login === undefined ? author.who : `${author.login} (${author.who})`;
  const why = author.why === undefined ? '' : `, "${author.why}"`;
  return failure(
    'refused',
    'apply',
    `generation ${id} of ${who}${why} is unconfirmed until ${window?.deadline}`,
    {
      hint: `Keep it with vnet confirm ${id} or roll it back with vnet revert ${id}, then apply again.`,
    },
  );
}

/** An apply that interrupts pods needs consent: at the terminal, or by --yes. */
async function isAgreed(preview: ChangePreview, { yes }: ApplyChoice, output: Output): Promise<boolean> {
  const pods = new Set(
    preview.steps.flatMap(({ disruption, pods: hit }) => (disruption === 'hitless' ? [] : hit)),
  );
  const worst = preview.steps.some(({ disruption }) => disruption !== 'hitless');
  if (!worst || yes) return true;
  const what = `This interrupts ${pods.size === 0 ? 'traffic' : `${count(pods.size, 'pod')} (${[...pods].join(', ')})`}`;
  if (canAsk()) return askYesNo(`${what}. Continue?`);
  output.warn(
    `vnet: refused: ${what.replace('This', 'this')} and needs confirmation\n  not a terminal: use --yes`,
  );
  return false;
}

type Made = {
  readonly options: ApplyChoice;
  readonly request: ChangeRequest;
  readonly preview: ChangePreview;
};

function carryOut(
  { session, tentativeStore, around, authorOf }: ApplyPorts,
  { options, request, preview }: Made,
  output: Output,
): Promise<Result<ApplyOutcome, Problem>> {
  const { limit, windowMs, ifGeneration, why, format } = options;
  const applyRequest = {
    preview,
    text: request.text,
    author: authorOf('vnet apply', why),
    limit,
    windowMs,
    ifGeneration,
  };
  const tell: ApplyHooks['tell'] = (event) => {
    if (format !== 'text') return;
    if (event.kind === 'planned') {
      const window = windowMs === undefined ? '' : `, confirm within ${renderWindow(windowMs)}`;
      output.print(
        `\n${event.generation} planned   ${count(event.actions, 'action')}${window}; rollback plan saved`,
      );
    } else {
      output.print(
        `${event.generation} ${event.kind.padEnd(9)} ${event.done} changed  ${(event.durationMs / 1000).toFixed(3)}s`,
      );
    }
  };
  return applyPreview(session, tentativeStore, applyRequest, { ...around, tell });
}
