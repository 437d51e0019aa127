/** Applies safe fixes and reports how to undo them. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Fix } from './check.ts';

/** The outcome of a fix. Shape: `done` false: nothing was changed, and `text` is the reason. */
export type FixResult = { readonly done: boolean; readonly text: string };

/** Ensures that the fix is applied. Never overwrites a file that vnet did not write. */
export function applyFix(fix: Fix): FixResult {
  try {
    return applyFixOrThrow(fix);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { done: false, text: `${fix.path}: ${message}` };
  }
}

function applyFixOrThrow(fix: Fix): FixResult {
  switch (fix.kind) {
    case 'write': {
      if (existsSync(fix.path) && readFileSync(fix.path, 'utf8') !== fix.text) {
        return { done: false, text: `${fix.path} exists with other contents: not changed` };
      }
      mkdirSync(dirname(fix.path), { recursive: true });
      writeFileSync(fix.path, fix.text, { mode: 0o644 });
      const reload = fix.reload === undefined ? '' : `; activate with: ${fix.reload}`;
      return { done: true, text: `wrote ${fix.path}${reload}. To undo: rm ${fix.path}` };
    }
    case 'mkdir':
      mkdirSync(fix.path, { recursive: true, mode: 0o700 });
      return { done: true, text: `created ${fix.path}. To undo: rmdir ${fix.path}` };
    case 'remove':
      rmSync(fix.path, { force: true });
      return {
        done: true,
        text: `removed ${fix.path}, a temporary file of a killed process; the document is complete without it`,
      };
  }
}
