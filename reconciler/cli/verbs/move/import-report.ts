/** `vnet import --from`: migrates a node from another CNI plugin; reports of preview and result. */
import type { Problem } from '../../../document/store/store.ts';
import { type ImportFinding } from '../../../loop/import/endpoints.ts';
import {
  type BegunImport,
  findImport,
  finishImport,
  type FoundImport,
  type ImportOutcome,
  type ImportPreview,
  type ImportRequest,
  type ImportSession,
  previewImport,
} from '../../../loop/import/import.ts';
import { networksWith } from '../../../model/capabilities.ts';
import type { VnetDocument } from '../../../../schemas/generated/vnet.ts';
import { planNode } from '../../../loop/node/plan-node.ts';
import type { BridgeRule } from '../../../model/ports/bridge-rules.ts';
import { ok, renderFailure, type Result } from '../../../model/result.ts';
import { planToJson, renderPlan } from '../../../plan/text.ts';
import { count } from '../../../model/words.ts';
import { renderYaml } from '../../../document/yaml/parse.ts';
import type { Disruption } from '../../../plan/step.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import type { Output } from '../../../app/output.ts';
import { renderTable } from '../../terminal/table.ts';

/** Output format of an import. */
export type ImportForm = 'text' | 'yaml' | 'json';

/** Prints the preview of an import; exit 2 if it has steps. Changes nothing. */
export function showImport(
  session: ImportSession,
  request: ImportRequest,
  as: ImportForm,
  output: Output,
): Result<ExitCode, Problem> {
  const begun = findImport(session, request);
  if (!begun.ok) return begun;
  if (begun.value !== undefined) return showBegun(session, begun.value, as, output);
  const preview = previewImport(session, request);
  if (!preview.ok) return preview;
  if (as === 'text') output.print(previewText(preview.value, output));
  else printAs(previewValue(preview.value), as, output);
  return ok(EXIT.differences);
}

/** The document is already written: the remaining steps are those of any round. */
function showBegun(
  session: ImportSession,
  { document, record }: FoundImport,
  as: ImportForm,
  output: Output,
): Result<ExitCode, Problem> {
  const planned = planNode(session.kernel, document);
  if (!planned.ok) return planned;
  const { plan } = planned.value;
  const isDone = record.phase === 'done' && plan.steps.length === 0;
  if (as !== 'text') printAs({ document, findings: [], plan: planToJson(plan), rules: [] }, as, output);
  else {
    const state = isDone ? 'Already imported.' : 'This import is incomplete; rerun it to finish.';
    output.print(`${state}\n\n${renderPlan(plan, output.paint)}`);
  }
  return ok(isDone ? EXIT.done : EXIT.differences);
}

/** Prints the value in the format. */
export function printAs(value: unknown, as: 'yaml' | 'json', output: Output): void {
  output.print(as === 'json' ? JSON.stringify(value, undefined, 2) : renderYaml(value).trimEnd());
}

function previewValue({ document, proposal, plan, rules }: ImportPreview): object {
  return { document, findings: proposal.findings, plan: planToJson(plan), rules: rules.map(commandOf) };
}

/** Returns the preview as text: imported endpoints, networks, plan, rules to be removed. */
function previewText({ document, proposal, plan, rules }: ImportPreview, output: Output): string {
  return [
    `import into node ${document.metadata.node}, compared with the current kernel`,
    '',
    findingsTable(proposal.findings),
    '',
    'Networks in the resulting document:',
    renderYaml({ networks: document.networks }, 2).trimEnd(),
    '',
    renderPlan(plan, output.paint),
    '',
    ...(hasBridgeRules(document) ? ruleLines(rules, output) : []),
  ].join('\n');
}

/** Only a network with an uplink in a bridge had rules of azure-vnet. */
function hasBridgeRules(document: VnetDocument | undefined): boolean {
  return document !== undefined && networksWith(document, 'takeover').length > 0;
}

