/** CNI network configuration lists, as a container runtime reads them. Source: CNI SPEC 1.1.0, section 1. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, type Failure, failure, ok, type Result } from '../../reconciler/model/result.ts';

/** One plugin's object of a list; fields that the runtime does not read are passed on as they are. */
export type PluginConf = {
  readonly type: string;
  readonly capabilities?: Readonly<Record<string, boolean>>;
  readonly [field: string]: unknown;
};

/** A list. `disableCheck` as in the specification. */
export type Conflist = {
  readonly cniVersion: string;
  readonly name: string;
  readonly disableCheck?: boolean;
  readonly plugins: readonly PluginConf[];
};

/** Returns the list that the text holds. Errors: `invalid`, saying what is wrong with it. */
export function parseConflist(text: string, file = 'the configuration list'): Result<Conflist> {
  const refuse = (message: string): Result<Conflist> =>
    err(failure('invalid', `read ${file}`, message, { hint: 'See CNI SPEC 1.1.0, section 1.' }));
  let list: Partial<Conflist> | null;
  try {
    list = JSON.parse(text);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  if (typeof list !== 'object' || list === null) return refuse('it is not a JSON object');
  const { name, plugins, cniVersion = '0.1.0' } = list;
  if (typeof name !== 'string' || name === '') return refuse('"name" is missing');
  if (!Array.isArray(plugins) || plugins.length === 0) return refuse('"plugins" is missing or empty');
  const untyped = plugins.findIndex((plugin: Partial<PluginConf>) => typeof plugin?.type !== 'string');
  if (untyped >= 0) return refuse(`"plugins[${untyped}].type" is missing`);
  return ok({ ...list, name, plugins, cniVersion });
}

/** Returns the list that a runtime would use: of the folder's *.conflist files the lexically first. */
export function loadConflist(folder: string): Result<Conflist> {
  const step = `read ${folder}`;
  try {
    const first = readdirSync(folder)
      .filter((name) => name.endsWith('.conflist'))
      .toSorted()[0];
    if (first === undefined) return err(failure('not-found', step, 'no *.conflist file is there'));
    const file = join(folder, first);
    return parseConflist(readFileSync(file, 'utf8'), file);
  } catch (error) {
    const cause: Failure = failure('io', step, error instanceof Error ? error.message : String(error));
    return err(cause);
  }
}

/** Returns -1, 0 or 1 as the left CNI version is older than, equal to or newer than the right one. */
export function compareVersions(left: string, right: string): number {
  const [one, other] = [left.split('.').map(Number), right.split('.').map(Number)];
  for (let at = 0; at < 3; at += 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}
