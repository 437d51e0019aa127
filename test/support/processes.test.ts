import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LONGEST } from './order.ts';
import { sharingFiles } from './processes.ts';
import { sourceOf } from './sources.ts';

describe('the processes of test files', () => {
  it.each([
    ['enters a namespace', 'sys.setns(fd, CLONE_NEWNET);\n'],
    ['enters one by a helper', "import { helper } from './helper.ts';\n"],
    ['replaces a module', "vi.mock('node:fs');\n"],
    ['changes the environment', "process.env['PATH'] = '';\n"],
  ])('are their own where a file %s', (_what, text) => {
    const sources = [
      sourceOf('test/pure.test.ts', "import { helper } from './pure.ts';\n"),
      sourceOf('test/own.test.ts', text),
      sourceOf('test/helper.ts', 'export const helper = (): number => sys.setns(fd, CLONE_NEWNET);\n'),
      sourceOf(
        'test/pure.ts',
        "import type { helper } from './helper.ts';\nconst path = process.env['PATH'];\n",
      ),
    ];
    expect(sharingFiles(sources)).toEqual(['test/pure.test.ts']);
  });

  it('are shared by those that start processes, and not by the contract, which enters namespaces', () => {
    const sharing = sharingFiles();
    expect(sharing).toContain('test/model/state.test.ts');
    expect(sharing).toContain('test/node/watch.test.ts');
    expect(sharing).not.toContain('test/kernel/contract/real.test.ts');
  });

  it('start with the longest files, all of which exist', () => {
    expect(LONGEST.filter((path) => !existsSync(join(import.meta.dirname, '../..', path)))).toEqual([]);
    expect(LONGEST.length).toBeGreaterThan(20);
  });
});
