/** `vnet import --ipv6nat masquerade`, after the import: the other mode, then the end of azure-vnet's rule. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Network } from '../../../../schemas/generated/vnet.ts';
import type { Problem } from '../../../document/store/store.ts';
import { NO_CHANGE } from '../../../document/edit.ts';
import { slowPath } from '../../../document/yaml/slow.ts';
import {
  hasUnmarking,
  masqueradedNetwork,
  type LeftoverRemoval,
  removalsOf,
  type TranslationRule,
  translationRules,
} from '../../../loop/import/ipv6-nat.ts';
import { poolsOf } from '../../../model/addresses/families.ts';
import { ok, type Result } from '../../../model/result.ts';
import type { RunTool } from '../../../os/run-tool.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import type { VerbContext } from '../../verb.ts';
import { applyVerb } from '../change/apply.ts';
import { scopeOf } from '../../../model/scope.ts';

/**
 * Ensures that the networks of azure-vnet's rules masquerade by themselves, and that the rules are gone, in this order. Can be killed
 * at any point and rerun. The record of the import has the commands that restore the rules.
 */
export async function handOverIpv6Nat(context: VerbContext): Promise<Result<ExitCode, Problem>> {
  const { toolRunner } = await import('#run-tool');
  const run = toolRunner(context.environment);
  const made = await context.withSession((session) => {
    const read = session.store.read();
    if (!read.ok || read.value === undefined) return read.ok ? ok(undefined) : read;
    const { document, text: before } = read.value;
    const seen = session.kernel.observe(scopeOf({ whole: true }));
    if (!seen.ok) return seen;
    const rules = rulesFor(run, Object.values(document.networks));
    const networks = Object.entries(document.networks).map(([name, network]): [string, Network] => {
      const prefix = rules.find((rule) => isOf(rule, network))?.prefix;
      return [name, (prefix && masqueradedNetwork(network, prefix, seen.value)) || network];
    });
    const changed = networks.filter(([name, network]) => network !== document.networks[name]);
    const { generation } = document.metadata;
    const text = slowPath.rewriteNetworks(before, { ...NO_CHANGE, generation, networks: new Map(changed) });
    const isUnmarking = rules.length > 0 && hasUnmarking(saved(run, 'mangle'));
    const removals = rules.flatMap((rule, index) => {
      const own = networks.map(([, network]) => network).find((network) => isOf(rule, network));
      return removalsOf(rule, own, isUnmarking && index === 0);
    });
    return ok({ removals, text: changed.length === 0 ? undefined : text });
  });
  if (!made.ok || made.value === undefined) return made.ok ? ok(EXIT.done) : made;
  const { removals, text } = made.value;
  const applied = text === undefined ? ok(EXIT.done) : await applyText(context, text);
  if (!applied.ok || applied.value !== EXIT.done) return applied;
  return removeAll(context, run, removals);
}

function rulesFor(run: RunTool, networks: readonly Network[]): readonly TranslationRule[] {
  const prefixes = networks.flatMap((network) => poolsOf(network).map(({ pool }) => pool.subnet));
  return translationRules(saved(run, 'nat'), prefixes);
}

/** Returns the rules of the table of ip6tables; none where it cannot be read. */
function saved(run: RunTool, table: string): string {
  const listed = run('ip6tables-save', ['-t', table]);
  return listed.kind === 'done' ? listed.stdout : '';
}

function isOf(rule: TranslationRule, network: Network): boolean {
  return (
    translationRules(
      `-A POSTROUTING ${rule.words.join(' ')}`,
      poolsOf(network).map(({ pool }) => pool.subnet),
    ).length > 0
  );
}

/** As an administrator would: with a preview, a rollback plan on disk, and a check afterwards. */
async function applyText(context: VerbContext, text: string): Promise<Result<ExitCode, Problem>> {
  const folder = mkdtempSync(join(tmpdir(), 'vnet-import-'));
  const file = join(folder, 'masquerade.yaml');
  try {
    writeFileSync(file, text, { mode: 0o600 });
    return await applyVerb.run(context, {
      file,
      dryRun: false,
      windowMs: undefined,
      why: 'ipv6nat of azure-vnet',
      ifGeneration: undefined,
      limit: 'flow-reset',
      withdraw: false,
      yes: true,
      format: 'text',
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Source: net/ipv6/addrconf.c, inet6_addr_del(): EADDRNOTAVAIL, in newer kernels with a message. */
const NO_ADDRESS = /Cannot assign requested address|address not found/;

async function removeAll(
  { sys, paths, output }: VerbContext,
  run: RunTool,
  removals: readonly LeftoverRemoval[],
): Promise<Result<ExitCode, Problem>> {
  if (removals.length === 0) return ok(EXIT.done);
  const { createImportRecords } = await import('../../../loop/files/import-record.ts');
  const records = createImportRecords(sys, paths.stateDirectory);
  const known = records.read();
  if (!known.ok) return known;
  if (known.value !== undefined) {
    const commands = removals.map(({ undo }) => undo.join(' '));
    const noted = records.write({ ...known.value, rules: [...new Set([...known.value.rules, ...commands])] });
    if (!noted.ok) return noted;
  }
  let exit: ExitCode = EXIT.done;
  for (const { subject, command } of removals) {
    const [program = '', ...args] = command;
    const done = run(program, args);
    // Another run, or a person, may have deleted it.
    const isGone = done.kind === 'failed' && NO_ADDRESS.test(done.said);
    if (done.kind === 'done' || isGone) output.print(`Deleted: ${subject}`);
    else {
      const why = done.kind === 'failed' ? done.said.trim() : done.kind;
      output.warn(`vnet: not deleted (${why}): run ${command.join(' ')}`);
      exit = EXIT.partly;
    }
  }
  return ok(exit);
}
