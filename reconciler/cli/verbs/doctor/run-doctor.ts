/** `vnet doctor`: checks the node, prints the exact remedy of each finding, and applies the safe ones. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { count } from '../../../model/words.ts';
import type { Problem } from '../../../document/store/store.ts';
import { ok, type Result, thrownMessage } from '../../../model/result.ts';
import type { Sys } from '../../../model/ports/sys.ts';
import { CNI_CHECKS } from './cni.ts';
import { KERNEL_CHECKS } from './kernel.ts';
import { MANAGER_CHECKS } from './managers.ts';
import { NETWORKD_CHECKS } from './networkd.ts';
import { UPLINK_CHECKS } from './uplink.ts';
import { STATE_CHECKS } from './state.ts';
import type { Check, Verdict, Fix } from './check.ts';
import type { Facts } from './facts.ts';
import { observeNode, type DoctorPlace } from './observe.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import type { NodeView } from '../look/compare-node.ts';
import type { Output } from '../../../app/output.ts';
import { type NodePaths, rootOf } from '../../../app/paths.ts';
import { type Format, printValue } from '../../../app/print.ts';

/** All checks, in display order. */
export const CHECKS: readonly Check[] = [
  ...KERNEL_CHECKS,
  ...UPLINK_CHECKS,
  ...NETWORKD_CHECKS,
  ...MANAGER_CHECKS,
  ...CNI_CHECKS,
  ...STATE_CHECKS,
];

/** A check's verdict and the fixes applied. */
type Finding = Verdict & {
  readonly id: string;
  readonly title: string;
  readonly fixed: readonly FixResult[];
};

/** Prints the findings; exit 2 if a problem remains. With `fix`, applies the safe remedies first. */
export function doctor(
  node: Pick<NodeView, 'store' | 'now'> & Partial<Pick<NodeView, 'kernel'>>,
  { fix, format }: { readonly fix: boolean; readonly format: Format },
  output: Output,
  { sys, paths, run }: { readonly sys: Sys; readonly paths: NodePaths; readonly run: DoctorPlace['run'] },
): Result<ExitCode, Problem> {
  const place = { sys, paths, root: rootOf(paths), now: node.now(), run };
  const look = (): Facts => observeNode(place, node.store.read(), node.kernel);
  const before = judge(look());
  const fixed = new Map(fix ? before.map(({ id, fixes = [] }) => [id, fixes.map(applyFix)]) : []);
  const findings = (fix ? judge(look()) : before).map((finding) => ({
    ...finding,
    fixed: fixed.get(finding.id) ?? [],
  }));
  if (format === 'text') output.print(findingsText(findings, fix, output));
  else printValue(findings.map(findingValue), format, output);
  return ok(findings.some(({ level }) => level === 'problem') ? EXIT.differences : EXIT.done);
}

function judge(facts: Facts): readonly Finding[] {
  return CHECKS.map(({ id, title, judge: check }) => ({ id, title, ...check(facts), fixed: [] }));
}

function findingValue(finding: Finding): Readonly<Record<string, unknown>> {
  const { id, title, level, message, remedy, fixes, fixed } = finding;
  return { id, title, level, message, remedy, fixable: fixes !== undefined, fixed };
}

const MARKS = { ok: 'ok', warning: 'warning', problem: 'PROBLEM' } as const;

const STYLES = { ok: 'dim', warning: 'update', problem: 'delete' } as const;

function findingsText(findings: readonly Finding[], isFixing: boolean, output: Output): string {
  const width = Math.max(...findings.map(({ title }) => title.length));
  const lines = findings.flatMap(({ level, title, message, remedy, fixes, fixed }) => [
    output.paint(STYLES[level], `${MARKS[level].padEnd(8)} ${title.padEnd(width)}  ${message}`),
    ...(level === 'ok' || remedy === undefined ? [] : [`         ${''.padEnd(width)}  remedy: ${remedy}`]),
    ...(level === 'ok' || fixes === undefined || isFixing
      ? []
      : [`         ${''.padEnd(width)}  or: vnet doctor --fix`]),
    ...fixed.map(({ done, text }) => `         ${''.padEnd(width)}  ${done ? 'done' : 'not done'}: ${text}`),
  ]);
  const found = (level: Verdict['level']): number =>
    findings.filter((finding) => finding.level === level).length;
  return [
    ...lines,
    '',
    `${count(found('problem'), 'problem')}, ${count(found('warning'), 'warning')}, ${found('ok')} ok.`,
  ].join('\n');
}

/** The outcome of a fix. Shape: `done` false: nothing was changed, and `text` is the reason. */
export type FixResult = { readonly done: boolean; readonly text: string };

/** Ensures that the fix is applied. Never overwrites a file that vnet did not write. */
function applyFix(fix: Fix): FixResult {
  try {
    return applyFixOrThrow(fix);
  } catch (error) {
    const message = thrownMessage(error);
    return { done: false, text: `${fix.path}: ${message}` };
  }
}

function applyFixOrThrow(fix: Fix): FixResult {
  switch (fix.kind) {
    case 'write': {
      if (existsSync(fix.path) && readFileSync(fix.path, 'utf8') !== fix.text) {
        return { done: false, text: `${fix.path} exists with other contents: not changed` };
      }
      mkdirSync(dirname(fix.path), { recursive: true });
      writeFileSync(fix.path, fix.text, { mode: 0o644 });
      const reload = fix.reload === undefined ? '' : `; activate with: ${fix.reload}`;
      return { done: true, text: `wrote ${fix.path}${reload}. To undo: rm ${fix.path}` };
    }
    case 'mkdir':
      mkdirSync(fix.path, { recursive: true, mode: 0o700 });
      return { done: true, text: `created ${fix.path}. To undo: rmdir ${fix.path}` };
    case 'remove':
      rmSync(fix.path, { force: true });
      return {
        done: true,
        text: `removed ${fix.path}, a temporary file of a killed process; the document is complete without it`,
      };
  }
}
