/** Reads and deletes rules of ebtables' nat table, with the node's own ebtables. */
import { readFileSync } from 'node:fs';
import type { BridgeRule, BridgeRules } from '../model/ports/bridge-rules.ts';
import { err, failure, type Failure, ok, type Result } from '../model/result.ts';
import type { RunTool, ToolOutcome } from '../os/run-tool.ts';

/**
 * The programs that may have rules: the node's default, and the nftables variant, which loads no modules. The
 * legacy one is queried only if its table is loaded: the query would load it.
 */
const PROGRAMS = ['ebtables', 'ebtables-nft'] as const;
const LEGACY = 'ebtables-legacy';

/** Returns the port to the installed ebtables programs. */
export function createBridgeRules(run: RunTool, isLegacyLoaded: () => boolean = looksLoaded): BridgeRules {
  return {
    list: () => listAll(run, [...PROGRAMS, ...(isLegacyLoaded() ? [LEGACY] : [])]),
    remove: (rule) => remove(run, rule),
  };
}

function looksLoaded(): boolean {
  try {
    return /^ebtable_nat /m.test(readFileSync('/proc/modules', 'utf8'));
  } catch {
    return false;
  }
}

/** Two names may be the same program: each variant is queried once. */
function listAll(
  run: RunTool,
  names: readonly string[],
): Result<{ readonly programs: readonly string[]; readonly rules: readonly BridgeRule[] }> {
  const sorts = new Map<string, string>();
  for (const name of names) {
    const version = run(name, ['-V']);
    const sort = version.kind === 'done' ? (/\((\w+)\)/.exec(version.stdout)?.[1] ?? 'legacy') : undefined;
    if (sort !== undefined && !sorts.has(sort)) sorts.set(sort, name);
  }
  const rules: BridgeRule[] = [];
  for (const program of sorts.values()) {
    const listed = run(program, ['-t', 'nat', '-L', '--Lmac2']);
    if (listed.kind !== 'done') {
      // The kernel lacks the table: it has no rules.
      if (listed.kind === 'failed' && /doesn't support|does not support/i.test(listed.said)) continue;
      return err(toFailure(`list the rules of ${program}`, listed));
    }
    rules.push(...parseRules(program, listed.stdout));
  }
  return ok({ programs: Array.from(sorts.values()), rules });
}

/** Returns the rules in the output of `ebtables -t nat -L`. Pure. */
export function parseRules(program: string, text: string): readonly BridgeRule[] {
  const rules: BridgeRule[] = [];
  let chain = '';
  for (const line of text.split('\n')) {
    const heading = /^Bridge chain: ([^,]+),/.exec(line);
    if (heading !== null) chain = heading[1] ?? '';
    else if (line.startsWith('-')) rules.push({ program, chain, spec: line.trim().split(/\s+/) });
  }
  return rules;
}

function remove(run: RunTool, { program, chain, spec }: BridgeRule): Result<'changed' | 'unchanged'> {
  const done = run(program, ['-t', 'nat', '-D', chain, ...spec]);
  if (done.kind === 'done') return ok('changed');
  if (done.kind === 'failed' && /does not exist|doesn't exist|bad rule/i.test(done.said))
    return ok('unchanged');
  return err(toFailure(`${program} -t nat -D ${chain} ${spec.join(' ')}`, done));
}

function toFailure(step: string, outcome: Exclude<ToolOutcome, { kind: 'done' }>): Failure {
  const hint = 'Fix this and rerun the import; it resumes where it stopped.';
  if (outcome.kind === 'failed') return failure('io', step, outcome.said.split('\n')[0] ?? '', { hint });
  const message = outcome.kind === 'missing' ? 'not installed' : 'timed out';
  return failure(outcome.kind === 'missing' ? 'not-found' : 'timeout', step, message, { hint });
}
