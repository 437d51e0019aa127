/** History of an endpoint and of its addresses, from the recorded generations and events. Pure. */
import type { Endpoint } from '../../../../schemas/generated/vnet.ts';
import type { Author, DocumentChange, HistoryRecord } from '../../../document/snapshot.ts';
import { parseEndpointId, podNameOf } from '../../../model/names.ts';
import { changedEndpoint, isEndpoint, type KnownEndpoint } from './find.ts';
import type { VnetEvent } from '../../../loop/files/event.ts';
import { omitUndefined } from '../../../model/objects.ts';

/** One entry of a timeline. */
export type TimelineEntry = { readonly time: string; readonly what: string };

/** Returns the endpoint's timeline, oldest first. Shape: `keys` are its objects' keys, to select events. */
export function timelineOf(
  { id, endpoint }: KnownEndpoint,
  keys: ReadonlySet<string>,
  records: readonly HistoryRecord[],
  events: readonly VnetEvent[],
): readonly TimelineEntry[] {
  const changes = records.flatMap(({ generation, time, author, changes: made }) =>
    made
      .filter((change) => changedEndpoint(change) === id)
      .map((change) => ({
        time,
        what: `${changeText(change)} by ${authorText(author)}, generation ${generation}`,
      })),
  );
  const told = events
    .filter(({ key, message }) => (key !== undefined && keys.has(key)) || message.includes(id))
    .map(({ time, type, key, message }) => ({ time, what: [type, key, message].filter(Boolean).join(' ') }));
  const marks = changes.length > 0 ? [] : marksOf(endpoint);
  return [...marks, ...changes, ...told].toSorted(
    (left, right) => Date.parse(left.time) - Date.parse(right.time),
  );
}

/** The document's own timestamps, for the time before the recorded history. */
function marksOf({ added, missing, leaving }: Endpoint): readonly TimelineEntry[] {
  return [
    { time: added, what: 'added' },
    ...(missing === undefined ? [] : [{ time: missing, what: 'namespace first seen gone' }]),
    ...(leaving === undefined ? [] : [{ time: leaving, what: 'leaving' }]),
  ];
}

function changeText({ before, after }: DocumentChange): string {
  if (before === undefined) return 'added';
  if (after === undefined) return 'removed';
  if (!isEndpoint(before) || !isEndpoint(after)) return 'changed';
  if (after.leaving !== undefined && before.leaving === undefined) return 'marked as leaving';
  if (after.missing !== undefined && before.missing === undefined) return 'namespace first seen gone';
  if (after.missing === undefined && before.missing !== undefined) return 'namespace seen again';
  const [was, is] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const fields = [...new Set([...was.keys(), ...is.keys()])].filter(
    (field) => JSON.stringify(was.get(field)) !== JSON.stringify(is.get(field)),
  );
  return `changed (${fields.join(', ')})`;
}

/** Returns the author as text: `vnet edit (ana)`. */
export function authorText({ who, login, uid }: Author): string {
  const user = login ?? (uid === undefined ? undefined : `uid ${uid}`);
  return user === undefined ? who : `${who} (${user})`;
}

/** A use of an address. Shape: `until` is absent for the present holder. */
export type AddressUse = {
  readonly address: string;
  readonly pod: string;
  readonly id: string;
  readonly from: string;
  readonly until?: string;
};

/** Returns the known holders of the endpoint's addresses, latest first. */
export function addressUsesOf(
  { id, endpoint }: KnownEndpoint,
  others: readonly KnownEndpoint[],
): readonly AddressUse[] {
  const { network } = parseEndpointId(id);
  return endpoint.addresses.flatMap((address) =>
    others
      .filter(
        (one) => parseEndpointId(one.id).network === network && one.endpoint.addresses.includes(address),
      )
      .map((one) => ({
        address,
        pod: podNameOf(one.id, one.endpoint),
        id: one.id,
        from: one.endpoint.added,
        ...omitUndefined({ until: one.gone }),
      }))
      .toSorted((left, right) => Date.parse(right.from) - Date.parse(left.from)),
  );
}
