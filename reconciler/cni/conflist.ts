/** CNI network configuration lists, as a container runtime reads them. Source: CNI SPEC 1.1.0, section 1; libcni/conf.go. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isRecord } from '../model/objects.ts';
import { fail, ok, type Result, thrownMessage } from '../model/result.ts';

/** One plugin's object in a list; fields that the runtime does not read are passed on unchanged. */
export type PluginConf = {
  readonly type: string;
  readonly capabilities?: Readonly<Record<string, boolean>>;
  readonly [field: string]: unknown;
};

/** A list. Shape: `cniVersion` is the version chosen by the runtime. */
export type Conflist = {
  readonly cniVersion: string;
  readonly name: string;
  readonly disableCheck?: boolean;
  readonly disableGC?: boolean;
  readonly plugins: readonly PluginConf[];
};

/** The newest version that this runtime supports. */
const NEWEST = '1.1.0';

/** The contents of a file before validation. */
type Written = { readonly [key in keyof Conflist]?: unknown } & {
  readonly cniVersions?: unknown;
  readonly loadOnlyInlinedPlugins?: unknown;
  readonly type?: unknown;
};

/**
 * Returns the list in the text; the configuration of one plugin becomes a list of one. `dropIns` are plugins
 * appended to the list's own, unless it sets `loadOnlyInlinedPlugins`.
 * Errors: `invalid`, with the reason.
 */
export function parseConflist(
  text: string,
  file = 'the configuration list',
  dropIns: (name: string) => readonly PluginConf[] = () => [],
): Result<Conflist> {
  const refuse = (message: string): Result<Conflist> =>
    fail('invalid', `read ${file}`, message, { hint: 'See CNI SPEC 1.1.0, section 1.' });
  let list: Written | null;
  try {
    list = JSON.parse(text);
  } catch (error) {
    return refuse(thrownMessage(error));
  }
  if (typeof list !== 'object' || list === null) return refuse('not a JSON object');
  const { name, cniVersion = '0.1.0' } = list;
  const inlined = list.plugins === undefined && typeof list.type === 'string' ? [list] : list.plugins;
  if (typeof name !== 'string' || name === '') return refuse('"name" is missing');
  if (typeof cniVersion !== 'string') return refuse('"cniVersion" is not a string');
  if (!Array.isArray(inlined) || inlined.length === 0) return refuse('"plugins" is missing or empty');
  const plugins: readonly PluginConf[] = isTrue(list.loadOnlyInlinedPlugins)
    ? inlined
    : [...inlined, ...dropIns(name)];
  const untyped = plugins.findIndex((plugin: Partial<PluginConf> | null) => typeof plugin?.type !== 'string');
  if (untyped >= 0) return refuse(`"plugins[${untyped}].type" is missing`);
  return ok({
    name,
    cniVersion: pickVersion(cniVersion, list.cniVersions),
    disableCheck: isTrue(list.disableCheck),
    disableGC: isTrue(list.disableGC),
    plugins,
  });
}

/** The highest listed version that is supported. */
function pickVersion(cniVersion: string, cniVersions: unknown): string {
  const listed = Array.isArray(cniVersions) ? cniVersions.filter((item) => typeof item === 'string') : [];
  const known = [cniVersion, ...listed].filter((version) => compareVersions(version, NEWEST) <= 0);
  return known.toSorted(compareVersions).at(-1) ?? cniVersion;
}

/** libcni also accepts the word. */
function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
}

/**
 * Returns the list in the file, with the plugins dropped into `<its folder>/<network>/*.conf`.
 * Errors: `not-found`, `invalid`.
 */
export function readConflist(file: string): Result<Conflist> {
  let reading = file;
  const dropIns = (name: string): readonly PluginConf[] =>
    listFiles(join(dirname(file), name), '.conf').map((path) => {
      reading = path;
      const plugin: PluginConf = JSON.parse(readFileSync(path, 'utf8'));
      return plugin;
    });
  try {
    return parseConflist(readFileSync(file, 'utf8'), file, dropIns);
  } catch (error) {
    const message = thrownMessage(error);
    const code = error instanceof SyntaxError ? 'invalid' : 'not-found';
    return fail(code, `read ${reading}`, message, { hint: 'Name a readable *.conflist.' });
  }
}

/**
 * Returns the name of the network that a runtime gives each pod: of the first file in lexical order; of Multus, its first delegate.
 * undefined without a readable file. Source: containerd/go-cni, opts.go, loadFromConfDir; Multus, docs/configuration.md.
 */
export function defaultNetworkName(folder: string): string | undefined {
  const [first] = ['.conf', '.conflist', '.json'].flatMap((ending) => listFiles(folder, ending)).toSorted();
  if (first === undefined) return undefined;
  const list = readConflist(first);
  if (!list.ok) return undefined;
  const [plugin] = list.value.plugins;
  const delegates = plugin?.['delegates'];
  const inner: unknown = Array.isArray(delegates) ? delegates[0] : undefined;
  const name = isRecord(inner) ? inner['name'] : undefined;
  return typeof name === 'string' ? name : list.value.name;
}

function listFiles(folder: string, ending: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(ending));
  return names.toSorted().map((name) => join(folder, name));
}

/** Returns -1, 0 or 1 if the left CNI version is older than, equal to or newer than the right one. */
export function compareVersions(left: string, right: string): number {
  const [one, other] = [left.split('.').map(Number), right.split('.').map(Number)];
  for (let at = 0; at < 3; at += 1) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}
