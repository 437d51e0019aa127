/** The picture as a Mermaid flowchart. Pure. Source: mermaid.js.org, flowchart syntax. */
import {
  type AttachmentPicture,
  BOX_STATES,
  type BoxState,
  edgesOf,
  type Graph,
  type PictureItem,
  type Segment,
  titleOf,
} from './model.ts';
import { printable, STATE_SYMBOLS } from './text.ts';

/** Readable in light and dark themes: a coloured border around the theme's fill. */
const COLOURS: Readonly<Record<BoxState, string>> = {
  ready: '#1a7f37',
  pending: '#bf8700',
  drifted: '#cf222e',
  withdrawn: '#bf3989',
  lease: '#0969da',
  leaving: '#8250df',
  dead: '#8c959f',
  foreign: '#8c959f',
};

/** Returns the flowchart. Law: no text of the graph can terminate its label. */
export function renderMermaid(graph: Graph): string {
  const classes = BOX_STATES.map(
    (standing) => `  classDef ${standing} stroke:${COLOURS[standing]},stroke-width:2px`,
  );
  const body = graph.segments.flatMap((segment, index) => renderSegment(segment, `n${index}`));
  const ids = graph.segments.flatMap(({ attachments }, index) =>
    attachments.map((_, at) => `n${index}e${at}`),
  );
  const edges = edgesOf(graph).map(({ from, to, allowed }) => {
    const arrow = allowed === 'nothing' ? '-. "denied" .-x' : `-->|"${label(allowed)}"|`;
    return `  ${ids[from]} ${arrow} ${ids[to]}`;
  });
  return [
    'flowchart LR',
    `  %% ${printable(graph.node).replaceAll(/[^\w .-]/g, '')}, generation ${graph.generation}`,
    ...classes,
    ...body,
    ...edges,
    '',
  ].join('\n');
}

function renderSegment(segment: Segment, id: string): readonly string[] {
  const { uplink, bridge, attachments, foreign } = segment;
  const drawn = [`  subgraph ${id}["network ${label(segment.name)}"]`];
  if (uplink !== undefined && bridge !== undefined) {
    drawn.push(renderItem(`${id}u`, 'uplink', uplink), renderItem(`${id}b`, 'bridge', bridge));
    drawn.push(`    ${id}u === ${id}b`);
  }
  for (const [index, attachment] of attachments.entries()) {
    drawn.push(
      ...renderAttachment(attachment, `${id}e${index}`, bridge === undefined ? undefined : `${id}b`),
    );
  }
  for (const [index, item] of foreign.entries()) {
    drawn.push(renderItem(`${id}f${index}`, 'foreign', item), `    ${id}b -.- ${id}f${index}`);
  }
  return [...drawn, '  end'];
}

function renderItem(id: string, role: string, item: PictureItem): string {
  const text = [
    `${STATE_SYMBOLS[item.standing]} ${item.name} (${role}, ${item.standing})`,
    item.facts.join(', '),
  ];
  return `    ${id}["${lines(text)}"]:::${item.standing}`;
}

function renderAttachment(
  attachment: AttachmentPicture,
  id: string,
  bridge: string | undefined,
): readonly string[] {
  const { hostVeth, addresses, mac, standing } = attachment;
  const text = [
    `${STATE_SYMBOLS[standing]} ${titleOf(attachment)} (${standing})`,
    `${addresses.join(' ')} ${mac}`.trim(),
  ];
  const pod = `    ${id}["${lines(text)}"]:::${standing}`;
  if (bridge === undefined || hostVeth === '') return [pod];
  return [pod, `    ${bridge} ---|"${label(hostVeth)}"| ${id}`];
}

function lines(parts: readonly string[]): string {
  return parts
    .filter((part) => part !== '')
    .map(label)
    .join('<br/>');
}

/** Encodes all characters with a meaning in Mermaid as `#quot;` or `#35;`. */
function label(text: string): string {
  return printable(text).replaceAll(
    /[#"<>&`;{}[\]\\|]/g,
    (character) => `#${character.codePointAt(0) ?? 35};`,
  );
}
