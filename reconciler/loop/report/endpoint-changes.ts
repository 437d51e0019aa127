/** What container runtimes have changed between two versions of the document. Pure. */
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';

/** An endpoint that is not what it was. Shape: `before` is absent for a new one, `after` for one that is gone. */
export type EndpointChange = { readonly before?: Endpoint; readonly after?: Endpoint };

/** Returns the endpoints that are not what they were, by id. */
export function endpointChanges(
  { endpoints: before = {} }: VnetDocument,
  { endpoints: after = {} }: VnetDocument,
): ReadonlyMap<string, EndpointChange> {
  const changes = new Map<string, EndpointChange>();
  for (const id of Object.keys(after)) {
    const [was, is] = [before[id], after[id]];
    if (is === undefined || isSame(was, is)) continue;
    changes.set(id, was === undefined ? { after: is } : { before: was, after: is });
  }
  for (const id of Object.keys(before)) {
    const was = before[id];
    if (was !== undefined && after[id] === undefined) changes.set(id, { before: was });
  }
  return changes;
}

/** Who edits one endpoint hands the others on as they are: only what was read anew must be compared. */
function isSame(was: Endpoint | undefined, is: Endpoint): boolean {
  return was === is || (was !== undefined && JSON.stringify(was) === JSON.stringify(is));
}

/** Returns true when what people edit is the same in both. */
export function isSameHead(before: VnetDocument, after: VnetDocument): boolean {
  return headOf(before) === headOf(after);
}

function headOf(document: VnetDocument): string {
  const { node, bootId } = document.metadata;
  return JSON.stringify({ ...document, metadata: { node, bootId }, endpoints: {}, released: {} });
}
