/**
 * The parts of a new mode: record, section of the schema, test, and a line in two lists. A mode for the test
 * (a host route to each pod, in `overlay/`) is added to a copy of the project, and works there.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { execNow, renderOutcome } from '../../support/exec.ts';
import { inLongOnly, isLong } from '../../support/long.ts';
import { copyProject, editFile, filesOf, runTestsOf, typeErrorsOf } from '../../support/project-copy.ts';

const overlay = join(import.meta.dirname, 'overlay');

const TEST = `import { NETWORK } from '../../support/node.ts';
import { describeAttaching } from './contract.ts';

describeAttaching({ mode: 'ptp', pools: NETWORK.pools });
`;

/** A table by mode, complete for the existing modes. */
const PLANTED = `import type { Network } from '../../schemas/generated/vnet.ts';
export const TABLE: Readonly<Record<Network['mode'], string>> = {
  bridge: 'x', transparent: 'x', routed: 'x', addresses: 'x',
};
`;

const copy = copyProject(overlay);

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

describe('a new mode', () => {
  it('needs its record, its section of the schema, its test, and an entry in each of two lists', () => {
    writeFileSync(join(copy, 'test/model/modes/ptp.test.ts'), TEST);
    const cores = editFile(
      join(copy, 'reconciler/model/modes/cores.ts'),
      [/^import type \{ ModeCore.*\n/m, `$&import { ptp } from './ptp.ts';\n`],
      [/ {2}addresses,\n\} satisfies/, '  addresses,\n  ptp,\n} satisfies'],
    );
    const schema = editFile(join(copy, 'schemas/vnet.schema.json'), [
      /\{\s*"\$ref": "modes\/addresses\.json"\s*\}/,
      '$&, { "$ref": "modes/ptp.json" }',
    ]);
    expect([cores, schema]).toEqual([2, 1]);
    expect(filesOf(overlay)).toEqual(['reconciler/model/modes/ptp.ts', 'schemas/modes/ptp.json']);
    const generated = execNow(['npm', 'run', '--silent', 'generate'], { cwd: copy });
    expect(generated.code === 0 ? '' : renderOutcome(generated)).toBe('');
  });

  it.skipIf(!isLong)(
    `is missing from a table elsewhere that the type checker names, and from no other${inLongOnly}`,
    () => {
      const planted = join(copy, 'reconciler/loop/planted.ts');
      writeFileSync(planted, PLANTED);
      const found = typeErrorsOf(copy);
      rmSync(planted);
      expect(found.map((line) => /^[^(:]*/.exec(line)?.[0])).toEqual(['reconciler/loop/planted.ts']);
    },
  );

  it.skipIf(!isLong)(`passes the contract: its pods are attached, repaired and removed${inLongOnly}`, () => {
    const paths = ['ptp', 'homes'].map((name) => `test/model/modes/${name}.test.ts`);
    expect(runTestsOf(copy, ...paths)).toEqual([7 + 3, '']);
  });
});
