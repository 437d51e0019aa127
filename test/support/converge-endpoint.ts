import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { notInDocument } from '../../reconciler/loop/node/plan-endpoints.ts';
import type { Session } from '../../reconciler/loop/node/session.ts';
import { convergeEndpoints } from '../../reconciler/loop/round/converge.ts';
import { err, type Result } from '../../reconciler/model/result.ts';

/** As convergeEndpoints(), for one. */
export async function convergeEndpoint(
  session: Session,
  document: VnetDocument,
  id: string,
): Promise<Result<void>> {
  const results = await convergeEndpoints(session, document, [id]);
  return results.get(id) ?? err(notInDocument(id));
}
