/**
 * Cache of the document's head, its hand-edited part, as JSON: with it, the ADD path needs no YAML parser. A
 * cached head applies only if the text is the same byte for byte, except for the generation. Pure.
 */
import { ofFormat, parseJson } from '../../model/objects.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { checkEndpoints } from '../check/endpoints.ts';
import { sameValue } from '../edit.ts';
import type { Layout, Span } from '../layout.ts';
import { renderString } from './scalar.ts';
import { findTail, scanTail, type DocumentTail } from './scan.ts';
import type { Reading } from '../slow-path.ts';

/**
 * Incremented with every change of the rules, so that a head validated by an older program is checked again.
 */
const HEAD_FORMAT = 3;

/** Source: the document's schema. */
const BOOT_ID = /^[0-9a-f-]{36}$/;

/**
 * A head and its meaning.
 * Shape: `before` and `after` are its text around the digits of the generation; `bootId` is in one of them.
 */
export type KnownHead = {
  readonly format: typeof HEAD_FORMAT;
  readonly before: string;
  readonly after: string;
  readonly bootId?: Span & { readonly part: 'before' | 'after' };
  readonly value: Omit<VnetDocument, 'endpoints' | 'released'>;
};

/** Whether the rules between endpoints were checked for exactly this text. */
export type Validity = 'checked' | 'unchecked';

/** Returns the document by scanner and known head; undefined if it needs the slow path. */
export function readFast(text: string, head: KnownHead, validity?: Validity): Reading | undefined {
  const { before, after, value } = head;
  if (!text.startsWith(before)) return undefined;
  const digits = /(?:0|[1-9][0-9]{0,15})(?![0-9])/y;
  digits.lastIndex = before.length;
  const word = digits.exec(text)?.[0];
  if (word === undefined || !text.startsWith(after, digits.lastIndex)) return undefined;
  const generation = Number(word);
  const tail = scanTail(text, digits.lastIndex + after.length);
  if (tail === undefined || !Number.isSafeInteger(generation)) return undefined;
  const document = compose({ ...value, metadata: { ...value.metadata, generation } }, tail);
  if (validity !== 'checked' && checkEndpoints(document).length > 0) return undefined;
  const layout: Layout = {
    generation: { start: before.length, end: digits.lastIndex },
    bootId: spanOf(head, digits.lastIndex),
    endpoints: tail.endpointSection,
    released: tail.releasedSection,
  };
  return { document, layout };
}

/** A document and the layout of the parts of its head that programs change. */
type Learned = {
  readonly document: VnetDocument;
  readonly layout: Pick<Layout, 'generation' | 'bootId'> | undefined;
  readonly isOlder?: boolean;
};

/** Returns the head of a document read by the slow path; undefined if the text is not canonical. */
export function extractHead(text: string, { document, layout, isOlder }: Learned): KnownHead | undefined {
  // The first write upgrades it.
  if (isOlder === true) return undefined;
  const start = findTail(text);
  if (start === undefined || layout === undefined || layout.generation.end > start) return undefined;
  const tail = scanTail(text, start);
  const { endpoints: _, released: __, ...value } = document;
  // Only if head and tail compose to the whole document may another tail behind this head be read by the
  // scanner.
  if (tail === undefined || !sameValue(compose(value, tail), document)) return undefined;
  const { generation, bootId } = layout;
  return {
    format: HEAD_FORMAT,
    before: text.slice(0, generation.start),
    after: text.slice(generation.end, start),
    ...(bootId === undefined ? {} : { bootId: placeOf(bootId, generation) }),
    value,
  };
}

function placeOf({ start, end }: Span, generation: Span): NonNullable<KnownHead['bootId']> {
  if (end <= generation.start) return { part: 'before', start, end };
  return { part: 'after', start: start - generation.end, end: end - generation.end };
}

function spanOf({ bootId }: KnownHead, afterStart: number): Span | undefined {
  if (bootId === undefined) return undefined;
  const from = bootId.part === 'before' ? 0 : afterStart;
  return { start: from + bootId.start, end: from + bootId.end };
}

/** Returns the head with another bootId; undefined if its position is unknown or the ID is malformed. */
export function withBootId(head: KnownHead, bootId: string): KnownHead | undefined {
  if (head.bootId === undefined || !BOOT_ID.test(bootId)) return undefined;
  const { part, start, end } = head.bootId;
  const text = renderString(bootId);
  return {
    ...head,
    [part]: head[part].slice(0, start) + text + head[part].slice(end),
    bootId: { part, start, end: start + text.length },
    value: { ...head.value, metadata: { ...head.value.metadata, bootId } },
  };
}

/** Returns the head encoded in the bytes; undefined if they are not in this format. */
export function decodeHead(bytes: Uint8Array): KnownHead | undefined {
  return parseJson(new TextDecoder().decode(bytes), isKnownHead);
}

/** Returns the encoded head. Law: decodeHead reverses it. */
export function encodeHead(head: KnownHead): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(head));
}

/** Only vnet writes the file, in a directory of root: checking the format suffices. */
const isKnownHead = ofFormat<KnownHead>(HEAD_FORMAT);

function compose(value: KnownHead['value'], tail: DocumentTail): VnetDocument {
  return {
    ...value,
    endpoints: tail.endpoints,
    ...(tail.released === undefined ? {} : { released: tail.released }),
  };
}
