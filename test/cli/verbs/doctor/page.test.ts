/** The page of doctor's checks: from the checks and their cases; VNET_UPDATE_GOLDEN=1 writes it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHECKS } from '../../../../reconciler/cli/verbs/doctor/run-doctor.ts';
import { KERNEL_CASES } from './cases-kernel.ts';
import { POLICY_CASES } from './cases-policy.ts';
import { STATE_CASES } from './cases-state.ts';

const PAGE = join(import.meta.dirname, '../../../../docs/doctor.md');

function row({ id, title }: (typeof CHECKS)[number]): string {
  const found = [...KERNEL_CASES, ...POLICY_CASES, ...STATE_CASES].filter(
    ([check, , , level]) => check === id && level !== 'ok',
  );
  const texts = found.map(([, what, , level]) => `${what.replaceAll('|', '\\|')} (${level})`);
  return `| \`${id}\` | ${title} | ${[...new Set(texts)].join('; ')} |`;
}

function page(): string {
  return `# What \`vnet doctor\` checks

Checks are read-only and print a remedy. A problem causes harm (exit code 2); a warning may. \`vnet doctor -o json\` uses these ids.
This page is generated from the checks and their tests by \`test/cli/verbs/doctor/page.test.ts\`.

| check | title | finds |
| ----- | ----- | ----- |
${CHECKS.map(row).join('\n')}
`;
}

/** The formatter pads tables. */
function unpadded(text: string): string {
  return text.replaceAll(/ *\| */g, '|').replaceAll(/-+/g, '-');
}

it('docs/doctor.md lists every check with what it finds', () => {
  if (process.env['VNET_UPDATE_GOLDEN'] === '1') writeFileSync(PAGE, page());
  expect(unpadded(readFileSync(PAGE, 'utf8'))).toBe(unpadded(page()));
});
