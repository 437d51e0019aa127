/** Runs graph, export and import: opens what each of them needs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type AzurePool, type AzureState, parseAzurePools, parseAzureState } from '../../../azure/state.ts';
import { renderYaml } from '../../../document/yaml/parse.ts';
import type { Problem } from '../../../document/store/store.ts';
import type { ImportRequest, ImportWorld } from '../../../loop/import/import.ts';
import type { World } from '../../../loop/round/world.ts';
import { withParts } from '../../../model/part.ts';
import { err, type Failure, failure, ok, type Result } from '../../../model/result.ts';
import { sha1Hex } from '../../../model/sha1.ts';
import type { Sys } from '../../../model/ports/sys.ts';
import type { ExportChoice, ImportChoice, MoveChoice } from './commands-move.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import type { CniAnswer } from '../../../cni/answer.ts';
import type { Emit } from './graph.ts';
import { ask, canAsk } from '../../terminal/input.ts';
import { gatherLive } from './live-source.ts';
import { openLookWorld } from '../look/looking.ts';
import type { Output } from '../../../app/output.ts';
import type { NodePaths } from '../../../app/paths.ts';
import { openPreviewWorld, openWorld } from '../../../app/world.ts';

/** What the verbs have besides the node. Shape: `loadCniAnswer` is the plugin's, absent where it is not part of us. */
export type MoveTools = {
  readonly sys: Sys;
  readonly paths: NodePaths;
  readonly output: Output;
  readonly loadCniAnswer: (() => Promise<CniAnswer>) | undefined;
};

/** Runs the verb and returns its exit code. */
export function runMoving(choice: MoveChoice, tools: MoveTools): Promise<Result<ExitCode, Problem>> {
  switch (choice.verb) {
    case 'graph':
      return runGraph(choice, tools);
    case 'export':
      return runExport(choice, tools);
    case 'import':
      return choice.files.length === 0 ? runProposal(choice, tools) : runImporting(choice, tools);
  }
}

/** Nothing is cut, and no line break is added: the document comes out byte for byte. */
function emitter({ sys }: MoveTools, out: string | undefined): Emit {
  return (text) => {
    if (out === undefined) {
      sys.write(1, new TextEncoder().encode(text));
      return ok(undefined);
    }
    try {
      writeFileSync(out, text);
      return ok(undefined);
    } catch (error) {
      return err(fileFailure(`write ${out}`, error, 'Name a writable file.'));
    }
  };
}

function fileFailure(step: string, error: unknown, hint: string): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return failure(message.startsWith('ENOENT') ? 'not-found' : 'io', step, message, { hint });
}

async function runGraph(
  choice: Extract<MoveChoice, { verb: 'graph' }>,
  tools: MoveTools,
): Promise<Result<ExitCode, Problem>> {
  const { drawGraph } = await import('./graph.ts');
  const world = await openLookWorld(tools.sys, tools.paths, process.env);
  if (!world.ok) return world;
  try {
    return await withParts(() => drawGraph(world.value, choice, emitter(tools, choice.out)));
  } finally {
    world.value.close();
  }
}

async function runExport(choice: ExportChoice, tools: MoveTools): Promise<Result<ExitCode, Problem>> {
  const { exportDocument } = await import('./export.ts');
  const cniAnswer = await tools.loadCniAnswer?.();
  const world = await openPreviewWorld(tools.sys, tools.paths, process.env);
  if (!world.ok) return world;
  const proposeLive = () => {
    const live = gatherLive(tools.sys, world.value, undefined);
    return live.ok ? ok(live.value.document) : live;
  };
  const exporting = { ...world.value, proposeLive, cniAnswer };
  try {
    return await withParts(() => exportDocument(exporting, choice, emitter(tools, choice.out)));
  } finally {
    world.value.close();
  }
}

