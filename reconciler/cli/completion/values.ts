/** Candidates from this node: pods, addresses, generations. Read from files only, never from the kernel. */
import { readdirSync } from 'node:fs';
import schema from '../../../schemas/generated/vnet.schema.json' with { type: 'json' };
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { createHistory } from '../../document/history/history.ts';
import { loadWhole } from '../../document/library.ts';
import { createStore } from '../../document/store/store.ts';
import { readBaseline } from '../../loop/files/baseline-file.ts';
import { validPauses } from '../../plan/pause.ts';
import { readPauses } from '../../loop/files/pause-file.ts';
import { readStatus } from '../../loop/files/status-file.ts';
import { coreOf } from '../../model/modes/cores.ts';
import { podNameOf } from '../../model/names.ts';
import { linkKeyOf } from '../../model/state.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { namesOf, presentEndpoints } from '../verbs/explain/find.ts';
import { authorText } from '../verbs/explain/timeline.ts';
import { library } from '../../app/library.ts';
import { readTentative } from '../../app/tentative-store.ts';
import type { NodePaths } from '../../app/paths.ts';
import type { NodeValues } from '../verb.ts';
import { fieldPaths, type Value, valuePaths } from './value-paths.ts';

/** More candidates would not help the user. */
const MOST = 1000;

/** Where values are read. Shape: `prefix` is the beginning that was typed. */
export type CompletionNode = { readonly sys: Sys; readonly paths: NodePaths; readonly prefix: string };

/**
 * Resolves to the values of this kind that begin with the prefix, with descriptions. Never rejects: an
 * unreadable source has no values, and a shell cannot show the reason.
 */
export async function listValues(node: CompletionNode, kind: NodeValues): Promise<readonly Value[]> {
  try {
    await loadWhole(library);
    const values = SOURCES[kind](node);
    return Array.from(new Map(values.filter(([value]) => value.startsWith(node.prefix)))).slice(0, MOST);
  } catch {
    return [];
  }
}

const SOURCES: Readonly<Record<NodeValues, (node: CompletionNode) => readonly Value[]>> = {
  endpoints,
  networks: (node) =>
    Object.entries(documentOf(node)?.networks ?? {}).map(([name, { mode }]) => [name, `mode ${mode}`]),
  generations,
  tentative: ({ sys, paths }) => {
    const tentative = readTentative(sys, paths);
    return tentative.ok && tentative.value !== undefined
      ? [[String(tentative.value.id), `unconfirmed since ${tentative.value.started}`]]
      : [];
  },
  objects: (node) => [...drifted(node), ...SOURCES.networks(node), ...links(node), ...pods(node)],
  paused: ({ sys, paths }) => {
    const pauses = readPauses(sys, paths.runDirectory);
    const valid = pauses.ok ? validPauses(pauses.value, new Date()) : [];
    return valid.flatMap(({ object, until }) =>
      object === undefined ? [] : [[object, `paused until ${until}`] as const],
    );
  },
  drifted,
  accepted: ({ sys, paths }) => {
    const baseline = readBaseline(sys, paths.stateDirectory);
    return baseline.ok
      ? baseline.value.accepted.map(({ key, until }) => [key, `accepted until ${until}`])
      : [];
  },
  names: (node) => [...SOURCES.networks(node), ...interfaces(node), ...endpoints(node)],
  namespaces: () => readdirSync('/run/netns').map((name) => [name, '']),
  fields: (node) => fieldPaths(schema, Object.keys(documentOf(node)?.networks ?? {})),
  paths: (node) => valuePaths(documentOf(node)),
};

function documentOf({ sys, paths }: CompletionNode): VnetDocument | undefined {
  const store = createStore(sys, paths, '', { library });
  const snapshot = store.read();
  return snapshot.ok ? snapshot.value?.document : undefined;
}

/** Pods and addresses; a veth, a MAC or a container ID only if its beginning was typed. */
function endpoints(node: CompletionNode): readonly Value[] {
  const document = documentOf(node);
  if (document === undefined) return [];
  return presentEndpoints(document).flatMap((known) => {
    const { pod, addresses } = known.endpoint;
    const usual = [...(pod === undefined ? [] : [pod]), ...addresses.map((one) => one.split('/')[0] ?? '')];
    const others = namesOf(known).filter((name) => !addresses.includes(name));
    const names = node.prefix === '' ? usual : [...usual, ...others];
    const about = [pod ?? known.id, ...addresses.map((one) => one.split('/')[0] ?? '')];
    return names.map((name): Value => [name, about.filter((part) => part !== name).join(' ')]);
  });
}

/** Keys of the networks' links, as `vnet pause` takes them. */
function links(node: CompletionNode): readonly Value[] {
  return interfaces(node).map(([name, about]) => [linkKeyOf(name), about]);
}

function pods(node: CompletionNode): readonly Value[] {
  return Object.entries(documentOf(node)?.endpoints ?? {}).flatMap(([id, endpoint]): readonly Value[] => {
    const name = podNameOf(id, endpoint);
    return node.prefix === ''
      ? [[name, id]]
      : [
          [name, id],
          [id, name],
        ];
  });
}

function interfaces(node: CompletionNode): readonly Value[] {
  return Object.entries(documentOf(node)?.networks ?? {}).flatMap(([name, network]) =>
    Object.entries(coreOf(network).links(network)).map(
      ([section, link]): Value => [link.name, `${section} of ${name}`],
    ),
  );
}

/** As of the last round: a kernel scan would be too slow for completion. */
function drifted({ sys, paths }: CompletionNode): readonly Value[] {
  const objects = readStatus(sys, paths.runDirectory)?.objects ?? [];
  return objects.map(({ key, state }) => [key, state]);
}

function generations({ sys, paths }: CompletionNode): readonly Value[] {
  const records = createHistory(sys, paths.document, library).records();
  if (!records.ok) return [];
  return records.value.toReversed().map(({ generation, time, author }) => {
    const why = author.why === undefined ? '' : `: ${author.why}`;
    return [String(generation), `${time.slice(0, 19)}Z ${authorText(author)}${why}`];
  });
}
