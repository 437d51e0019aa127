/** Prints the story of the lab: titles, explanations, commands with their output, checks and the summary. */
import type { Outcome } from '../support/exec.ts';
import { paint } from './paint.ts';

/** One check. Shape: `column` is the mode in which it was made. */
export type Check = {
  readonly column: string;
  readonly name: string;
  readonly expected: string;
  readonly seen: string;
  readonly ok: boolean;
};

/** The story so far. */
export type Story = {
  readonly title: (text: string) => void;
  /** Begins a mode: chapters count from 1 again. */
  readonly begin: (column: string) => void;
  readonly say: (text: string) => void;
  /** Shows a command as `where $ command`, and its output (at most `lines` lines, default 40). */
  readonly show: (where: string, command: string, outcome: Outcome, lines?: number) => void;
  /** Records and shows a check; it holds if both texts are equal, or as given. */
  readonly check: (
    name: string,
    expected: string | number,
    seen: string | number,
    holds?: boolean,
  ) => boolean;
  readonly checks: () => readonly Check[];
  /** Shows the table of all checks and the time; returns true if there are any and all hold. */
  readonly summarise: () => boolean;
};

/** Returns a story that prints line by line with `print`. */
export function tellStory(print: (line: string) => void): Story {
  const started = performance.now();
  const checks: Check[] = [];
  let [chapter, column] = [0, ''];
  return {
    title: (text) => {
      chapter += 1;
      print(`\n${paint.title(`${chapter}. ${text}`)}`);
    },
    begin: (name) => {
      [chapter, column] = [0, name];
      print(`\n${paint.title(`Mode ${name}`)}`);
    },
    say: (text) => print(paint.quiet(text)),
    show: (where, command, outcome, lines = 40) => {
      print(`${paint.prompt(where)} $ ${paint.command(command)}`);
      for (const line of cut(`${outcome.stdout}${outcome.stderr}`, lines)) print(`    ${line}`);
      if (outcome.code !== 0) print(paint.quiet(`    exit ${outcome.code}`));
    },
    check: (name, expected, seen, holds = String(expected) === String(seen)) => {
      const check = {
        column,
        name,
        expected: String(expected),
        seen: String(seen),
        ok: holds,
      };
      checks.push(check);
      const mark = check.ok ? paint.good('ok') : paint.bad('NOT OK');
      print(`  ${mark} ${name}: ${check.seen}${check.ok ? '' : `, expected ${check.expected}`}`);
      return check.ok;
    },
    checks: () => checks,
    summarise: () => {
      print(`\n${paint.title('Summary')}`);
      for (const line of renderChecks(checks)) print(line);
      const failed = checks.filter((check) => !check.ok).length;
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const verdict = `${checks.length - failed} of ${checks.length} checks hold`;
      const good = failed === 0 && checks.length > 0;
      print(`\n${good ? paint.good(verdict) : paint.bad(verdict)}, ${seconds} s`);
      return good;
    },
  };
}

/** Returns the table of checks, one line each, with aligned columns; failed ones are painted. Several modes are side by side. */
export function renderChecks(checks: readonly Check[]): readonly string[] {
  const columns = [...new Set(checks.map(({ column }) => column))];
  if (columns.length > 1) return renderColumns(checks, columns);
  const rows = checks.map((check) => [check.name, check.expected, check.seen, check.ok ? 'ok' : 'NOT OK']);
  return renderTable(['check', 'expected', 'seen', ''], rows, (index) => checks[index]?.ok === true);
}

/** A check that a mode does not make has a dash there. */
function renderColumns(checks: readonly Check[], columns: readonly string[]): readonly string[] {
  const names = [...new Set(checks.map(({ name }) => name))];
  const made = (name: string, column: string): readonly Check[] =>
    checks.filter((check) => check.name === name && check.column === column);
  const cellOf = (found: readonly Check[]): string => {
    const wrong = found.filter(({ ok }) => !ok);
    if (wrong.length > 0)
      return wrong.map(({ seen, expected }) => `${seen} NOT OK, expected ${expected}`).join('; ');
    return found.length === 0 ? '-' : `${[...new Set(found.map(({ seen }) => seen))].join(', ')} ok`;
  };
  const rows = names.map((name) => [name, ...columns.map((column) => cellOf(made(name, column)))]);
  const isGood = (index: number): boolean =>
    checks.filter(({ name }) => name === names[index]).every(({ ok }) => ok);
  return renderTable(['check', ...columns], rows, isGood);
}

function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  isGood: (index: number) => boolean,
): readonly string[] {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => Math.min((row[column] ?? '').length, 60))),
  );
  const line = (row: readonly string[]): string =>
    `  ${row.map((cell, column) => shorten(cell).padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd();
  return [
    paint.quiet(line(head)),
    ...rows.map((row, index) => (isGood(index) ? line(row) : paint.bad(line(row)))),
  ];
}

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

function cut(text: string, lines: number): readonly string[] {
  const all = text.trimEnd().split('\n');
  if (text.trim() === '') return [];
  return all.length <= lines ? all : [...all.slice(0, lines), `... ${all.length - lines} more lines`];
}
