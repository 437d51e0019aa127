/** Calls that no runtime makes: random and mutated stdin, environment and prevResult. */
import * as fc from 'fast-check';
import type { Environment } from '../../reconciler/model/ports/sys.ts';
import type { Role } from '../../plugin/host.ts';
import type { Json, JsonObject } from '../../plugin/protocol/json.ts';
import { ARGS, CONFIGURATIONS, ODD_TEXTS } from './corpus.ts';

/** One call. */
export type FuzzedCall = { readonly role: Role; readonly env: Environment; readonly stdin: string };

const json = fc.oneof(
  fc.constantFrom<Json>(null, true, 0, -1, 1e300, [], {}, [[]], [null]),
  fc.constantFrom<Json>(...ODD_TEXTS),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
);

/** A change somewhere in a value: `at` selects the path. */
const change = fc.record({
  at: fc.array(fc.nat({ max: 20 }), { maxLength: 4 }),
  how: fc.constantFrom('replace', 'replace', 'remove', 'recase', 'wrap', 'add'),
  value: json,
  key: fc.constantFrom('__proto__', 'ips', 'name', 'cniVersion', 'prevResult', 'runtimeConfig', ''),
});

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** Returns the changed value. Total: a path that leads nowhere ends early. */
function mutate(value: Json, { at: [turn, ...rest], how, value: other, key }: Change): Json {
  if (turn !== undefined && Array.isArray(value) && value.length > 0) {
    const index = turn % value.length;
    const items = value as readonly Json[];
    return items.with(index, mutate(items[index] ?? null, { at: rest, how, value: other, key }));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return how === 'wrap' ? [value] : other;
  const entries = Object.entries(value as JsonObject);
  if (how === 'add' || entries.length === 0) return Object.fromEntries([...entries, [key, other]]);
  if (turn === undefined) return how === 'wrap' ? [value] : other;
  const index = turn % entries.length;
  const [name, inner] = entries[index] ?? ['', null];
  const changed: readonly (readonly [string, Json])[] =
    rest.length > 0
      ? [[name, mutate(inner, { at: rest, how, value: other, key })]]
      : replaceEntry(name, inner, { how, value: other });
  return Object.fromEntries([...entries.slice(0, index), ...changed, ...entries.slice(index + 1)]);
}

function replaceEntry(
  name: string,
  inner: Json,
  { how, value }: Pick<Change, 'how' | 'value'>,
): readonly (readonly [string, Json])[] {
  if (how === 'remove') return [];
  if (how === 'recase') return [[name.toUpperCase(), inner]];
  if (how === 'wrap') return [[name, [inner]]];
  return [[name, value]];
}

const mutated = fc
  .tuple(fc.constantFrom(...CONFIGURATIONS), fc.array(change, { maxLength: 2 }))
  .map(([conf, changes]) => JSON.stringify(changes.reduce<Json>(mutate, conf)));

/** Text that was truncated, doubled, or got an insertion. */
const damaged = fc
  .tuple(mutated, fc.nat(), fc.constantFrom('', '\u0000', '\ufeff', '{', '"', ',', '\\u', '\ud800'))
  .map(
    ([text, at, put]) =>
      text.slice(0, at % text.length) + put + (put === '' ? '' : text.slice(at % text.length)),
  );

const deep = fc.nat({ max: 3_000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth));

const stdin = fc.oneof(
  { weight: 25, arbitrary: mutated },
  { weight: 3, arbitrary: damaged },
  { weight: 1, arbitrary: fc.string() },
  { weight: 1, arbitrary: deep },
);

const VARIABLES = [
  'CNI_CONTAINERID',
  'CNI_IFNAME',
  'CNI_NETNS',
  'CNI_PATH',
  'CNI_COMMAND',
  'CNI_NETNS_OVERRIDE',
];

const odd = fc.record({
  name: fc.constantFrom(...VARIABLES),
  value: fc.oneof(fc.constantFrom(undefined, ...ODD_TEXTS), fc.string()),
});

/** Any call, mostly close to a real one; `netns` returns the path of the nth pod's namespace. */
export function fuzzedCall(netns: (pod: number) => string): fc.Arbitrary<FuzzedCall> {
  return fc
    .record({
      role: fc.constantFrom<Role>('azure-vnet', 'azure-vnet', 'azure-vnet-ipam'),
      verb: fc.constantFrom('ADD', 'ADD', 'ADD', 'DEL', 'DEL', 'CHECK', 'STATUS', 'GC', 'VERSION', 'UPDATE'),
      pod: fc.nat({ max: 4 }),
      ifName: fc.constantFrom('eth0', 'eth0', 'net1'),
      args: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(...ARGS) },
        { weight: 1, arbitrary: fc.constantFrom(...ODD_TEXTS) },
      ),
      odd: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: odd }),
      stdin,
    })
    .map(({ role, verb, pod, ifName, args, odd: other, stdin: text }) => ({
      role,
      stdin: text,
      env: {
        CNI_COMMAND: verb,
        CNI_CONTAINERID: `c${pod}`,
        CNI_NETNS: netns(pod),
        CNI_IFNAME: ifName,
        CNI_PATH: 'no-such-folder',
        CNI_ARGS: args,
        ...(other === undefined ? {} : { [other.name]: other.value }),
      },
    }));
}
