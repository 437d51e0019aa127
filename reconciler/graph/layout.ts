/** Positions of the picture's parts. Pure. Units: CSS pixels, from the top left. */
import type { AttachmentPicture, Graph, PictureItem, Segment } from './model.ts';

/** Dimensions of the picture. `port` and `pod` are the widths of a port's and a pod's card. */
export const DIMENSIONS = {
  margin: 32,
  header: 92,
  heading: 40,
  uplink: { width: 300, height: 46 },
  drop: 26,
  bridge: 54,
  row: { height: 42, gap: 8 },
  bus: 12,
  stub: 14,
  port: 114,
  wire: 14,
  pod: 252,
  gutter: 22,
  between: 36,
} as const;

/** Maximum number of pod columns: a wider picture exceeds every screen at its natural size. */
const MAX_COLUMNS = 4;

/** Number of pods in one column before a second is started. */
const SHORTEST_COLUMN = 8;

/** Position and size of a box. */
export type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** An item on a bridge: a pod behind its port, or a foreign port. */
export type BusItem =
  | { readonly kind: 'attachment'; readonly attachment: AttachmentPicture }
  | { readonly kind: 'foreign'; readonly item: PictureItem };

/** One cell of the grid: the boxes of port and pod, and the bus of its column. */
export type Slot = {
  readonly hanging: BusItem;
  readonly busX: number;
  readonly port: Box;
  readonly pod: Box;
};

/** A network with its positions. `buses` lead from the bridge, if any, along a column. */
export type PlacedSegment = {
  readonly segment: Segment;
  readonly top: number;
  readonly uplink: Box | undefined;
  readonly bridge: Box | undefined;
  readonly slots: readonly Slot[];
  readonly buses: readonly { readonly x: number; readonly from: number; readonly to: number }[];
};

/** The whole picture. */
export type PictureLayout = {
  readonly width: number;
  readonly height: number;
  readonly segments: readonly PlacedSegment[];
};

const COLUMN =
  DIMENSIONS.bus + DIMENSIONS.stub + DIMENSIONS.port + DIMENSIONS.wire + DIMENSIONS.pod + DIMENSIONS.gutter;

/** Returns the positions, below a header if it has one: pods fill columns from top to bottom. */
export function layOut(graph: Graph, hasHeader: boolean): PictureLayout {
  const hangings = graph.segments.map(busItemsOf);
  const columns = Math.max(1, ...hangings.map((list) => columnsFor(list.length)));
  const { margin, between } = DIMENSIONS;
  const header = hasHeader ? DIMENSIONS.header : 0;
  const inner = Math.max(columns, 2) * COLUMN - DIMENSIONS.gutter;
  const segments: PlacedSegment[] = [];
  let top: number = margin + header;
  for (const [index, segment] of graph.segments.entries()) {
    const placed = placeSegment(segment, hangings[index] ?? [], { top, inner });
    segments.push(placed.segment);
    top = placed.bottom + between;
  }
  return { width: inner + 2 * margin, height: Math.max(top - between, margin + header) + margin, segments };
}

function busItemsOf({ attachments, foreign }: Segment): readonly BusItem[] {
  return [
    ...attachments.map((attachment): BusItem => ({ kind: 'attachment', attachment })),
    ...foreign.filter(({ name }) => !name.includes(' ')).map((item): BusItem => ({ kind: 'foreign', item })),
  ];
}

function columnsFor(count: number): number {
  return Math.min(MAX_COLUMNS, Math.max(1, Math.ceil(count / SHORTEST_COLUMN)));
}

function placeSegment(
  segment: Segment,
  hangings: readonly BusItem[],
  { top, inner }: { readonly top: number; readonly inner: number },
): { readonly segment: PlacedSegment; readonly bottom: number } {
  const { margin, heading, uplink, drop, row } = DIMENSIONS;
  const below = top + heading;
  const hasBridge = segment.bridge !== undefined;
  const uplinkBox = hasBridge ? { x: margin, y: below, ...uplink } : undefined;
  const bridgeTop = below + uplink.height + drop;
  const bridgeBox = hasBridge
    ? { x: margin, y: bridgeTop, width: inner, height: DIMENSIONS.bridge }
    : undefined;
  const bridgeBottom = hasBridge ? bridgeTop + DIMENSIONS.bridge : below;
  const first = bridgeBottom + (hasBridge ? drop : 0);
  const rows = Math.ceil(hangings.length / columnsFor(hangings.length));
  const slots = hangings.map((hanging, index) =>
    placeSlot(hanging, { column: Math.floor(index / rows), row: index % rows, first }),
  );
  const bottom = rows === 0 ? bridgeBottom : first + rows * row.height + (rows - 1) * row.gap;
  const buses = hasBridge ? busesOf(slots, bridgeBottom) : [];
  return { segment: { segment, top, uplink: uplinkBox, bridge: bridgeBox, slots, buses }, bottom };
}

function placeSlot(
  hanging: BusItem,
  { column, row, first }: { readonly column: number; readonly row: number; readonly first: number },
): Slot {
  const { margin, bus, stub, port, wire, pod } = DIMENSIONS;
  const { height, gap } = DIMENSIONS.row;
  const x = margin + column * COLUMN;
  const y = first + row * (height + gap);
  const portX = x + bus + stub;
  return {
    hanging,
    busX: x + bus,
    port: { x: portX, y, width: port, height },
    pod: { x: portX + port + wire, y, width: pod, height },
  };
}

function busesOf(slots: readonly Slot[], from: number): PlacedSegment['buses'] {
  const ends = new Map<number, number>();
  for (const { busX, port } of slots) {
    ends.set(busX, Math.max(ends.get(busX) ?? 0, port.y + port.height / 2));
  }
  return Array.from(ends, ([x, to]) => ({ x, from, to }));
}
