/** The slow path: the operations that need the YAML library and the validator, as one value. Pure. */
import { API_VERSION } from '../../model/names.ts';
import type { EffectiveEdit } from '../edit.ts';
import { renderNewDocument } from './create.ts';
import { aliasSources, keepSources, parseYaml, putInBlocks, renderDocument, setValue } from './parse.ts';
import { readParts } from './read.ts';
import { findTail } from '../text/scan.ts';
import { upgradeLines } from './upgrade-text.ts';
import type { SlowPath } from '../slow-path.ts';
import { lineEnd } from '../text/splice.ts';

/** The slow path. */
export const slowPath: SlowPath = {
  read: readParts,
  rewriteNetworks(text, edit) {
    const end = findTail(text) ?? text.length;
    return rewritePart(text.slice(0, end), { networks: edit.networks }, edit.fields) + text.slice(end);
  },
  rewrite(text, { generation, bootId, machine, networks, endpoints, released, fields }) {
    const metadata = new Map<string, unknown>([
      ['generation', generation],
      ...(bootId === undefined ? [] : [['bootId', bootId] as const]),
      ...(machine === undefined ? [] : [['machine', machine] as const]),
    ]);
    return rewritePart(text, { metadata, networks, endpoints, released }, fields);
  },
  upgrade(text) {
    const upgraded = upgradeLines(text);
    if (upgraded.text !== undefined) return upgraded.text;
    const { networks } = Object(upgraded.value);
    return rewritePart(text, { networks: new Map(Object.entries<unknown>(Object(networks))) }, VERSION);
  },
  create: renderNewDocument,
};

const VERSION: ReadonlyMap<string, unknown> = new Map([['apiVersion', API_VERSION]]);

type Section = 'metadata' | 'networks' | 'endpoints' | 'released';
type Changes = Partial<Record<Section, ReadonlyMap<string, unknown>>>;

/**
 * Returns the text with the entries set; a text that cannot be changed is returned unchanged, for the check
 * to refuse.
 */
function rewritePart(text: string, changes: Changes, fields: EffectiveEdit['fields'] = new Map()): string {
  const parsed = parseYaml(text);
  if (!('yaml' in parsed)) return text;
  try {
    const sources = aliasSources(parsed.yaml);
    for (const [section, entries] of Object.entries(changes)) {
      for (const [key, value] of entries ?? []) setValue(parsed.yaml, [section, key], value);
    }
    for (const [name, value] of fields) setValue(parsed.yaml, [name], value);
    if (changes.endpoints !== undefined) putInBlocks(parsed.yaml, 'endpoints');
    keepSources(parsed.yaml, sources);
    return renderDocument(parsed.yaml).replaceAll('\n', lineEnd(text));
  } catch {
    // The library throws for a path through an alias.
    return text;
  }
}
