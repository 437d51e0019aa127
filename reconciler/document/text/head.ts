/**
 * The part of a document that people edit, kept as JSON once it was understood: the ADD path then needs no YAML
 * parser. A head is taken for known only when it is the same byte for byte, the generation left out. Pure.
 */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { checkEndpoints } from '../check/endpoints.ts';
import { sameValue } from '../edit.ts';
import type { Layout, Span } from '../layout.ts';
import { renderString } from './scalar.ts';
import { findTail, scanTail, type Tail } from './scan.ts';
import type { Reading } from '../slow-path.ts';

/** Counts up with every change of the rules, so that what an older program found valid is checked anew. */
const HEAD_FORMAT = 2;

/** Source: the document's schema. */
const BOOT_ID = /^[0-9a-f-]{36}$/;

/** What a head means. Shape: `before` and `after` are its text around the digits of the generation; `bootId` is in one of them. */
export type KnownHead = {
  readonly format: typeof HEAD_FORMAT;
  readonly before: string;
  readonly after: string;
  readonly bootId?: Span & { readonly part: 'before' | 'after' };
  readonly value: Omit<VnetDocument, 'endpoints' | 'released'>;
};

/**
 * Returns the document by scanner and known head, or undefined: then the slow path must read it. `isChecked` says that
 * the rules between endpoints were seen to for exactly this text.
 */
export function readFast(text: string, head: KnownHead, isChecked = false): Reading | undefined {
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
  if (!isChecked && checkEndpoints(document).length > 0) return undefined;
  const layout: Layout = {
    generation: { start: before.length, end: digits.lastIndex },
    bootId: spanOf(head, digits.lastIndex),
    endpoints: tail.endpointSection,
    released: tail.releasedSection,
  };
  return { document, layout };
}

/** A document, and where in its text those parts of its head are that programs change. */
type Learned = {
  readonly document: VnetDocument;
  readonly layout: Pick<Layout, 'generation' | 'bootId'> | undefined;
};

/** Returns what to know of the head of a document that the slow path read, or undefined when it is not canonical. */
export function learnHead(text: string, { document, layout }: Learned): KnownHead | undefined {
  const start = findTail(text);
  if (start === undefined || layout === undefined || layout.generation.end > start) return undefined;
  const tail = scanTail(text, start);
  const { endpoints: _, released: __, ...value } = document;
  // Only when both parts make up the whole does another tail behind the same head mean what the scanner says.
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

/** Returns what is known of the head once its bootId is another one, undefined when nobody knows where it is, or it is none. */
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

/** Returns the known head that the bytes hold, or undefined when they are none of this format. */
export function decodeHead(bytes: Uint8Array): KnownHead | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isKnownHead(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the bytes of a known head. Law: decodeHead gives it back. */
export function encodeHead(head: KnownHead): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(head));
}

/** The file is the program's own, in a directory of root's: its format number stands for the rest. */
function isKnownHead(value: unknown): value is KnownHead {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === HEAD_FORMAT;
}

function compose(value: KnownHead['value'], tail: Tail): VnetDocument {
  return {
    ...value,
    endpoints: tail.endpoints,
    ...(tail.released === undefined ? {} : { released: tail.released }),
  };
}
