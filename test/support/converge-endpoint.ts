import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { notInDocument } from '../../reconciler/loop/node/plan-endpoints.ts';
import { convergeEndpoints } from '../../reconciler/loop/round/converge.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import type { MemorySession } from './memory-session.ts';

/** As convergeEndpoints(), for one; the document is put in force before. */
export async function convergeEndpoint(
  session: MemorySession,
  document: VnetDocument,
  id: string,
): Promise<Result<void>> {
  session.store.replace(document);
  const result = (await convergeEndpoints(session, document, [id])).get(id) ?? err(notInDocument(id));
  return result.ok ? ok(undefined) : result;
}
