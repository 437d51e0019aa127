/** The picture for Graphviz. Pure. Source: graphviz.org/doc/info/lang.html. */
import {
  type AttachmentPicture,
  edgesOf,
  type Graph,
  type PictureItem,
  type Segment,
  type BoxState,
  titleOf,
} from './model.ts';
import { printable, STATE_SYMBOLS } from './text.ts';

const COLOURS: Readonly<Record<BoxState, string>> = {
  ready: '#1a7f37',
  pending: '#9a6700',
  drifted: '#cf222e',
  withdrawn: '#bf3989',
  lease: '#0969da',
  leaving: '#8250df',
  dead: '#6e7781',
  foreign: '#6e7781',
};

/** Returns the graph in the DOT language. Law: no text of the graph can terminate its string. */
export function renderDot(graph: Graph): string {
  const ids = graph.segments.flatMap(({ attachments }, index) =>
    attachments.map((_, at) => `n${index}e${at}`),
  );
  const edges = edgesOf(graph).map(({ from, to, allowed }) => {
    const isDenied = allowed === 'nothing';
    const look = isDenied ? 'style=dashed, color="#cf222e"' : 'color="#1a7f37"';
    const text = quote(isDenied ? 'denied' : allowed);
    return `  ${ids[from]} -- ${ids[to]} [dir=forward, constraint=false, label=${text}, ${look}];`;
  });
  return [
    `graph ${quote(graph.node)} {`,
    '  rankdir=LR; ranksep=1.2; nodesep=0.12;',
    '  node [shape=box, style="rounded,filled", fillcolor="#f6f8fa", fontname="sans-serif", fontsize=11];',
    '  edge [fontname="monospace", fontsize=9, color="#8c959f"];',
    ...graph.segments.flatMap((segment, index) => renderSegment(segment, `n${index}`)),
    ...edges,
    '}',
    '',
  ].join('\n');
}

function renderSegment(segment: Segment, id: string): readonly string[] {
  const { name, uplink, bridge, attachments, foreign } = segment;
  const lines = [`  subgraph cluster_${id} {`, `    label=${quote(`network ${name}`)};`];
  if (uplink !== undefined && bridge !== undefined) {
    lines.push(renderItem(`${id}u`, 'uplink', uplink), renderItem(`${id}b`, 'bridge', bridge));
    lines.push(`    ${id}u -- ${id}b [penwidth=3];`);
  }
  for (const [index, attachment] of attachments.entries()) {
    lines.push(
      ...renderAttachment(attachment, `${id}e${index}`, bridge === undefined ? undefined : `${id}b`),
    );
  }
  for (const [index, item] of foreign.entries()) {
    lines.push(renderItem(`${id}f${index}`, 'foreign', item));
    lines.push(`    ${id}b -- ${id}f${index} [style=dashed];`);
  }
  return [...lines, '  }'];
}

function renderItem(id: string, role: string, { name, standing, facts }: PictureItem): string {
  return node(id, standing, [`${STATE_SYMBOLS[standing]} ${name} (${role}, ${standing})`, ...facts]);
}

function renderAttachment(
  attachment: AttachmentPicture,
  id: string,
  bridge: string | undefined,
): readonly string[] {
  const { hostVeth, addresses, mac, standing } = attachment;
  const text = [`${STATE_SYMBOLS[standing]} ${titleOf(attachment)} (${standing})`, ...addresses, mac];
  const pod = node(id, standing, text);
  if (bridge === undefined || hostVeth === '') return [pod];
  return [pod, `    ${bridge} -- ${id} [label=${quote(hostVeth)}];`];
}

function node(id: string, standing: BoxState, text: readonly string[]): string {
  const label = text
    .filter((line) => line !== '')
    .map(escape)
    .join('\\n');
  return `    ${id} [label="${label}", color="${COLOURS[standing]}"];`;
}

function quote(text: string): string {
  return `"${escape(text)}"`;
}

function escape(text: string): string {
  return printable(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}
