/**
 * Reads a text as a document and reports all issues in one run: YAML, schema, then rules across fields. Pure.
 */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Issue, Result } from '../../model/result.ts';
import { err, ok } from '../../model/result.ts';
import { checkEndpoints } from '../check/endpoints.ts';
import { checkNetworks } from '../check/networks.ts';
import { checkPolicies } from '../check/policies.ts';
import { type Finding, type FindingPlace, toIssue, valueAt } from '../check/finding.ts';
import { invisibleFindings, invisibleIn } from '../check/invisible.ts';
import { locateParts } from './locate.ts';
import { type ParsedText, parseYaml } from './parse.ts';
import { pruneDocument } from '../check/prune.ts';
import { isOlderDocument, olderPath } from '../upgrade.ts';
import type { Reading } from '../slow-path.ts';
import { validateDocument } from '../check/validate.ts';

/** Returns the document, or all its issues. `file` is its name in the issues. */
export function readDocument(text: string, file: string): Result<VnetDocument, readonly Issue[]> {
  const reading = readParts(text, file);
  return reading.ok ? ok(reading.value.document) : reading;
}

/** The last valid texts: one change reads the text that it makes several times. The result depends on the text only. */
const recent: { readonly text: string; readonly reading: Reading }[] = [];

/** The number of texts kept: one before a change, and one after it. */
const MOST_RECENT = 2;

/** Returns the document and its layout, or all its issues, in the order of the text. */
export function readParts(text: string, file: string): Result<Reading, readonly Issue[]> {
  const known = recent.find((one) => one.text === text);
  if (known !== undefined) return ok(known.reading);
  const read = readText(text, file);
  if (!read.ok) return read;
  if (recent.unshift({ text, reading: read.value }) > MOST_RECENT) recent.pop();
  return read;
}

function readText(text: string, file: string): Result<Reading, readonly Issue[]> {
  const parsed = parseYaml(text);
  if (!('value' in parsed)) {
    const lines = text.split('\n');
    return err(
      parsed.map(({ finding, position }) =>
        toIssue(withInvisible(finding, lines[position.line - 1] ?? ''), file, () => position),
      ),
    );
  }
  const found = check(parsed);
  const isOlder = isOlderDocument(parsed.value);
  if (found.ok)
    return ok({ document: found.value, layout: locateParts(text, parsed), ...(isOlder ? { isOlder } : {}) });
  const issues = found.error.map((finding) => toIssue(finding, file, parsed.locate));
  return err(issues.toSorted((left, right) => left.line - right.line || left.column - right.column));
}

function check({ value }: ParsedText): Result<VnetDocument, readonly Finding[]> {
  if (value === null || value === undefined) return err([emptyFinding()]);
  const whole = withEmptySections(value);
  const invisible = invisibleFindings(whole);
  const valid = validateDocument(whole);
  const rest = valid.ok ? valid.value : pruneDocument(whole, valid.error);
  const rules =
    rest === undefined ? [] : [...checkNetworks(rest), ...checkPolicies(rest), ...checkEndpoints(rest)];
  const acrossFields = isOlderDocument(value) ? rules.map(inOlder) : rules;
  if (!valid.ok) return err([...invisible, ...valid.error, ...acrossFields]);
  const found = [...invisible, ...acrossFields];
  return found.length === 0 ? valid : err(found);
}

/** YAML takes no such character for a space: most of its errors on that line come from it. */
function withInvisible(finding: Finding, line: string): Finding {
  const found = invisibleIn(line.replace(/(^| )#.*$/, ''));
  if (found === undefined) return finding;
  return {
    ...finding,
    message: `${finding.message}; the line has a ${found}`,
    hint: 'write a space instead',
  };
}

/** The rules are those of the upgraded document; the text is not upgraded yet. */
function inOlder({ place, related, ...finding }: Finding): Finding {
  const rest = related === undefined ? {} : { related: olderPlace(related) };
  return { ...finding, place: olderPlace(place), ...rest };
}

function olderPlace(place: FindingPlace): FindingPlace {
  return { ...place, path: olderPath(place.path) };
}

function emptyFinding(): Finding {
  return {
    code: 'empty',
    place: valueAt(),
    message: 'the document is empty',
    hint: 'restore the last valid document; without one, remove the file, and the next ADD writes a new one',
  };
}

/** People leave `endpoints:` without a value when they remove the last entry. */
function withEmptySections(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const sections = Object.entries(value).map(([key, section]: [string, unknown]) =>
    section === null && (key === 'endpoints' || key === 'released') ? [key, {}] : [key, section],
  );
  return Object.fromEntries(sections);
}
