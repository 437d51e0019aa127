/** Issues in the style of a compiler: file, line, column, message, source line and caret. Pure. */
import type { Issue } from '../../model/result.ts';

/** Longer lines are truncated, so that a long list does not fill the screen. Units: columns. */
const MAX_EXCERPT = 120;

/** Returns the text of all issues with their source lines, without a final newline. */
export function renderIssues(issues: readonly Issue[], source: string): string {
  const lines = source.split(/\r?\n/);
  const count = `${issues.length} ${issues.length === 1 ? 'issue' : 'issues'}`;
  return [...issues.map((issue) => renderIssue(issue, lines)), count].join('\n');
}

function renderIssue(issue: Issue, lines: readonly string[]): string {
  const { file, line, column, path, message, hint, related } = issue;
  const where = path === '' ? '' : `${path}: `;
  const parts = [`${file}:${line}:${column}: error: ${where}${message}`, ...excerpt(lines, line, column)];
  if (related !== undefined) {
    parts.push(`${file}:${related.line}:${related.column}: note: the other occurrence is ${related.path}`);
    parts.push(...excerpt(lines, related.line, related.column));
  }
  if (hint !== undefined) parts.push(`  hint: ${hint}`);
  return parts.join('\n');
}

function excerpt(lines: readonly string[], line: number, column: number): string[] {
  const text = lines[line - 1];
  if (text === undefined || text.trim() === '') return [];
  // The caret stays below its character if the line's start is cut.
  const skipped = Math.max(0, column - MAX_EXCERPT + 20);
  const shown = text.slice(skipped, skipped + MAX_EXCERPT).replaceAll('\t', ' ');
  const number = String(line).padStart(5);
  return [`${number} | ${shown}`, `${' '.repeat(number.length)} | ${' '.repeat(column - 1 - skipped)}^`];
}
