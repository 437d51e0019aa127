import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pluginPage } from '../../../plugin/manual.ts';
import { describeAllVerbs } from '../../../reconciler/cli/parse.ts';
import { helpOf } from '../../../reconciler/cli/manual/help.ts';
import { requestOf } from '../request.ts';
import { EXIT, EXIT_NAMES, EXIT_TABLE } from '../../../reconciler/app/exit-codes.ts';
import { man } from '../../../reconciler/cli/verbs/help/run-man.ts';
import type { Page } from '../../../reconciler/app/manual-page.ts';
import { findPage, listPages } from '../../../reconciler/cli/manual/pages.ts';
import { renderPlain } from '../../../reconciler/cli/manual/plain.ts';
import { renderRoff } from '../../../reconciler/cli/manual/roff.ts';
import { listFields } from '../../../reconciler/cli/verbs/schema/schema-fields.ts';
import { readDocument } from '../../../reconciler/document/yaml/read.ts';
import schema from '../../../schemas/generated/vnet.schema.json' with { type: 'json' };
import { execNow } from '../../support/exec.ts';
import { BIN, isBuilt } from '../../plugin/live-node.ts';
import { capture } from '../../support/output.ts';
import { isSkipped, whyWithout } from '../../support/skip.ts';
import { findLines, splitLine } from './command-lines.ts';

const noMan = isSkipped('man(1)', whyWithout('man'));

const line = await describeAllVerbs('1.2.3');
const VERBS = [...line.verbs.keys()];
const pages = [...listPages(line), pluginPage()];
const pageOf = (name: string): Page => {
  const page = findPage(pages, name);
  if (page === undefined) throw new Error(`there is no page ${name}`);
  return page;
};
const termsOf = (page: Page): readonly string[] =>
  page.sections.flatMap(({ blocks }) =>
    blocks.flatMap((block) => (block.kind === 'items' ? block.items.map(([term]) => term) : [])),
  );
const codeOf = (page: Page, title: string): readonly string[] =>
  page.sections
    .filter((section) => section.title === title)
    .flatMap(({ blocks }) => blocks.flatMap((block) => (block.kind === 'code' ? block.lines : [])));

describe('the manual', () => {
  it('has a page for every verb, with all its options', () => {
    for (const command of line.program.commands) {
      const terms = termsOf(pageOf(command.name()));
      const options = command.createHelp().visibleOptions(command);
      expect(options.length).toBeGreaterThan(0);
      for (const { flags } of options)
        expect([command.name(), terms]).toEqual([command.name(), expect.arrayContaining([flags])]);
      for (const argument of command.registeredArguments) expect(terms).toContain(argument.name());
    }
  });

  it('lists every verb, every exit code and every option of the program in vnet(1)', () => {
    const terms = termsOf(pageOf('vnet'));
    expect(terms).toEqual(expect.arrayContaining([...VERBS]));
    for (const name of EXIT_NAMES) expect(terms).toContain(`${EXIT[name]} ${EXIT_TABLE[name].title}`);
    expect(terms).toEqual(expect.arrayContaining(['--root <dir>', '--no-color', 'NO_COLOR']));
  });

  it('has every field of the schema in vnet.yaml(5), and an example that is valid', () => {
    const page = pageOf('vnet.yaml(5)');
    const paths = listFields(schema).map(({ path }) => path.join('.').replaceAll('.[]', '[]'));
    expect(paths.length).toBeGreaterThan(60);
    expect(termsOf(page)).toEqual(paths);
    const read = readDocument(codeOf(page, 'EXAMPLE').join('\n'), 'example');
    expect(read.ok ? [] : read.error).toEqual([]);
    const text = renderPlain(page, helpOf(line.program, 1000));
    expect(text).toMatch(
      /networks\.<network>\.bridge\.mtu +The MTU.*Type: integer \(bytes\).*Changed by: people/,
    );
  });

  it('has examples that are accepted, on every page, and so has README', async () => {
    const examples = pages.flatMap((page) => codeOf(page, 'EXAMPLES'));
    expect(examples.length).toBeGreaterThan(VERBS.length);
    const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
    const shown = findLines(readme.match(/^\$ vnet .*$/gm)?.join('\n') ?? '');
    expect(shown.length).toBeGreaterThan(1);
    for (const example of [...examples, ...shown]) {
      const [, ...args] = splitLine(example);
      const parsed = await requestOf(args);
      expect([example, parsed.kind === 'text' && parsed.isError ? parsed.text : '']).toEqual([example, '']);
    }
  });

  it('finds pages by verb, by name, and by the names of the executables', () => {
    expect(
      ['apply', 'vnet-apply', 'vnet-apply.1', 'reconcile', 'azure-vnet-ipam', 'vnet.yaml'].map(
        (name) => pageOf(name).name,
      ),
    ).toEqual(['vnet-apply', 'vnet-apply', 'vnet-apply', 'vnet-reconcile', 'azure-vnet', 'vnet.yaml']);
  });

  it('suggests the nearest page', () => {
    const asked = man(line, [], { page: 'aply', out: undefined }, capture());
    expect(asked).toMatchObject({
      ok: false,
      error: { code: 'not-found', hint: 'did you mean vnet man apply?' },
    });
    const none = man(line, [], { page: 'zzzzzzzzzzz', out: undefined }, capture());
    expect(none).toMatchObject({ error: { hint: expect.stringContaining('vnet.yaml') } });
  });
});

