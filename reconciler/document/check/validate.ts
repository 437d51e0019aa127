/** Validation by the schema: all errors in one run, with messages that name the expected value. Pure. */
import { omitUndefined } from '../../model/objects.ts';
import type { ErrorObject } from 'ajv';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import olderValidator from '../../../schemas/generated/vnet-v1-validator.js';
import validator from '../../../schemas/generated/vnet-validator.js';
import { API_VERSION } from '../../model/names.ts';
import type { Mode } from '../../model/modes/mode.ts';
import { allModes } from '../../model/modes/registry.ts';
import { err, ok, type Result } from '../../model/result.ts';
import { type Finding, keyAt, type Path, renderPath, valueAt } from './finding.ts';
import { isOlderDocument, upgradeDocument } from '../upgrade.ts';
import { nearestWord } from './nearest.ts';

/** The names of all modes, the default first. */
const MODES = allModes().map(({ name }) => name);

/** The part of the schema that a value violates. */
type BrokenSchema = {
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
};

/**
 * Returns the value as a document, or all schema violations. A document of the older version is validated by its own schema, and
 * upgraded.
 */
export function validateDocument(value: unknown): Result<VnetDocument, readonly Finding[]> {
  if (isNewer(value)) return err([newerFinding(value.apiVersion)]);
  if (isOlderDocument(value)) {
    const findings = violationsOf(value, olderValidator);
    return findings.length > 0 ? err(findings) : validateDocument(upgradeDocument(value));
  }
  return isDocument(value) ? ok(value) : err(violationsOf(value, validator));
}

function violationsOf(value: unknown, validate: typeof validator): readonly Finding[] {
  if (validate(value)) return [];
  const errors = validate.errors ?? [];
  const known = withKnownModes(value, errors);
  if (known === undefined) return toFindings(errors, value);
  const modes = toFindings(errors.filter(isAboutMode), value);
  return validate(known) ? modes : [...modes, ...toFindings(validate.errors ?? [], known)];
}

function toFindings(errors: readonly ErrorObject[], value: unknown): Finding[] {
  // The error of the key itself accompanies that of propertyNames.
  return errors.filter((error) => error.propertyName === undefined).map((error) => toFinding(error, value));
}

function isAboutMode({ keyword }: ErrorObject): boolean {
  return keyword === 'discriminator';
}

/**
 * Returns the document with unknown modes replaced by the first known one, undefined if all are known: a
 * wrong mode must not hide other errors.
 */
function withKnownModes(value: unknown, errors: readonly ErrorObject[]): unknown {
  const wrong = errors.filter(isAboutMode);
  if (wrong.length === 0) return undefined;
  const copy: unknown = structuredClone(value);
  for (const { instancePath } of wrong) {
    let at: unknown = copy;
    for (const key of pathOf(instancePath, copy)) {
      at = typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined;
    }
    if (typeof at === 'object' && at !== null) Reflect.set(at, 'mode', MODES[0]);
  }
  return copy;
}

function isDocument(value: unknown): value is VnetDocument {
  return validator(value);
}

function isNewer(value: unknown): value is { readonly apiVersion: string } {
  if (typeof value !== 'object' || value === null || !('apiVersion' in value)) return false;
  const { apiVersion } = value;
  return (
    typeof apiVersion === 'string' &&
    apiVersion !== API_VERSION &&
    !isOlderDocument(value) &&
    /^vnet\.azure\/v[1-9]/.test(apiVersion)
  );
}

function newerFinding(apiVersion: string): Finding {
  return {
    code: 'newer-version',
    place: valueAt('apiVersion'),
    message: `the document was written by a newer vnet (${apiVersion}); this version supports ${API_VERSION}`,
    hint: 'install the newer vnet again; until then the document is read-only and the kernel is not changed',
  };
}

function isBrokenSchema(value: unknown): value is BrokenSchema {
  return typeof value === 'object' && value !== null;
}

function toFinding(error: ErrorObject, root: unknown): Finding {
  const path = pathOf(error.instancePath, root);
  const broken = isBrokenSchema(error.parentSchema) ? error.parentSchema : {};
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(path, String(error.params['additionalProperty']), { broken, value: error.data });
    case 'required':
      return missingKey(path, String(error.params['missingProperty']), broken);
    case 'discriminator':
      return badMode(path, error.params['tagValue']);
    case 'propertyNames':
      return badKey(path, String(error.params['propertyName']));
    default:
      return {
        code: codeOf(error.keyword),
        place: valueAt(...path),
        message: mismatch(error, broken),
        ...omitUndefined({ hint: hintOf(error) }),
      };
  }
}

const READ_AS_NUMBER =
  'write it in quotes: YAML 1.1 reads a MAC of decimal pairs (10:20:30:40:50:58) as a number, and some programs write that back';

const READ_AS_TIME =
  'write it in quotes, as "2026-11-21T11:13:58.986Z": YAML 1.1 reads it as a timestamp, and some programs write that back in another form';

/** The reading of a value without quotes by a program that knows only YAML 1.1. */
function hintOf({ keyword, params, data, instancePath }: ErrorObject): string | undefined {
  if (keyword === 'pattern' && typeof data === 'string' && /^\d{4}-\d\d?-\d\d?(?:[Tt ]|$)/.test(data))
    return READ_AS_TIME;
  const isNumber = keyword === 'type' && params['type'] === 'string' && typeof data === 'number';
  return isNumber && instancePath.endsWith('/mac') ? READ_AS_NUMBER : undefined;
}