function ruleLines(rules: readonly BridgeRule[], output: Output): readonly string[] {
  return [
    rules.length === 0
      ? 'No ebtables rules of azure-vnet to remove.'
      : `To be removed then: ${count(rules.length, 'ebtables rule')} of azure-vnet, replaced by vnet's nftables map:`,
    ...rules.map((rule) =>
      output.paint('delete', `  - ${rule.program} ${rule.chain} ${rule.spec.join(' ')}`),
    ),
  ];
}

const WORDS: Readonly<Record<ImportFinding['sort'], string>> = {
  taken: 'imported',
  lease: 'address leased',
  resting: 'quarantined',
  left: 'SKIPPED',
  note: 'note',
};

function findingsTable(findings: readonly ImportFinding[]): string {
  return renderTable(
    ['OBJECT', 'RESULT', 'REASON'],
    findings.map(({ sort, subject, message }) => [subject, WORDS[sort], message]),
  );
}

function commandOf({ program, chain, spec }: BridgeRule): string {
  return `${program} -t nat -D ${chain} ${spec.join(' ')}`;
}

/** Converges the kernel after an import has begun, and prints the result. Exit 3 if a part remains. */
export function takeOver(
  session: ImportSession,
  begun: BegunImport,
  {
    limit,
    as,
    next,
  }: { readonly limit: Disruption; readonly as: ImportForm; readonly next: readonly string[] },
  output: Output,
): Result<ExitCode, Problem> {
  const done = finishImport(session, begun, limit);
  if (!done.ok) return done;
  if (as === 'text') output.print(outcomeText(done.value, next));
  else printAs(outcomeValue(done.value), as, output);
  const { round } = done.value;
  for (const failed of round?.failures.slice(0, 10) ?? []) output.warn(`vnet: ${renderFailure(failed)}`);
  return ok(isWhole(done.value) ? EXIT.done : EXIT.partly);
}

function isWhole({ round }: ImportOutcome): boolean {
  return round !== undefined && round.remaining.length === 0 && round.failures.length === 0;
}

function outcomeValue({ isResumed, proposal, round, removed }: ImportOutcome): object {
  return {
    resumed: isResumed,
    findings: proposal?.findings ?? [],
    changed: round?.outcomes.filter(({ status }) => status === 'changed').map(({ step }) => step.key) ?? [],
    remaining: round?.remaining.map(({ key }) => key) ?? [],
    removedRules: removed.map(commandOf),
  };
}

/** Returns the result as text, with next steps and how to undo it. */
function outcomeText(outcome: ImportOutcome, next: readonly string[]): string {
  const { isResumed, proposal, round, removed, programs } = outcome;
  const changed = round?.outcomes.filter(({ status }) => status === 'changed').length ?? 0;
  const head = isResumed ? ['Resuming an incomplete import.'] : [findingsTable(proposal?.findings ?? []), ''];
  if (!isWhole(outcome)) {
    const remaining = round?.remaining.length ?? 0;
    return [
      ...head,
      `Not finished: ${changed} changed, ${count(remaining, 'step')} left. All ebtables rules of azure-vnet are still in place.`,
      'Fix the problems below and rerun; the import resumes where it stopped.',
    ].join('\n');
  }
  if (isResumed && changed === 0 && removed.length === 0) {
    return `Already imported: nothing to do, kernel matches generation ${round?.document.metadata.generation ?? 1}.`;
  }
  const rules =
    programs.length === 0
      ? 'ebtables is not installed, so rules of azure-vnet were not checked.'
      : `${count(removed.length, 'ebtables rule')} of azure-vnet removed; import.json beside the document has the commands to restore them.`;
  return [
    ...head,
    `Imported: generation ${round?.document.metadata.generation ?? 1}, ${count(changed, 'object')} changed, no pod interrupted.`,
    ...(hasBridgeRules(round?.document) ? [rules] : []),
    ...next,
  ].join('\n');
}
