/** A plugin with other bounds than those that are installed, beside the same program. */
import { linkSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compileShim } from '../../scripts/shim.ts';
import { BIN } from './live-node.ts';

/** A plugin. Shape: `file` is its path. */
export type PlantedShim = { readonly file: string; readonly remove: () => void };

/** Returns the plugin that takes so many seconds of silence for its server's end. Errors: throws what the compiler says. */
export function plantShim(silenceSeconds: number): PlantedShim {
  // Beside the real one: the program finds its own files from there.
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