function unknownKey(
  path: Path,
  key: string,
  { broken, value }: { readonly broken: BrokenSchema; readonly value: unknown },
): Finding {
  const mode = path.length === 2 && path[0] === 'networks' ? modeNamed(value) : undefined;
  const reason = mode?.refuses?.[key];
  if (mode !== undefined && reason !== undefined) {
    const message = `a network of mode ${mode.name} cannot have "${key}": ${reason}`;
    return {
      code: 'unknown-key',
      place: keyAt(...path, key),
      message,
      hint: 'remove it, or use another mode',
    };
  }
  const known = Object.keys(broken.properties ?? {});
  const nearest = nearestWord(key, known);
  return {
    code: 'unknown-key',
    place: keyAt(...path, key),
    message: `unknown key "${key}"`,
    hint: nearest === undefined ? `valid keys: ${known.join(', ')}` : `did you mean "${nearest}"?`,
  };
}

function modeNamed(network: unknown): Mode | undefined {
  const name = typeof network === 'object' && network !== null ? Reflect.get(network, 'mode') : undefined;
  return allModes().find((mode) => mode.name === name);
}

function missingKey(path: Path, key: string, broken: BrokenSchema): Finding {
  const description = broken.properties?.[key]?.description;
  const meaning = description === undefined ? '' : ` (${sentenceStart(description)})`;
  return {
    code: 'missing-key',
    place: keyAt(...path),
    message: `"${key}" is missing${meaning}`,
    hint: `add "${key}:" ${path.length === 0 ? 'at the top level' : `below ${renderPath(path)}`}`,
  };
}

function badKey(path: Path, key: string): Finding {
  const wanted: Readonly<Record<string, string>> = {
    networkPolicies: 'namespace/name, such as default/web',
    namespaces: 'the name of a namespace: lower-case letters, digits and "-"',
    networks: 'a network name: letters, digits, "_", "." and "-", first a letter or digit',
    endpoints: 'network/containerID/ifName, such as azure/1bd38ad8/eth0',
    released: 'network/address, such as azure/10.240.0.36',
  };
  const expected = wanted[String(path[0])] ?? 'another name';
  return { code: 'bad-key', place: keyAt(...path, key), message: `expected ${expected}, got "${key}"` };
}

/** The keys of a network depend on its mode: with an unknown one nothing else can be checked. */
function badMode(path: Path, mode: unknown): Finding {
  const known = allModes().map(({ name, use }) => `"${name}" (${use})`);
  if (mode === undefined) {
    const hint = `add "mode:" below ${renderPath(path)}`;
    return {
      code: 'missing-key',
      place: keyAt(...path),
      message: `"mode" is missing: ${known.join(' or ')}`,
      hint,
    };
  }
  const nearest = typeof mode === 'string' ? nearestWord(mode, MODES) : undefined;
  return {
    code: 'unknown-value',
    place: valueAt(...path, 'mode'),
    message: `expected ${known.join(' or ')}, got ${describeValue(mode)}`,
    ...(nearest === undefined ? {} : { hint: `did you mean "${nearest}"?` }),
  };
}

function codeOf(keyword: string): string {
  if (keyword === 'type') return 'wrong-type';
  return keyword === 'enum' || keyword === 'const' ? 'unknown-value' : 'bad-value';
}

/** The error's data has the actual value; keyword and description of the schema the expected one. */
function mismatch(error: ErrorObject, broken: BrokenSchema): string {
  const got = describeValue(error.data);
  const meaning = broken.description === undefined ? '' : ` (${sentenceStart(broken.description)})`;
  const { params } = error;
  switch (error.keyword) {
    case 'type':
      return `expected ${typeWords(params['type'])}${meaning}, got ${got}`;
    case 'enum':
      return `expected one of ${words(params['allowedValues'])}, got ${got}${suggestion(error)}`;
    case 'const':
      return `expected ${JSON.stringify(params['allowedValue'])}, got ${got}`;
    case 'minimum':
    case 'maximum':
      return `expected a number ${String(params['comparison'])} ${String(params['limit'])}${meaning}, got ${got}`;
    case 'minItems':
      return `expected at least ${String(params['limit'])} item${meaning}`;
    case 'minLength':
      return `expected at least ${String(params['limit'])} character${meaning}, got ${got}`;
    case 'maxLength':
      return `expected at most ${String(params['limit'])} characters${meaning}, got ${got}`;
    default:
      return `expected ${sentenceStart(broken.description ?? 'another value')}${examples(broken)}, got ${got}`;
  }
}

function suggestion(error: ErrorObject): string {
  const allowed: unknown = error.params['allowedValues'];
  const nearest = Array.isArray(allowed) ? nearestWord(String(error.data), allowed.map(String)) : undefined;
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
}

function examples(broken: BrokenSchema): string {
  return broken.examples === undefined ? '' : `, such as ${broken.examples.map(String).join(' or ')}`;
}

function words(values: unknown): string {
  return Array.isArray(values) ? values.map((value) => JSON.stringify(value)).join(', ') : String(values);
}

function typeWords(type: unknown): string {
  const names: Readonly<Record<string, string>> = {
    object: 'a map of keys and values',
    array: 'a list',
    string: 'text',
    integer: 'a whole number',
    boolean: 'true or false',
  };
  return names[String(type)] ?? String(type);
}

function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/**
 * Returns the text as the continuation of a sentence: "An IPv4 address." becomes "an IPv4 address"; "MTU of
 * ..." is unchanged.
 */
function sentenceStart(description: string): string {
  const text = description.replace(/\.$/, '');
  return /^[A-Z][A-Z]/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);
}

/** Returns the path of a JSON pointer (RFC 6901), with numbers for list indexes. */
function pathOf(pointer: string, root: unknown): Path {
  const path: (string | number)[] = [];
  let at: unknown = root;
  for (const raw of pointer.split('/').slice(1)) {
    const key = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(at) ? Number(key) : key);
    at = typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined;
  }
  return path;
}
