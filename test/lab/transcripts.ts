/**
 * Replays examples/transcripts on a live node of the lab, in private namespaces, and names pages that differ
 * from the files; with `--write` it writes them.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endWithParent, findSandbox, reenter } from '../support/sandbox.ts';
import { ensureTools } from '../support/tools.ts';
import { renderRecording } from './recording.ts';
import { stablePart } from './transcript.ts';
import { missingForImport, playPages } from './transcript-pages.ts';

const INSIDE = 'VNET_TRANSCRIPTS_SANDBOX';
const FOLDER = '/run/vnet-transcripts';
const target = join(import.meta.dirname, '../../examples/transcripts');

function firstDifference(written: string, played: string): string | undefined {
  const [want, have] = [written.split('\n'), played.split('\n')];
  const index = have.findIndex((line, place) => line !== want[place]);
  const at = index < 0 ? have.length : index;
  if (at === want.length && at === have.length) return undefined;
  return `  line ${at + 1}\n  written  ${want[at] ?? '(none)'}\n  played   ${have[at] ?? '(none)'}`;
}

/** Enters a sandbox; resolves to the exit code. */
async function startOutside(): Promise<number> {
  const missing = ensureTools(console.log);
  const sandbox = missing === undefined ? findSandbox() : { kind: 'none' as const, reason: missing };
  if (sandbox.kind !== 'none') return reenter(sandbox.argv, { [INSIDE]: sandbox.kind });
  console.log(`no transcript can be made here: ${sandbox.reason}`);
  return 1;
}

/** Plays, inside the sandbox; resolves to the exit code: 1 if a page differs. */
async function startInside(): Promise<number> {
  endWithParent(() => process.exit(130));
  mkdirSync(FOLDER);
  const pages = await playPages(FOLDER);
  const isWriting = process.argv.includes('--write');
  let differing = 0;
  for (const [file, page] of pages) {
    const path = join(target, file);
    if (isWriting) {
      mkdirSync(target, { recursive: true });
      writeFileSync(path, page);
    }
    const difference = firstDifference(stablePart(readFileSync(path, 'utf8')), stablePart(page));
    differing += difference === undefined ? 0 : 1;
    const word = difference === undefined ? 'same   ' : 'DIFFERS';
    console.log(`${isWriting ? 'written' : word}  ${file}`);
    if (difference !== undefined) console.log(difference);
  }
  const recording = renderRecording(readFileSync(join(target, '11-first-steps.md'), 'utf8'));
  if (isWriting) writeFileSync(join(target, '../recording.svg'), recording);
  const missing = missingForImport();
  if (missing !== undefined) console.log(`09-import-export.md was not played: ${missing}`);
  return differing === 0 ? 0 : 1;
}

process.exit(process.env[INSIDE] === undefined ? await startOutside() : await startInside());
