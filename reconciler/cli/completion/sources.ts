/** Where the values of a place come from, by its name. Pure. */
import { LISTS } from '../verbs/look/commands-look.ts';
import { CNI_COMMANDS } from '../verbs/cni/commands-cni.ts';

/** What vnet is asked for while somebody types. */
export const ASKED = [
  'endpoints',
  'networks',
  'generations',
  'tentative',
  'objects',
  'paused',
  'drifted',
  'accepted',
  'names',
  'namespaces',
  'fields',
  'paths',
] as const;

/** One of ASKED. */
export type Asked = (typeof ASKED)[number];

/** Where values come from. `none`: only the user knows. */
export type Source =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'ask'; readonly what: Asked }
  | { readonly kind: 'files' | 'folders' | 'none' };

const TIMES: Source = { kind: 'words', words: ['30s', '90s', '2m', '10m', '1h', '1d'] };

/** By what a place is called, whatever the verb. */
const BY_NAME: Readonly<Record<string, Source>> = {
  file: { kind: 'files' },
  conflist: { kind: 'files' },
  dir: { kind: 'folders' },
  dirs: { kind: 'folders' },
  time: TIMES,
  network: ask('networks'),
  generation: ask('generations'),
  from: ask('generations'),
  to: ask('generations'),
  object: ask('objects'),
  netns: ask('namespaces'),
};

/** Where the name says less than the verb, or the option. */
const BY_PLACE: Readonly<Record<string, Source>> = {
  'get what': { kind: 'words', words: LISTS },
  'get name': ask('names'),
  'cni verb': { kind: 'words', words: CNI_COMMANDS },
  'explain what': ask('endpoints'),
  'export --endpoint': ask('endpoints'),
  'import --network': { kind: 'none' },
  'schema path': ask('fields'),
  'blame path': ask('paths'),
  'confirm id': ask('tentative'),
  'revert id': ask('tentative'),
  'apply --if-generation': ask('generations'),
  'wait --generation': ask('generations'),
  'drift --accept': ask('drifted'),
  'drift --forget': ask('accepted'),
  'resume object': ask('paused'),
};

function ask(what: Asked): Source {
  return { kind: 'ask', what };
}

/** Returns where the values of an argument, or of the option `long`, come from. Total. */
export function sourceOf(verb: string, name: string, long?: string): Source {
  return BY_PLACE[`${verb} ${long ?? name}`] ?? BY_NAME[name] ?? { kind: 'none' };
}