describe('roff', () => {
  const page: Page = {
    name: 'x',
    section: 1,
    about: 'a "b" -c',
    aliases: [],
    sections: [
      {
        title: 'S',
        blocks: [
          { kind: 'text', text: '.SH is no heading, \\n no number' },
          { kind: 'code', lines: ["'quoted'"] },
          { kind: 'items', items: [['--é', `a${'b'.repeat(30)}`]] },
        ],
      },
    ],
  };

  it('escapes what would be a command, hyphens, and letters beyond ASCII; long words may be broken', () => {
    expect(renderRoff(page, '1')).toBe(
      [
        '.TH "X" 1 "" "vnet 1" "vnet"',
        '.nh',
        '.ad l',
        '.SH NAME',
        'x \\- a "b" \\-c',
        '.SH "S"',
        '.PP',
        '\\&.SH is no heading, \\en no number',
        '.PP',
        '.RS 4',
        '.nf',
        "\\&'quoted'",
        '.fi',
        '.RE',
        '.TP',
        '\\fB\\-\\-\\[u00E9]\\fR',
        `a${'b'.repeat(19)}\\:${'b'.repeat(11)}`,
        '',
      ].join('\n'),
    );
  });
});

describe('vnet man --out', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vnet-man-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('writes every page where man(1) finds it, and other names that lead to them', () => {
    const output = capture();
    expect(man(line, [pluginPage()], { page: undefined, out: folder }, output)).toEqual({
      ok: true,
      value: 0,
    });
    expect(output.out()).toContain(`man -M ${folder} vnet`);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.includes('/'),
    );
    expect(files).toEqual(
      expect.arrayContaining([
        'man1/vnet.1',
        'man5/vnet.yaml.5',
        'man8/azure-vnet.8',
        ...VERBS.map((verb) => `man1/vnet-${verb}.1`),
      ]),
    );
    expect(readFileSync(join(folder, 'man1/reconcile.1'), 'utf8')).toBe('.so man1/vnet-reconcile.1\n');
    expect(readFileSync(join(folder, 'man8/azure-vnet-ipam.8'), 'utf8')).toBe('.so man8/azure-vnet.8\n');
  });

  it('ends with 1 where it can not write', () => {
    const refused = man(line, [], { page: undefined, out: '/proc/version' }, capture());
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'io', hint: expect.stringContaining('--out DIR') },
    });
  });

  it.skipIf(isSkipped('manual pages', whyWithout('groff')))(
    'writes pages that groff takes without a warning',
    () => {
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
        /\.\d$/.test(name),
      );
      expect(files.length).toBeGreaterThan(VERBS.length);
      const checked = execNow(['groff', '-ww', '-man', '-z', '-Tutf8', ...files], { cwd: folder });
      expect([checked.code, checked.stderr]).toEqual([0, '']);
    },
  );

  it.skipIf(noMan)('writes pages that man(1) shows without a warning', () => {
    for (const name of ['vnet', 'reconcile', 'vnet.yaml', 'azure-vnet-ipam']) {
      const env = { MANPAGER: 'cat', MANWIDTH: '80', LC_ALL: 'C.UTF-8' };
      const shown = execNow(['man', '--warnings', '-M', folder, name], { env });
      expect([name, shown.code, shown.stderr]).toEqual([name, 0, '']);
      expect(shown.stdout).toContain('DESCRIPTION');
    }
  });
});

const noTerminal = isSkipped('manual pages on a terminal', whyWithout('script'));

describe.skipIf(noTerminal || !isBuilt)('vnet man on a terminal', () => {
  const shownWith = (...environment: readonly string[]): string => {
    const command = ['env', ...environment, join(BIN, 'vnet'), 'man', 'drift'].join(' ');
    return execNow(['script', '-qec', command, '/dev/null']).stdout;
  };

  it.skipIf(noMan)('is shown by man(1)', () => {
    expect(shownWith('MANPAGER=cat', 'TERM=dumb')).toMatch(/VNET-DRIFT\(1\) +vnet +VNET-DRIFT\(1\)/);
  });

  it('is plain text without man(1)', () => {
    expect(shownWith('PATH=/nowhere')).toMatch(/^vnet-drift\(1\) - changes made outside vnet/);
  });
});
