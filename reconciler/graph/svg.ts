/** The picture as SVG: text stays text, and nothing is loaded. Pure. */
import { count } from '../model/words.ts';
import { renderSide } from '../plan/text.ts';
import { type Box, type PictureLayout, layOut, DIMENSIONS, type PlacedSegment, type Slot } from './layout.ts';
import {
  type AttachmentPicture,
  countStates,
  type Difference,
  type Graph,
  type PictureItem,
  type Segment,
  type BoxState,
  titleOf,
} from './model.ts';
import { SVG_STYLE } from './style.ts';
import { escapeMarkup, fitText, STATE_SYMBOLS, type Font, widthOf } from './text.ts';

const MONO: Font = { size: 11, mono: true };
const NAME: Font = { size: 12, mono: true };
const SANS: Font = { size: 13, mono: false };
const SMALL: Font = { size: 11, mono: false };

type Attributes = Readonly<Record<string, string | number>>;

/**
 * Returns the picture as one SVG document; without header for a page that has one.
 * Law: every text of the graph is escaped, and is complete in a title.
 */
export function renderSvg(graph: Graph, { header = true } = {}): string {
  const layout = layOut(graph, header);
  const body = [...(header ? renderHeader(graph) : []), ...layout.segments.flatMap(renderSegment)];
  const { width, height } = layout;
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    class: 'vnet-graph',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: 'group',
    'aria-labelledby': 'vnet-title vnet-desc',
  };
  return [
    `<svg${render(attributes)}>`,
    `<title id="vnet-title">${escapeMarkup(`Container network of ${graph.node}`)}</title>`,
    `<desc id="vnet-desc">${escapeMarkup(describe(graph))}</desc>`,
    `<style>${SVG_STYLE}</style>`,
    ...paper(layout),
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

/** A standalone picture needs its own background. */
function paper({ width, height }: PictureLayout): readonly string[] {
  return [element('rect', { x: 0, y: 0, width, height, class: 'paper' })];
}

/** Returns a description of the picture in two sentences. */
export function describe(graph: Graph): string {
  const endpoints = graph.segments.reduce((sum, { attachments }) => sum + attachments.length, 0);
  const standings = countStates(graph).map(([standing, number]) => `${number} ${standing}`);
  const networks = graph.segments.map(describeSegment);
  const stand = standings.length === 0 ? '' : `: ${standings.join(', ')}`;
  return `Generation ${graph.generation}, ${count(endpoints, 'endpoint')}${stand}. ${networks.join(' ')}`.trim();
}

function describeSegment({ name, uplink, bridge }: Segment): string {
  return uplink === undefined || bridge === undefined
    ? `Network ${name} has no bridge.`
    : `Network ${name}: uplink ${uplink.name} and the pods are ports of bridge ${bridge.name}.`;
}

function renderHeader(graph: Graph): readonly string[] {
  const { margin } = DIMENSIONS;
  const lines = [
    text(graph.node, { x: margin, y: margin + 18, class: 'title' }),
    text(`vnet, generation ${graph.generation}`, { x: margin, y: margin + 40, class: 'muted' }),
  ];
  let x: number = margin;
  for (const [standing, number] of countStates(graph)) {
    const label = `${number} ${standing}`;
    const y = margin + 68;
    const sign = text(STATE_SYMBOLS[standing], { x, y, class: 'word strong' });
    const word = text(label, { x: x + 16, y, class: 'word strong' });
    lines.push(`<g class="s-${standing}">${sign}${word}</g>`);
    x += 16 + widthOf(label, SANS) + 28;
  }
  return lines;
}

function renderSegment(placed: PlacedSegment): readonly string[] {
  const { segment, top, uplink, bridge, slots, buses } = placed;
  const { margin } = DIMENSIONS;
  const about = `mode ${segment.mode}, pool ${segment.pool}`;
  const nameWidth = widthOf(segment.name, { size: 15, mono: false });
  return [
    text(segment.name, { x: margin, y: top + 20, class: 'heading' }),
    text(about, { x: margin + nameWidth + 14, y: top + 20, class: 'muted' }),
    ...renderTrunk(uplink, bridge, segment),
    ...buses.map(({ x, from, to }) => element('line', { class: 'bus', x1: x, y1: from, x2: x, y2: to })),
    ...slots.map((slot, index) => renderSlot(slot, `${segment.name}-${index}`)),
    ...(slots.length > 0 ? [] : [emptyNote(placed)]),
  ];
}

function emptyNote({ top, bridge }: PlacedSegment): string {
  const y = bridge === undefined ? top + 36 : bridge.y + bridge.height + 18;
  return text('no endpoints', { x: DIMENSIONS.margin, y, class: 'muted small' });
}

function renderTrunk(
  uplinkBox: Box | undefined,
  bridgeBox: Box | undefined,
  { uplink, bridge }: Segment,
): readonly string[] {
  if (uplinkBox === undefined || bridgeBox === undefined) return [];
  if (uplink === undefined || bridge === undefined) return [];
  const x = uplinkBox.x + uplinkBox.width / 2;
  const y1 = uplinkBox.y + uplinkBox.height;
  return [
    element('line', { class: 'bus', x1: x, y1, x2: x, y2: bridgeBox.y }),
    renderItem(uplink, 'uplink', uplinkBox),
    renderItem(bridge, 'bridge', bridgeBox),
  ];
}

function renderItem(item: PictureItem, role: string, box: Box): string {
  const width = box.width - 26;
  const state =
    item.standing === 'ready' ? 'ready' : `${item.standing}: ${count(item.differences.length, 'difference')}`;
  const nameWidth = widthOf(item.name, NAME) + 10;
  const roleWidth = widthOf(role, SMALL) + 14;
  const word = `${STATE_SYMBOLS[item.standing]} ${state}`;
  const facts = item.facts.join('   ');
  const base = box.y + box.height / 2;
  return group(item.standing, { 'data-find': findableItem(item) }, [
    titleElement([`${role} ${item.name}`, facts, ...item.differences.map(renderDifference)]),
    card(box),
    text(item.name, { x: box.x + 14, y: base - 5, class: 'name' }),
    text(role, { x: box.x + 14 + nameWidth, y: base - 5, class: 'muted small' }),
    text(word, { x: box.x + 14 + nameWidth + roleWidth, y: base - 5, class: 'word small strong' }),
    text(fitText(facts, width, MONO), { x: box.x + 14, y: base + 13, class: 'mono muted' }),
  ]);
}

/** Returns a difference on one line: object, want and have. */
function renderDifference({ object, field, want, have }: Difference): string {
  return `${object}${field === '' ? '' : ` ${field}`}: want ${renderSide(want)}, have ${renderSide(have)}`;
}

function renderSlot(slot: Slot, id: string): string {
  const { hanging, busX, port, pod } = slot;
  const y = port.y + port.height / 2;
  const hasPort = hanging.kind === 'foreign' || hanging.attachment.hostVeth !== '';
  const stub = hasPort ? [element('line', { class: 'wire', x1: busX, y1: y, x2: port.x, y2: y })] : [];
  if (hanging.kind === 'foreign') {
    const { item } = hanging;
    return group('foreign', { id: `port-${id}`, 'data-find': findableItem(item) }, [
      titleElement([`${item.name}: foreign, not changed`, ...item.facts]),
      ...stub,
      portCard(port, item.name, 'foreign'),
      text(item.facts.join(' '), { x: pod.x, y: y + 4, class: 'mono muted' }),
    ]);
  }
  const { attachment } = hanging;
  const wire = hasPort
    ? [element('line', { class: 'wire', x1: port.x + port.width, y1: y, x2: pod.x, y2: y })]
    : [];
  return group(attachment.standing, { id: `port-${id}`, 'data-find': findable(attachment) }, [
    titleElement(aboutAttachment(attachment)),
    ...stub,
    ...wire,
    hasPort ? portCard(port, attachment.hostVeth, attachment.standing) : '',
    podCard(pod, attachment, hasPort),
  ]);
}

function portCard(box: Box, name: string, standing: BoxState): string {
  const width = box.width - 18;
  return [
    card(box),
    text(fitText(name, width, MONO), { x: box.x + 12, y: box.y + 17, class: 'mono' }),
    text(`${STATE_SYMBOLS[standing]} ${standing}`, {
      x: box.x + 12,
      y: box.y + 33,
      class: 'word small strong',
    }),
  ].join('');
}

function podCard(box: Box, attachment: AttachmentPicture, hasPort: boolean): string {
  const width = box.width - 24;
  const { addresses, mac, standing } = attachment;
  const [first = '', ...more] = addresses.map((address) => address.split('/')[0] ?? '');
  const address = more.length === 0 ? first : `${first} +${more.length}`;
  const second = mac === '' ? address : `${address.padEnd(15)} ${mac}`;
  const word = `${STATE_SYMBOLS[standing]} ${standing}`;
  const wordWidth = hasPort ? 0 : widthOf(word, SMALL) + 16;
  const name = fitText(titleOf(attachment), width - wordWidth, NAME);
  return [
    card(box),
    text(name, { x: box.x + 14, y: box.y + 17, class: 'name' }),
    hasPort
      ? ''
      : text(word, {
          x: box.x + box.width - 10,
          y: box.y + 17,
          class: 'word small strong',
          'text-anchor': 'end',
        }),
    text(fitText(second, width, MONO), { x: box.x + 14, y: box.y + 33, class: 'mono muted' }),
  ].join('');
}

/** Returns the searchable text of an attachment. */
export function findable({ pod, containerId, netns, hostVeth, mac, addresses }: AttachmentPicture): string {
  return [pod, containerId, netns, hostVeth, mac, ...addresses].join(' ');
}

/** Returns the searchable text of other items. */
export function findableItem({ name, facts }: PictureItem): string {
  return [name, ...facts].join(' ');
}

function aboutAttachment(attachment: AttachmentPicture): readonly string[] {
  const { addresses, mac, hostVeth, ifName, netns, containerId, bandwidth } = attachment;
  const { standing, differences } = attachment;
  return [
    `${titleOf(attachment)}: ${standing}`,
    `${ifName} ${addresses.join(' ')} ${mac}`.trim(),
    ...(hostVeth === '' ? [] : [`port ${hostVeth}`]),
    ...(bandwidth === '' ? [] : [`bandwidth ${bandwidth}`]),
    ...(netns === '' ? [] : [`namespace ${netns}`]),
    `container ${containerId}`,
    ...differences.map(renderDifference),
  ];
}

function card({ x, y, width, height }: Box): string {
  return (
    element('rect', { class: 'card', x, y, width, height, rx: 5 }) +
    element('rect', { class: 'flag', x, y, width: 5, height, rx: 2.5 })
  );
}

function group(standing: BoxState, attributes: Attributes, children: readonly string[]): string {
  return `<g class="box s-${standing}"${render(attributes)}>${children.join('')}</g>`;
}

function titleElement(lines: readonly string[]): string {
  return `<title>${lines.map(escapeMarkup).join('\n')}</title>`;
}

function text(content: string, attributes: Attributes): string {
  return content === ''
    ? ''
    : `<text${render(attributes)} xml:space="preserve">${escapeMarkup(content)}</text>`;
}

function element(name: string, attributes: Attributes): string {
  return `<${name}${render(attributes)}/>`;
}

function render(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escapeMarkup(String(value))}"`)
    .join('');
}
