/**
 * Migrates a node: reads azure-vnet's files, asks, and imports; or proposes a document for the observed
 * state.
 */
import { readFileSync } from 'node:fs';
import { type AzurePool, type AzureState, parseAzurePools, parseAzureState } from '../../../azure/state.ts';
import { parseConflist } from '../../../cni/conflist.ts';
import type { Problem } from '../../../document/store/store.ts';
import { bridgeConfOf, kubenetConf } from '../../../loop/import/bridge/conf.ts';
import { withMasquerade } from '../../../loop/import/bridge/masquerade.ts';
import { bridgeOrigin } from '../../../loop/import/bridge/proposal.ts';
import type { BridgeConf } from '../../../loop/import/bridge/source.ts';
import type { ImportRequest, ImportSession } from '../../../loop/import/import.ts';
import { type Ipv6NatChoice, withIpv6Nat } from '../../../loop/import/ipv6-nat.ts';
import { withLimits } from '../../../loop/import/limits.ts';
import { azureOrigin } from '../../../loop/import/proposal.ts';
import type { Session } from '../../../loop/node/session.ts';
import { fail, ok, type Result } from '../../../model/result.ts';
import { sha1Hex } from '../../../model/sha1.ts';
import type { Disruption } from '../../../plan/step.ts';
import { rootOf } from '../../../app/paths.ts';
import type { VerbContext } from '../../verb.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import { withFile } from './emit.ts';
import type { ImportForm } from './import-report.ts';
import { askYesNo, canAsk } from '../../terminal/input.ts';
import { readAttachments, readLiveDocument } from './live-source.ts';

/**
 * Imports a node.
 * Shape: `files` are azure-vnet's state and, optionally, its IPAM state; or the CNI configuration of the plugin bridge; none for
 * kubenet.
 */
export type ImportChoice = {
  readonly files: readonly string[];
  readonly masqAgent: string | undefined;
  readonly ipv6Nat: Ipv6NatChoice | undefined;
  readonly poolSource: 'azure' | 'static';
  readonly limit: Disruption;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly as: ImportForm;
};

/** Proposes a document for the node's observed state. Shape: `network` is the name for its network. */
export type ProposalChoice = { readonly network: string | undefined; readonly as: ImportForm };

/** Prints the proposal as YAML; gaps are reported on stderr. */
export async function printProposal(
  { sys, output, withNode }: VerbContext,
  choice: ProposalChoice,
): Promise<Result<ExitCode, Problem>> {
  const { printAs } = await import('./import-report.ts');
  return withNode((node) => {
    const live = readLiveDocument(sys, node, choice.network);
    if (!live.ok) return live;
    const { document, remarks } = live.value;
    if (Object.keys(document.networks).length === 0) {
      for (const remark of remarks) output.warn(`vnet: ${remark}`);
      const hint = 'A network is a bridge with a NIC as port and an IP address; the first ADD creates one.';
      return fail('not-found', 'propose a document', 'this node has no such network', { hint });
    }
    printAs(document, choice.as === 'json' ? 'json' : 'yaml', output);
    for (const remark of remarks) output.warn(`vnet: ${remark}`);
    output.warn('vnet: proposal only; nothing was written. Check pool, names and containers before use.');
    return ok(EXIT.done);
  });
}

/** Imports the node, or previews the import. Errors: `refused` without consent; unreadable files. */
export async function importFiles(
  context: VerbContext,
  choice: ImportChoice,
): Promise<Result<ExitCode, Problem>> {
  const request = await readRequest(choice, context);
  if (!request.ok) return request;
  const confirmed = choice.dryRun || choice.yes || (await confirm(choice, context));
  if (!confirmed) {
    const hint = 'Preview with --dry-run, then use --yes.';
    return fail('refused', 'import', 'not confirmed', { hint });
  }
  const done = await context.withSession((session) => importInto(session, request.value, choice, context));
  if (!done.ok || done.value !== EXIT.done || choice.dryRun || choice.ipv6Nat !== 'masquerade') return done;
  const { handOverIpv6Nat } = await import('./ipv6-nat.ts');
  return handOverIpv6Nat(context);
}

