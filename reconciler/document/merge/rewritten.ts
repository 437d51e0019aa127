/** Texts that are made for people to look at, or to begin from: an old generation today, a refused save with its conflicts. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { ok, type Result } from '../../model/result.ts';
import { learnHead } from '../text/head.ts';
import { mergeDocuments } from './merge.ts';
import { editBetween } from '../history/rebuild.ts';
import type { SlowPath } from '../slow-path.ts';
import type { Snapshot } from '../snapshot.ts';
import { editVersion, type Version } from '../store/version.ts';

const FILE = 'vnet.yaml';

/**
 * Returns the old generation's text with the endpoints, released addresses and boot of the latest, and its number: taken as
 * a text that began from the latest, it brings back what people had written, and revives no endpoint.
 * Errors: `invalid` when what is attached now does not fit the old networks.
 */
export function rolledBack(slow: SlowPath, old: Snapshot, latest: Snapshot): Result<string> {
  const { endpoints: _e, released: _r, ...edited } = old.document;
  const { endpoints, released, metadata } = latest.document;
  const wanted = {
    ...edited,
    ...(endpoints === undefined ? {} : { endpoints }),
    ...(released === undefined ? {} : { released }),
    metadata: { ...metadata, node: edited.metadata.node },
  };
  return rewrite(slow, versionOf(slow, old.text, old.document), wanted, latest);
}

/**
 * Returns the text of a save that conflicted as one that began from the latest generation: with what others changed since put
 * in, and its own values where both changed the same. `base` is the document it began from.
 */
export function withOwnValues(
  slow: SlowPath,
  text: string,
  base: VnetDocument | undefined,
  latest: Snapshot,
): Result<string> {
  const read = slow.read(text, FILE);
  if (!read.ok) return ok(text);
  const yours = read.value.document;
  const { document } = mergeDocuments({ base, yours, theirs: latest.document });
  return rewrite(slow, versionOf(slow, text, yours), document, latest);
}

function versionOf(slow: SlowPath, text: string, document: VnetDocument): Version {
  const read = slow.read(text, FILE);
  if (!read.ok) return { text, document, layout: undefined, head: undefined, learned: true };
  return { ...read.value, text, head: learnHead(text, read.value), learned: true };
}

function rewrite(slow: SlowPath, version: Version, wanted: VnetDocument, latest: Snapshot): Result<string> {
  const { generation } = latest.document.metadata;
  const next = editVersion({ slow, file: FILE }, version, editBetween(version.document, wanted, generation));
  return next.ok ? ok(next.value.text) : next;
}
