/**
 * Texts generated for people: an old generation as of now, and a refused edit with its conflicts resolved in
 * its favour. Pure.
 */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { ok, type Result } from '../../model/result.ts';
import { extractHead } from '../text/head.ts';
import { mergeDocuments } from './merge.ts';
import { editBetween } from '../history/rebuild.ts';
import type { SlowPath } from '../slow-path.ts';
import type { Snapshot } from '../snapshot.ts';
import { editVersion } from '../store/edit-version.ts';
import type { Version } from '../store/version.ts';

const FILE = 'vnet.yaml';

/**
 * Returns the old generation's text with the latest endpoints, released addresses, bootId and number:
 * submitted as an edit of the latest generation, it restores the hand-edited part and revives no endpoint.
 * Errors: `invalid` if present endpoints do not fit the old networks.
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
 * Returns the text of a conflicting save as an edit of the latest generation: with all other changes
 * inserted, and its own values in the conflicts. `base` is the document it was begun from.
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
  return { ...read.value, text, head: extractHead(text, read.value), learned: true };
}

function rewrite(slow: SlowPath, version: Version, wanted: VnetDocument, latest: Snapshot): Result<string> {
  const { generation } = latest.document.metadata;
  const next = editVersion({ slow, file: FILE }, version, editBetween(version.document, wanted, generation));
  return next.ok ? ok(next.value.text) : next;
}