async function importInto(
  session: Session,
  request: LockedRequest,
  choice: ImportChoice,
  { sys, paths, environment, output }: VerbContext,
): Promise<Result<ExitCode, Problem>> {
  const { toolRunner } = await import('#run-tool');
  const { createBridgeRules } = await import('../../../kernel/ebtables.ts');
  const { createImportRecords, takeAzureLocks, takePluginLock } = await import(
    '../../../loop/files/import-record.ts'
  );
  const { beginImport } = await import('../../../loop/import/import.ts');
  const { showImport, takeOver } = await import('./import-report.ts');
  const records = createImportRecords(sys, paths.stateDirectory);
  const importing: ImportSession = {
    ...session,
    bridgeRules: createBridgeRules(toolRunner(environment)),
    records,
  };
  if (choice.dryRun) return showImport(importing, request, choice.as, output);
  // A run that was killed while the network got another mode.
  const { expireTentative } = await import('../../../loop/change/expire-tentative.ts');
  const { createTentativeStore } = await import('../../../app/tentative-store.ts');
  const ended = expireTentative(session, createTentativeStore(sys, paths, 'vnet import', output.warn));
  if (!ended.ok) return ended;
  const locks =
    request.lock === undefined
      ? takeAzureLocks(sys, { runDirectory: paths.runDirectory, files: choice.files })
      : takePluginLock(sys, request.lock);
  if (!locks.ok) return locks;
  try {
    const begun = beginImport(importing, request);
    return begun.ok ? takeOver(importing, begun.value, { ...choice, next: request.next }, output) : begun;
  } finally {
    locks.value.release();
  }
}

async function confirm(choice: ImportChoice, { output }: VerbContext): Promise<boolean> {
  if (!canAsk()) return false;
  const from = choice.files.length === 0 ? 'kubenet' : choice.files.join(', ');
  output.warn(`vnet: import of this node from ${from}.`);
  return askYesNo('Pods keep running. Import now?');
}

/** A request, and the lock that keeps the other plugin away; absent: azure-vnet's. */
type LockedRequest = ImportRequest & { readonly lock?: string };

/** The files are distinguished by their content. */
async function readRequest(choice: ImportChoice, context: VerbContext): Promise<Result<LockedRequest>> {
  const { files, poolSource, limit, ipv6Nat } = choice;
  const texts: string[] = [];
  for (const file of files) {
    const text = readText(file);
    if (!text.ok) return text;
    texts.push(text.value);
  }
  const conf = files.length === 0 ? ok(kubenetConf()) : bridgeConfIn(files[0] ?? '', texts);
  if (!conf.ok) return conf;
  if (conf.value !== undefined) return bridgeRequest(conf.value, choice, context);
  const source = parseFiles(files, texts);
  if (!source.ok) return source;
  const known = readAttachments(rootOf(context.paths));
  const azure = withIpv6Nat(azureOrigin({ ...source.value, poolSource }), ipv6Nat);
  const plain = withLimits(azure, known);
  if (choice.masqAgent === undefined) return ok({ ...plain, limit, digest: sha1Hex(texts.join('\0')) });
  const { readMasqAgent } = await import('./bridge-source.ts');
  const agent = readMasqAgent(choice.masqAgent);
  if (!agent.ok) return agent;
  const origin = withMasquerade(plain, agent.value);
  return ok({ ...origin, limit, digest: sha1Hex(texts.join('\0')) });
}

function bridgeConfIn(file: string, [text = '']: readonly string[]): Result<BridgeConf | undefined> {
  if (!/"type"\s*:\s*"bridge"/.test(text)) return ok(undefined);
  const list = parseConflist(text, file);
  return list.ok ? bridgeConfOf(list.value.name, list.value.plugins) : list;
}

async function bridgeRequest(
  conf: BridgeConf,
  { masqAgent, limit }: ImportChoice,
  { sys, paths, environment }: VerbContext,
): Promise<Result<LockedRequest>> {
  const { toolRunner } = await import('#run-tool');
  const { readBridgeSource } = await import('./bridge-source.ts');
  const place = { sys, run: toolRunner(environment), root: rootOf(paths), masqAgent };
  const gathered = readBridgeSource(place, conf);
  if (!gathered.ok) return gathered;
  const { source, directory, texts } = gathered.value;
  const origin = withLimits(bridgeOrigin(source), source.known, source.shaped);
  return ok({ ...origin, limit, digest: sha1Hex(texts.join('\0')), lock: `${directory}/lock` });
}

function parseFiles(
  files: readonly string[],
  texts: readonly string[],
): Result<{ readonly state: AzureState; readonly pools: readonly AzurePool[] }> {
  let state: AzureState | undefined;
  let pools: readonly AzurePool[] = [];
  for (const [index, text] of texts.entries()) {
    const file = files[index] ?? '';
    if (/^\s*\{\s*"IPAM"/.test(text)) {
      const read = parseAzurePools(text, file);
      if (!read.ok) return read;
      pools = [...pools, ...read.value];
    } else {
      const read = parseAzureState(text, file);
      if (!read.ok) return read;
      state = read.value;
    }
  }
  if (state !== undefined) return ok({ state, pools });
  const hint = 'Name azure-vnet.json too: it lists the pods.';
  return fail('invalid', `read ${files.join(', ')}`, 'azure-vnet.json is missing', { hint });
}

function readText(file: string): Result<string> {
  return withFile(`read ${file}`, () => readFileSync(file, 'utf8'), 'Name a readable file.');
}
