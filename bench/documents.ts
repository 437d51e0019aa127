/** Documents with any number of endpoints, in the form that vnet itself writes. Pure. */
import { CANONICAL_INDENT, renderEndpoint } from '../reconciler/document/text/render.ts';
import { endpointId, hostVethName, podMac } from '../reconciler/model/names.ts';
import { sha1Hex } from '../reconciler/model/sha1.ts';

/** The network of all documents here. */
export const NETWORK = 'azure';

/**
 * A pod to put into a document.
 * Shape: `address` without the prefix length, which is /16 unless `bits` says so; `gateway` is 10.240.0.1 by default; `pod` is
 * default/web-INDEX by default.
 */
export type PodEntry = {
  readonly containerId: string;
  readonly netns: string;
  readonly address: string;
  readonly bits?: number;
  readonly gateway?: string;
  readonly pod?: string;
};

/** Returns a container ID of 64 digits, as runtimes use, derived from the name. */
export function containerIdOf(name: string): string {
  return sha1Hex(name) + sha1Hex(`${name}/`).slice(0, 24);
}

/** Returns the nth address after 10.240.FIRST.0. */
export function addressOf(first: number, index: number): string {
  return `10.240.${first + Math.floor(index / 256)}.${index % 256}`;
}

/** Returns pods, each in its own namespace, with addresses from 10.240.FIRST.0 on. */
export function makePods(prefix: string, first: number, count: number): readonly PodEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    containerId: containerIdOf(`${prefix}-${index}`),
    netns: `/run/netns/${prefix}-${index}`,
    address: addressOf(first, index),
  }));
}

/** Returns the namespace's name for ip(8). */
export function nameOf(netns: string): string {
  return netns.slice('/run/netns/'.length);
}

/** Returns the document with its endpoints replaced; everything above them is preserved. */
export function withEndpoints(text: string, pods: readonly PodEntry[]): string {
  const start = /^endpoints:/m.exec(text)?.index;
  if (start === undefined) throw new Error(`the document has no endpoints:\n${text}`);
  const head = text.slice(0, start);
  if (pods.length === 0) return `${head}endpoints: {}\n`;
  const style = { indent: CANONICAL_INDENT, eol: '\n' };
  const blocks = pods.map((entry, index) => {
    const {
      containerId,
      netns,
      address,
      bits = 16,
      gateway = '10.240.0.1',
      pod = `default/web-${index}`,
    } = entry;
    return renderEndpoint(
      endpointId(NETWORK, containerId, 'eth0'),
      {
        pod,
        netns,
        hostVeth: hostVethName(NETWORK, containerId, 'eth0'),
        mac: podMac(NETWORK, containerId, 'eth0'),
        addresses: [`${address}/${bits}`],
        gateway,
        added: '2026-11-21T10:00:00.000Z',
      },
      style,
    );
  });
  return `${head}endpoints:\n${blocks.join('')}`;
}
