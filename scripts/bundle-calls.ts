/** The code of a CNI call, as two files: the start of the program, and the call itself. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { CNI_CODES } from '../plugin/protocol/errors.ts';
import { NOTICE_AT } from '../reconciler/kernel/kinds/ndmsg.ts';
import { ERRNO, FLAGS } from '../reconciler/model/ports/sys.ts';

const root = join(import.meta.dirname, '..');

/**
 * Resolves to the contents of the two files, which are written to the folder if there is one. At start, a file costs more than
 * its contents. Bun loads their dynamic imports on demand.
 */
export async function bundleCalls(
  files: { readonly entry: string; readonly calls: string },
  folder?: string,
): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: files,
    outdir: folder ?? 'never-written',
    write: folder !== undefined,
    metafile: true,
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'esnext',
    conditions: ['bun'],
    external: ['bun', 'bun:ffi', 'bun:jsc'],
    plugins: [lazyParts(files.calls), inlineNumbers()],
    logLevel: 'warning',
  });
  return metafile;
}

const TABLES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  FLAGS,
  ERRNO,
  CNI_CODES,
  NOTICE_AT,
};
const ENTRIES = new RegExp(`\\b(${Object.keys(TABLES).join('|')})\\.(\\w+)`, 'g');

/** Numbers instead of tables of them, whose names are 3 kB of the code. */
function inlineNumbers(): Plugin {
  return {
    name: 'inline-numbers',
    setup(bundle) {
      bundle.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        const contents = text.replaceAll(ENTRIES, (entry, table: string, name: string) =>
          String(TABLES[table]?.[name] ?? entry),
        );
        return { contents, loader: 'ts' };
      });
    },
  };
}

function lazyParts(calls: string): Plugin {
  return {
    name: 'lazy-parts',
    setup(bundle) {
      bundle.onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir, kind }) => {
        if (kind !== 'dynamic-import') return undefined;
        const file = resolve(resolveDir, path);
        return { path: file === calls ? './calls.js' : file, external: true };
      });
    },
  };
}
