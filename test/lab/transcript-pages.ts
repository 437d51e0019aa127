/** All pages of examples/transcripts, by file. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execNow } from '../support/exec.ts';
import { buildLab } from './lab.ts';
import { renderTranscript } from './transcript.ts';
import { apply, edit, editAnywhere, liveChanges } from './transcript-changes.ts';
import { importAndExport } from './transcript-import.ts';
import { firstSteps } from './transcript-first.ts';
import { drift, graph, help, history, look } from './transcript-looks.ts';
import { setStage, type Stage } from './transcript-stage.ts';

/** A page played on a node of the lab. */
type Play = readonly [file: string, title: string, play: (stage: Stage) => Promise<void>];

const PLAYS: readonly Play[] = [
  ['01-editing.md', 'Editing vnet.yaml with any editor', editAnywhere],
  ['02-edit.md', 'vnet edit', edit],
  ['03-apply.md', 'vnet plan, apply, confirm, revert', apply],
  ['04-live-changes.md', 'Changing live things in place', liveChanges],
  ['05-drift.md', 'vnet drift', drift],
  ['06-history.md', 'vnet history, show, diff, rollback, blame', history],
  ['07-look.md', 'vnet get, explain, status, schema, doctor', look],
  ['08-graph.md', 'vnet graph', graph],
  ['11-first-steps.md', 'First steps', firstSteps],
  ['10-help.md', 'Help, manual, completion, colours, exit codes', help],
];

const IMPORT: readonly [file: string, title: string] = ['09-import-export.md', 'vnet import and export'];

/** Why the page about import cannot be played; undefined if it can. */
export function missingForImport(): string | undefined {
  return execNow(['ebtables', '-V']).code === 0 ? undefined : 'ebtables is not installed';
}

/** The files of all pages. */
export const PAGE_FILES: readonly string[] = [...PLAYS.map(([file]) => file), IMPORT[0]].toSorted();

/** Resolves to the pages by file, played in a lab below `folder`. Must run in a private network namespace. */
export async function playPages(folder: string): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>();
  const lab = await buildLab(join(folder, 'lab'));
  try {
    for (const [file, title, play] of PLAYS) {
      const stage = setStage(lab, join(folder, 'work'), title);
      await play(stage);
      pages.set(file, renderTranscript(stage.page));
    }
  } finally {
    await lab.wireserver.stop();
  }
  if (missingForImport() === undefined) {
    const [work, root] = [join(folder, 'import'), join(folder, 'aks')];
    for (const made of [work, root]) mkdirSync(made, { recursive: true });
    pages.set(IMPORT[0], renderTranscript(await importAndExport(IMPORT[1], work, root)));
  }
  return pages;
}