/** A document for what is there, as YAML; what could not be known goes to stderr. */
async function runProposal(choice: ImportChoice, tools: MoveTools): Promise<Result<ExitCode, Problem>> {
  const { output } = tools;
  const world = await openPreviewWorld(tools.sys, tools.paths, process.env);
  if (!world.ok) return world;
  try {
    const live = gatherLive(tools.sys, world.value, choice.network);
    if (!live.ok) return live;
    const { document, remarks } = live.value;
    if (Object.keys(document.networks).length === 0) {
      for (const remark of remarks) output.warn(`vnet: ${remark}`);
      const hint = 'A network is a bridge with a NIC as port and an IPv4 address; the first ADD creates one.';
      return err(failure('not-found', 'propose a document', 'this node has no such network', { hint }));
    }
    const json = JSON.stringify(document, undefined, 2);
    output.print(choice.as === 'json' ? json : renderYaml(JSON.parse(json), 0).trimEnd());
    for (const remark of remarks) output.warn(`vnet: ${remark}`);
    output.warn('vnet: proposal only; nothing was written. Check pool, names and containers before use.');
    return ok(EXIT.done);
  } finally {
    world.value.close();
  }
}

async function runImporting(choice: ImportChoice, tools: MoveTools): Promise<Result<ExitCode, Problem>> {
  const { sys, paths } = tools;
  const request = readRequest(choice);
  if (!request.ok) return request;
  const confirmed = choice.dryRun || choice.yes || (await confirm(choice, tools));
  if (!confirmed) {
    const hint = 'Preview with --dry-run, then use --yes.';
    return err(failure('refused', 'import', 'not confirmed', { hint }));
  }
  const world = await openWorld(sys, paths, process.env, { who: 'vnet import', isBrief: false });
  if (!world.ok) return world;
  try {
    return await importInto(world.value, request.value, choice, tools);
  } finally {
    world.value.kernel.close();
  }
}

/** In two parts, since what is begun must not be asked for again when a part of us is loaded for the second. */
async function importInto(
  world: World,
  request: ImportRequest,
  choice: ImportChoice,
  { sys, paths, output }: MoveTools,
): Promise<Result<ExitCode, Problem>> {
  const { createBridgeRules } = await import('../../../kernel/ebtables.ts');
  const { createImportRecords, takeAzureLocks } = await import('../../../loop/files/import-record.ts');
  const { beginImport } = await import('../../../loop/import/import.ts');
  const { showImport, takeOver } = await import('./import.ts');
  const records = createImportRecords(sys, paths.stateDirectory);
  const importing: ImportWorld = { ...world, bridgeRules: createBridgeRules(), records };
  if (choice.dryRun) return withParts(() => showImport(importing, request, choice.as, output));
  const locks = takeAzureLocks(sys, { runDirectory: paths.runDirectory, files: choice.files });
  if (!locks.ok) return locks;
  try {
    const begun = await withParts(() => beginImport(importing, request));
    return begun.ok ? await withParts(() => takeOver(importing, begun.value, choice, output)) : begun;
  } finally {
    locks.value.release();
  }
}

async function confirm(choice: ImportChoice, { output }: MoveTools): Promise<boolean> {
  if (!canAsk()) return false;
  output.warn(`vnet: import of this node from azure-vnet (${choice.files.join(', ')}).`);
  return ask('Pods keep running. Import now?');
}

/** Which of the files is which is seen from what is in it. */
function readRequest({ files, poolSource, limit }: ImportChoice): Result<ImportRequest> {
  let state: AzureState | undefined;
  let pools: readonly AzurePool[] = [];
  const texts: string[] = [];
  for (const file of files) {
    const text = readText(file);
    if (!text.ok) return text;
    texts.push(text.value);
    if (/^\s*\{\s*"IPAM"/.test(text.value)) {
      const read = parseAzurePools(text.value, file);
      if (!read.ok) return read;
      pools = [...pools, ...read.value];
    } else {
      const read = parseAzureState(text.value, file);
      if (!read.ok) return read;
      state = read.value;
    }
  }
  if (state !== undefined) return ok({ state, pools, poolSource, limit, digest: sha1Hex(texts.join('\0')) });
  const hint = 'Name azure-vnet.json too: it lists the pods.';
  return err(failure('invalid', `read ${files.join(', ')}`, 'azure-vnet.json is missing', { hint }));
}

function readText(file: string): Result<string> {
  try {
    return ok(readFileSync(file, 'utf8'));
  } catch (error) {
    return err(fileFailure(`read ${file}`, error, 'Name a readable file.'));
  }
}
