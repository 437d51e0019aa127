/** Creates the text of a new document and its meaning, without the YAML library. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { checkEndpoints } from '../check/endpoints.ts';
import { checkNetworks } from '../check/networks.ts';
import { validateDocument } from '../check/validate.ts';
import { API_VERSION } from '../../model/names.ts';
import type { Span } from '../layout.ts';
import type { NewDocument } from '../slow-path.ts';
import type { Creation } from '../store/current.ts';
import { extractHead, readFast } from '../text/head.ts';
import { renderString } from '../text/scalar.ts';

/**
 * The library part that creates documents: same text as renderNewDocument(), same meaning as read by the slow
 * path.
 */
export const creation: Creation = { create };

function create(contents: NewDocument): ReturnType<Creation['create']> {
  const { node, bootId, machine, networks } = contents;
  const document: VnetDocument = {
    apiVersion: API_VERSION,
    kind: 'NodeNetwork',
    metadata: {
      node,
      generation: 0,
      ...(bootId === undefined ? {} : { bootId }),
      ...(machine === undefined ? {} : { machine }),
    },
    networks,
    endpoints: {},
  };
  if (!validateDocument(document).ok) return undefined;
  if (checkNetworks(document).length + checkEndpoints(document).length > 0) return undefined;
  const text = renderNewDocument(contents);
  const generation = spanAfter(text, GENERATION, '0');
  const known = {
    generation,
    bootId: bootId === undefined ? undefined : spanAfter(text, BOOT_ID, renderString(bootId), generation.end),
  };
  const head = extractHead(text, { document, layout: known });
  const reading = head && readFast(text, head, 'checked');
  return reading && { ...reading, text, head, learned: true };
}

const GENERATION = '\n  generation: ';
const BOOT_ID = '\n  bootId: ';

/** `key` can only match at the start of a line: no string contains a newline. */
function spanAfter(text: string, key: string, value: string, from = 0): Span {
  const start = text.indexOf(key, from) + key.length;
  return { start, end: start + value.length };
}

/**
 * Returns the text of a new document, generation 0, without endpoints, with comments that explain the format.
 */
export function renderNewDocument({ node, bootId, machine, networks }: NewDocument): string {
  const lines = [
    '# vnet.yaml: the desired network state of this node. `vnet reconcile` makes the kernel match it.',
    '#',
    '# Edit everything above "endpoints:" at any time, with any editor; `vnet validate` checks the document, and',
    '# `vnet reconcile --dry-run` previews the changes. Comments and order are preserved.',
    `apiVersion: ${API_VERSION}`,
    'kind: NodeNetwork',
    'metadata:',
    `  node: ${renderString(node)}`,
    '  # Incremented by every write.',
    '  generation: 0',
    ...(bootId === undefined
      ? []
      : ['  # The boot in which the endpoints were created.', `  bootId: ${renderString(bootId)}`]),
    ...(machine === undefined
      ? []
      : [
          '  # The machine: the document stays its own under another name.',
          `  machine: ${renderString(machine)}`,
        ]),
    '',
    '# The networks, by the name of their CNI configuration (/etc/cni/net.d).',
    Object.keys(networks).length === 0 ? 'networks: {}' : `networks:\n${renderBlock(networks, 2).trimEnd()}`,
    '',
    '# Written by CNI: one entry per attachment, by network/containerID/ifName. Leave these to ADD and DEL.',
    'endpoints: {}',
  ];
  return `${lines.join('\n')}\n`;
}

/** An object of JSON values. Shape: undefined fields are omitted. */
export type BlockMap = Readonly<Record<string, unknown>>;

/**
 * Returns the lines of the map at this indentation; none for an empty map.
 * Law: YAML reads them as the same value.
 */
export function renderBlock(map: BlockMap, indent: number): string {
  let lines = '';
  for (const [key, value] of Object.entries(map)) {
    if (value === undefined) continue;
    const inner = renderInner(value, indent + 2);
    lines += `${' '.repeat(indent)}${renderString(key)}:${inner === '' ? ` ${renderPlain(value)}` : ''}\n${inner}`;
  }
  return lines;
}

/** Returns the lines of a map or list; none for an empty one and for scalars. */
function renderInner(value: unknown, indent: number): string {
  if (Array.isArray(value)) return value.map((item) => renderItem(item, indent)).join('');
  return isMap(value) ? renderBlock(value, indent) : '';
}

/** The first line of an item follows its dash. */
function renderItem(item: unknown, indent: number): string {
  const inner = renderInner(item, indent + 2).slice(indent + 2);
  return `${' '.repeat(indent)}- ${inner === '' ? `${renderPlain(item)}\n` : inner}`;
}

function renderPlain(value: unknown): string {
  if (typeof value === 'string') return renderString(value);
  if (Array.isArray(value)) return '[]';
  return isMap(value) ? '{}' : String(value);
}

function isMap(value: unknown): value is BlockMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
