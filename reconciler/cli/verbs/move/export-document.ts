/** `vnet export`: the document, the observed state, a CNI result, or azure-vnet's state files. */
import type { Endpoint, VnetDocument } from '../../../../schemas/generated/vnet.ts';
import { renderAzurePools, renderAzureState } from '../../../azure/render.ts';
import { renderYaml } from '../../../document/yaml/parse.ts';
import type { Problem } from '../../../document/store/store.ts';
import { liveDocument } from '../../../loop/import/live-document.ts';
import { planNode } from '../../../loop/node/plan-node.ts';
import type { Node } from '../../../loop/node/session.ts';
import { parseEndpointId } from '../../../model/names.ts';
import { networkOf } from '../../../model/networks.ts';
import { err, fail, type Failure, failure, ok, type Result } from '../../../model/result.ts';
import type { CniAnswer } from '../../../cni/answer.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import { findEndpoints, presentEndpoints } from '../explain/find.ts';
import type { Emit } from './emit.ts';

/** Options. Shape: `endpoint` limits the export to one. */
export type ExportChoice = {
  readonly side: 'desired' | 'live' | 'both';
  readonly as: 'yaml' | 'json' | 'cni-result' | 'azure-vnet' | 'azure-vnet-ipam';
  readonly endpoint: string | undefined;
};

/**
 * Dependencies.
 * Shape: `proposeLive` describes a node without a document; `cniAnswer` is absent in a program without the
 * plugin.
 */
export type ExportedNode = Node & {
  readonly proposeLive: () => Result<VnetDocument>;
  readonly cniAnswer: CniAnswer | undefined;
};

/**
 * Writes the export.
 * Errors: `not-found`: no document or no such endpoint; `exists`: the name is ambiguous.
 */
export function exportDocument(
  node: ExportedNode,
  choice: ExportChoice,
  emit: Emit,
): Result<ExitCode, Problem> {
  const snapshot = node.store.read();
  if (!snapshot.ok) return snapshot;
  const { side } = choice;
  if (snapshot.value === undefined && side !== 'live') {
    const hint = 'See vnet export --live.';
    return fail('not-found', 'export', 'no document yet', { hint });
  }
  const desired = snapshot.value?.document;
  const live = side === 'desired' ? ok(undefined) : readLive(node, desired);
  if (!live.ok) return live;
  const sides = {
    desired: side === 'live' ? undefined : desired,
    text: side === 'live' ? undefined : snapshot.value?.text,
    live: live.value,
  };
  const text = render(sides, choice, node);
  if (!text.ok) return text;
  const emitted = emit(text.value);
  return emitted.ok ? ok(EXIT.done) : emitted;
}

type Sides = {
  readonly desired: VnetDocument | undefined;
  readonly text: string | undefined;
  readonly live: VnetDocument | undefined;
};

function readLive(node: ExportedNode, document: VnetDocument | undefined): Result<VnetDocument> {
  if (document === undefined) return node.proposeLive();
  const planned = planNode(node.kernel, document);
  return planned.ok ? ok(liveDocument(document, planned.value.observation)) : planned;
}

function render(sides: Sides, choice: ExportChoice, node: ExportedNode): Result<string> {
  const documents = [sides.desired, sides.live].filter((one) => one !== undefined);
  if (choice.as === 'cni-result') return renderAnswers(documents, choice, node);
  const chosen = documents.map((document) => narrow(document, choice.endpoint));
  const refused = chosen.find((one) => !one.ok);
  if (refused !== undefined && !refused.ok) return refused;
  const values = chosen.flatMap((one) => (one.ok ? [one.value] : []));
  switch (choice.as) {
    case 'yaml': {
      const verbatim = choice.endpoint === undefined ? sides.text : undefined;
      const texts = values.map((value, index) => (index === 0 ? verbatim : undefined) ?? renderYaml(value));
      return ok(texts.join('---\n'));
    }
    case 'json': {
      const [first] = values;
      const both = choice.side === 'both' ? { desired: values[0], live: values[1] } : first;
      return ok(`${JSON.stringify(both, undefined, 2)}\n`);
    }
    case 'azure-vnet':
    case 'azure-vnet-ipam': {
      const one = values.at(-1);
      if (one === undefined) return ok('');
      const source = { document: one, time: node.now() };
      return ok(`${choice.as === 'azure-vnet' ? renderAzureState(source) : renderAzurePools(source)}\n`);
    }
  }
}

/** Returns the document with only the named endpoint. */
function narrow(document: VnetDocument, subject: string | undefined): Result<VnetDocument> {
  if (subject === undefined) return ok(document);
  const found = findOne(document, subject);
  if (!found.ok) return found;
  const { id, endpoint } = found.value;
  const { released: _, ...rest } = document;
  return ok({ ...rest, endpoints: { [id]: endpoint } });
}

function findOne(
  document: VnetDocument,
  subject: string,
): Result<{ readonly id: string; readonly endpoint: Endpoint }> {
  const found = findEndpoints(presentEndpoints(document), subject);
  const [only] = found;
  if (only !== undefined && found.length === 1) return ok(only);
  const step = `find ${subject}`;
  if (only === undefined) {
    const hint = 'See vnet get endpoints, or vnet explain for removed ones.';
    return fail('not-found', step, 'no endpoint has that name', { hint });
  }
  const ids = found.map(({ id }) => id).join(', ');
  return fail('exists', step, 'more than one endpoint has that name', { hint: `Name one of ${ids}.` });
}

function renderAnswers(
  documents: readonly VnetDocument[],
  { endpoint: subject = '' }: ExportChoice,
  { cniAnswer }: ExportedNode,
): Result<string> {
  const [document] = documents;
  const found = document === undefined ? err(nothingToAnswer(subject)) : findOne(document, subject);
  if (!found.ok) return found;
  const { id, endpoint } = found.value;
  const network = networkOf(document, parseEndpointId(id).network);
  if (network === undefined || cniAnswer === undefined) return err(nothingToAnswer(subject));
  const answer = cniAnswer(id, endpoint, network);
  return answer.ok ? ok(`${JSON.stringify(answer.value, undefined, 2)}\n`) : answer;
}

function nothingToAnswer(subject: string): Failure {
  const hint = 'See vnet get endpoints.';
  return failure('not-found', `render the CNI result of ${subject}`, 'no result', { hint });
}
