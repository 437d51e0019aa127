/** A plugin with other time limits than the installed ones, beside the same program. */
import { linkSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compileShim } from '../../scripts/shim.ts';
import { BIN } from './live-node.ts';

/** A plugin. Shape: `file` is its path. */
export type PlantedShim = { readonly file: string; readonly remove: () => void };

/**
 * Returns a plugin that takes this many seconds of silence for the end of its server.
 * Errors: throws the compiler's message.
 */
export function plantShim(silenceSeconds: number): PlantedShim {
  // Beside the real one, from where the program finds its own files.
  const folder = mkdtempSync(join(BIN, '../planted-'));
  linkSync(join(BIN, 'vnet'), join(folder, 'vnet'));
  const file = join(folder, 'azure-vnet');
  const defines = { SILENCE_S: silenceSeconds, LIMIT_S: Math.max(100, 2 * silenceSeconds) };
  const missing = compileShim({ arch: process.arch, out: file, defines });
  const remove = (): void => rmSync(folder, { recursive: true });
  if (missing === undefined) return { file, remove };
  remove();
  throw new Error(missing);
}
