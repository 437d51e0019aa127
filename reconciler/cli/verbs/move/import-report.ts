/** `vnet import --from`: takes over a node that runs Azure CNI; shows beforehand what that means. */
import type { Problem } from '../../../document/store/store.ts';
import { type ImportFinding } from '../../../loop/import/endpoints.ts';
import {
  type BegunImport,
  findImport,
  finishImport,
  type ImportOutcome,
  type ImportPreview,
  type ImportRequest,
  type ImportWorld,
  previewImport,
} from '../../../loop/import/import.ts';
import { planNode } from '../../../loop/round/plan-node.ts';
import type { BridgeRule } from '../../../model/ports/bridge-rules.ts';
import { ok, renderFailure, type Result } from '../../../model/result.ts';
import { planToJson, renderPlan } from '../../../plan/text.ts';
import { renderYaml } from '../../../document/yaml/parse.ts';
import type { Disruption } from '../../../plan/step.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import type { Output } from '../../../app/output.ts';
import { renderTable } from '../../terminal/table.ts';

/** How an import is printed. */
export type ImportForm = 'text' | 'yaml' | 'json';

/** Prints what an import would do; exit 2 when there is something. Writes nothing. */
export function showImport(
  world: ImportWorld,
  request: ImportRequest,
  as: ImportForm,
  output: Output,
): Result<ExitCode, Problem> {
  const begun = findImport(world, request);
  if (!begun.ok) return begun;
  if (begun.value !== undefined) return showBegun(world, begun.value, as, output);
  const preview = previewImport(world, request);
  if (!preview.ok) return preview;
  if (as === 'text') output.print(previewText(preview.value, output));
  else print(previewValue(preview.value), as, output);
  return ok(EXIT.differences);
}

/** The document is there: what is left is what any round would do. */
function showBegun(
  world: ImportWorld,
  { document, record }: NonNullable<Extract<ReturnType<typeof findImport>, { ok: true }>['value']>,
  as: ImportForm,
  output: Output,
): Result<ExitCode, Problem> {
  const planned = planNode(world.kernel, document);
  if (!planned.ok) return planned;
  const { plan } = planned.value;
  const isDone = record.phase === 'done' && plan.steps.length === 0;
  if (as !== 'text') print({ document, findings: [], plan: planToJson(plan), rules: [] }, as, output);
  else {
    const state = isDone
      ? 'This was imported before.'
      : 'This import was begun before; run it again to finish it.';
    output.print(`${state}\n\n${renderPlan(plan, output.paint)}`);
  }
  return ok(isDone ? EXIT.done : EXIT.differences);
}

function print(value: unknown, as: 'yaml' | 'json', output: Output): void {
  const json = JSON.stringify(value, undefined, 2);
  output.print(as === 'json' ? json : renderYaml(JSON.parse(json), 0).trimEnd());
}

function previewValue({ document, proposal, plan, rules }: ImportPreview): object {
  return { document, findings: proposal.findings, plan: planToJson(plan), rules: rules.map(commandOf) };
}

/** Returns the preview as people read it: what is taken in, the networks, the plan, the rules that go. */
export function previewText({ document, proposal, plan, rules }: ImportPreview, output: Output): string {
  return [
    `import into node ${document.metadata.node}, against the kernel as it is now`,
    '',
    findingsTable(proposal.findings),
    '',
    'Networks as the document would say them:',
    renderYaml(JSON.parse(JSON.stringify({ networks: document.networks })), 2).trimEnd(),
    '',
    renderPlan(plan, output.paint),
    '',
    rules.length === 0
      ? "No ebtables rules of azure-vnet's are to go."
      : `Then these ${rules.length} ebtables rules of azure-vnet's go, which vnet's one nftables map has replaced:`,
    ...rules.map((rule) =>
      output.paint('delete', `  - ${rule.program} ${rule.chain} ${rule.spec.join(' ')}`),
    ),
  ].join('\n');
}

const WORDS: Readonly<Record<ImportFinding['sort'], string>> = {
  taken: 'taken over',
  lease: 'address held',
  resting: 'resting',
  left: 'LEFT OUT',
  note: 'note',
};

function findingsTable(findings: readonly ImportFinding[]): string {
  return renderTable(
    ['WHAT', 'BECOMES', 'BECAUSE'],
    findings.map(({ sort, subject, message }) => [subject, WORDS[sort], message]),
  );
}

function commandOf({ program, chain, spec }: BridgeRule): string {
  return `${program} -t nat -D ${chain} ${spec.join(' ')}`;
}

/** Makes the kernel follow an import that was begun, and prints what was done. Exit 3 when a part is still to be done. */
export function takeOver(
  world: ImportWorld,
  begun: BegunImport,
  { limit, as }: { readonly limit: Disruption; readonly as: ImportForm },
  output: Output,
): Result<ExitCode, Problem> {
  const done = finishImport(world, begun, limit);
  if (!done.ok) return done;
  if (as === 'text') output.print(outcomeText(done.value));
  else print(outcomeValue(done.value), as, output);
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

/** Returns what was done as people read it, with what to do next and how to undo it. */
export function outcomeText(outcome: ImportOutcome): string {
  const { isResumed, proposal, round, removed, programs } = outcome;
  const changed = round?.outcomes.filter(({ status }) => status === 'changed').length ?? 0;
  const head = isResumed
    ? ['This import was begun before; it goes on.']
    : [findingsTable(proposal?.findings ?? []), ''];
  if (!isWhole(outcome)) {
    const remaining = round?.remaining.length ?? 0;
    return [
      ...head,
      `Not finished: ${changed} changed, ${remaining} steps remain. azure-vnet's ebtables rules are all still there.`,
      'Mend what is said below, then run the same import again: it goes on where it stopped.',
    ].join('\n');
  }
  if (isResumed && changed === 0 && removed.length === 0) {
    return `Imported before: nothing to do, the kernel is as generation ${round?.document.metadata.generation ?? 1} says.`;
  }
  const rules =
    programs.length === 0
      ? 'ebtables is not installed, so no rule of azure-vnet was looked for.'
      : `${removed.length} ebtables rules of azure-vnet's removed; import.json beside the document has each as a command.`;
  return [
    ...head,
    `Taken over: generation ${round?.document.metadata.generation ?? 1}, ${changed} objects changed, no pod touched.`,
    rules,
    "Next: put vnet's azure-vnet and azure-vnet-ipam in the place of the old ones (/opt/cni/bin) before a pod starts.",
    'To undo it: put the rules of import.json back, remove the document and run nft delete table bridge vnet.',
  ].join('\n');
}
