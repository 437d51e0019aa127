/** The text of a document that does not exist yet, and what it means, without the YAML library. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { checkEndpoints } from '../check/endpoints.ts';
import { checkNetworks } from '../check/networks.ts';
import { API_VERSION, validateDocument } from '../check/validate.ts';
import type { Span } from '../layout.ts';
import type { NewDocument } from '../slow-path.ts';
import type { Version } from '../store/version.ts';
import { renderBlock } from '../text/block-yaml.ts';
import { learnHead, readFast } from '../text/head.ts';
import { renderString } from '../text/scalar.ts';

/**
 * Returns the new document as renderNewDocument() writes it and the slow path reads it; undefined where something is wrong
 * with it: that is for the slow path to say.
 */
export function createVersion(contents: NewDocument): Version | undefined {
  const { node, bootId, networks } = contents;
  const document: VnetDocument = {
    apiVersion: API_VERSION,
    kind: 'NodeNetwork',
    metadata: { node, generation: 0, ...(bootId === undefined ? {} : { bootId }) },
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
  const head = learnHead(text, { document, layout: known });
  const reading = head && readFast(text, head, true);
  return reading && { ...reading, text, head, learned: true };
}

const GENERATION = '\n  generation: ';
const BOOT_ID = '\n  bootId: ';

/** A line begins with `key` where nothing else can: no string has a line's end in it. */
function spanAfter(text: string, key: string, value: string, from = 0): Span {
  const start = text.indexOf(key, from) + key.length;
  return { start, end: start + value.length };
}

/** Returns the text of a new document, generation 0, without endpoints, with comments that teach the format. */
export function renderNewDocument({ node, bootId, networks }: NewDocument): string {
  const lines = [
    '# vnet.yaml: the network state that this node is to have. `vnet reconcile` makes the kernel match it.',
    '#',
    '# Edit what is above "endpoints:" at any time, with any editor; `vnet validate` checks it, and',
    '# `vnet reconcile --dry-run` shows what it would change. Comments and order stay as they are.',
    `apiVersion: ${API_VERSION}`,
    'kind: NodeNetwork',
    'metadata:',
    `  node: ${renderString(node)}`,
    '  # Every change adds one.',
    '  generation: 0',
    ...(bootId === undefined
      ? []
      : ['  # The boot in which the endpoints below were made.', `  bootId: ${renderString(bootId)}`]),
    '',
    '# The networks, by the name of their CNI configuration (/etc/cni/net.d).',
    Object.keys(networks).length === 0 ? 'networks: {}' : `networks:\n${renderBlock(networks, 2).trimEnd()}`,
    '',
    '# Written by CNI, one entry for each attachment, by network/containerID/ifName. Leave these to ADD and DEL.',
    'endpoints: {}',
  ];
  return `${lines.join('\n')}\n`;
}
