/** Addresses for which other machines answered a probe: in the run directory, for some minutes. */
import { FABRIC_MAC } from '../../model/modes/parts/same-node.ts';
import type { AnsweredProbe } from '../../model/ports/pool-records.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { encodeJson, ensureDirectory, readJsonCache, replaceCache } from '../../os/file.ts';
import { isNumber, isText, withFields } from '../../model/objects.ts';

/** After this time, an address is probed again. */
const VALID_MS = 600_000;

/** Returns the answers of the last minutes. */
export function readAnswers(
  sys: Sys,
  runDirectory: string,
  { network, nowMs }: { readonly network: string; readonly nowMs: number },
): readonly AnsweredProbe[] {
  const known = readJsonCache(sys, answersPath(runDirectory, network), areAnswers) ?? [];
  return known.filter(({ atMs }) => Math.abs(nowMs - atMs) < VALID_MS);
}

/** Ensures that the answers are known to other calls. Errors are ignored: the next call probes again. */
export function addAnswers(
  sys: Sys,
  runDirectory: string,
  { network, answers }: { readonly network: string; readonly answers: readonly AnsweredProbe[] },
): void {
  const [first] = answers;
  if (first === undefined) return;
  const fresh = new Set(answers.map(({ address }) => address));
  const others = readAnswers(sys, runDirectory, { network, nowMs: first.atMs });
  ensureDirectory(sys, runDirectory, 0o700);
  replaceCache(
    sys,
    answersPath(runDirectory, network),
    encodeJson([...others.filter(({ address }) => !fresh.has(address)), ...answers]),
  );
}

/** Returns true for an answer of Azure's network, which has every address. */
export function isOfFabric({ mac }: Pick<AnsweredProbe, 'mac'>): boolean {
  return mac === FABRIC_MAC;
}

function answersPath(runDirectory: string, network: string): string {
  return `${runDirectory}/probe-${encodeURIComponent(network)}.json`;
}

const isAnswer = withFields<AnsweredProbe>({ address: isText, mac: isText, atMs: isNumber });

function areAnswers(value: unknown): value is readonly AnsweredProbe[] {
  return Array.isArray(value) && value.every(isAnswer);
}
