/** The runner's closing line, from vitest's JSON report. Pure. */

/**
 * The parts of vitest's report that the runner reads.
 * Source: vitest, reporters/json.ts (JsonTestResults).
 */
export type Report = {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
};

/** The numbers of passed, failed and skipped tests. */
export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };

/**
 * Returns the counts of the report. A file that failed outside its tests (it could not be loaded, a hook
 * threw) counts as one failure, and so does a run that vitest reports as failed without a failed test.
 */
export function countTests(report: Report): Counts {
  const statuses = report.testResults.flatMap((file) => file.assertionResults.map((test) => test.status));
  const passed = statuses.filter((status) => status === 'passed').length;
  const skipped = statuses.filter((status) =>
    ['skipped', 'pending', 'todo', 'disabled'].includes(status),
  ).length;
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = statuses.length - passed - skipped + brokenFiles;
  return { passed, skipped, failed: failed === 0 && !report.success && passed > 0 ? 1 : failed };
}

/** Returns the closing line: `N passed, N failed`, and `, N skipped` if there are any. */
export function closingLine(counts: Counts): string {
  const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`;
  return `${counts.passed} passed, ${counts.failed} failed${skipped}`;
}

/**
 * Returns the runner's exit code. A run without a passed or failed test is a failure: the tests were not
 * found.
 */
export function exitCodeOf(counts: Counts, vitestCode: number): number {
  if (counts.failed > 0 || counts.passed === 0) return 1;
  return vitestCode;
}
