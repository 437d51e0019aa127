import { describe, expect, it } from 'vitest';
import { closingLine, countTests, exitCodeOf, type Report } from './summary.ts';

const report = (success: boolean, ...files: readonly (readonly [string, ...string[]])[]): Report => ({
  success,
  testResults: files.map(([status, ...tests]) => ({
    name: 'x',
    status,
    assertionResults: tests.map((test) => ({ status: test })),
  })),
});

describe('the closing line', () => {
  it.each([
    [report(true, ['passed', 'passed', 'passed']), '2 passed, 0 failed', 0],
    [report(false, ['failed', 'passed', 'failed']), '1 passed, 1 failed', 1],
    [
      report(true, ['passed', 'passed', 'skipped'], ['passed', 'pending']),
      '1 passed, 0 failed, 2 skipped',
      0,
    ],
    // A file that could not be loaded has no tests.
    [report(false, ['failed'], ['passed', 'passed']), '1 passed, 1 failed', 1],
    // An error outside every test and file.
    [report(false, ['passed', 'passed']), '1 passed, 1 failed', 1],
    [report(true), '0 passed, 0 failed', 1],
    [report(true, ['passed', 'skipped']), '0 passed, 0 failed, 1 skipped', 1],
  ])('counts what vitest reports (%#)', (value, line, code) => {
    const counts = countTests(value);
    expect(closingLine(counts)).toBe(line);
    expect(exitCodeOf(counts, 0)).toBe(code);
  });

  it('has the exit code of vitest if nothing else failed', () => {
    expect(exitCodeOf({ passed: 1, failed: 0, skipped: 0 }, 3)).toBe(3);
  });
});
