/** `vnet graph`: a picture of the node. */
import type { Problem } from '../../../document/store/store.ts';
import { renderDot } from '../../../graph/dot.ts';
import { renderHtml } from '../../../graph/html.ts';
import { renderMermaid } from '../../../graph/mermaid.ts';
import { describeGraph, type Graph } from '../../../graph/model.ts';
import { renderSvg } from '../../../graph/svg.ts';
import { fail, ok, type Result } from '../../../model/result.ts';
import { renderPlan } from '../../../plan/text.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import { compareNode, type NodeView, type NodeComparison } from '../look/compare-node.ts';
import type { Emit } from './emit.ts';

/** An output form of the picture. */
export type Picture = 'svg' | 'html' | 'mermaid' | 'dot' | 'json';

/** Format of the JSON form; fields are only ever added. */
const GRAPH_FORMAT = 'vnet.graph/1';

/** Draws the node's present state. Writes only the picture. Errors: `not-found` without a document. */
export function drawGraph(node: NodeView, as: Picture, emit: Emit): Result<ExitCode, Problem> {
  const seen = compareNode(node);
  if (!seen.ok) return seen;
  if (seen.value === undefined) {
    const hint = 'The first CNI ADD writes one; vnet import --from-live proposes one for this node.';
    return fail('not-found', 'draw the node', 'no document yet', { hint });
  }
  const { document, planned, plan, causes } = seen.value;
  const graph = describeGraph({
    document,
    observation: planned.observation,
    plan,
    // Without a recorded past, differences count as drift.
    causes: causes ?? new Map(),
  });
  const emitted = emit(render(graph, as, seen.value));
  return emitted.ok ? ok(EXIT.done) : emitted;
}

function render(graph: Graph, as: Picture, { plan }: NodeComparison): string {
  switch (as) {
    case 'svg':
      return renderSvg(graph);
    case 'html':
      return renderHtml(graph, renderPlan(plan));
    case 'mermaid':
      return renderMermaid(graph);
    case 'dot':
      return renderDot(graph);
    case 'json':
      return `${JSON.stringify({ format: GRAPH_FORMAT, ...graph }, undefined, 2)}\n`;
    default:
      return as satisfies never;
  }
}
