/** The command blocks of docs that are marked `sh lab`, run in order on a node of the lab. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, buildLab, removeLab } from '../lab/lab.ts';
import { BRIDGE_MODE } from '../lab/modes.ts';
import { setStage } from '../lab/transcript-stage.ts';
import { hasNamespaces } from '../support/namespaces.ts';

const docs = join(import.meta.dirname, '../../docs');
const isBuilt = existsSync(join(BIN, 'vnet'));

/** The exit code of a preview with steps, and of drift. */
const DIFFERENCES = 2;

function blocksOf(page: string): readonly string[] {
  const text = readFileSync(join(docs, page), 'utf8');
  return [...text.matchAll(/^```sh lab\n([\s\S]*?)^```/gm)].map(([, block = '']) => block.trim());
}

const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md') && blocksOf(name).length > 0)
  .toSorted();

describe('the command blocks of docs', () => {
  it('are found', () => {
    expect(pages.length).toBeGreaterThanOrEqual(4);
  });
});

describe.skipIf(!hasNamespaces || !isBuilt)('the command blocks of docs, in the lab', () => {
  it('run as written, on a node with the pods shop/web and shop/api', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vnet-docs-'));
    const lab = await buildLab(join(folder, 'lab'), BRIDGE_MODE, { prefix: 'docs-' });
    try {
      for (const page of pages) {
        const stage = setStage(lab, join(folder, 'work'), page);
        for (const pod of ['web', 'api']) await stage.addPod(pod);
        for (const line of blocksOf(page).flatMap((block) => block.split('\n'))) {
          const code = await stage.page.run(line);
          const scene = stage.page.entries.at(-1);
          const output = scene?.kind === 'scene' ? scene.output : '';
          expect([page, line, code === 0 || code === DIFFERENCES ? '' : `${code}: ${output}`]).toEqual([
            page,
            line,
            '',
          ]);
        }
      }
    } finally {
      await removeLab(lab);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
