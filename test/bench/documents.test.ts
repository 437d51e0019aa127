import { describe, expect, it } from 'vitest';
import { addressOf, containerIdOf, withEndpoints } from '../../bench/documents.ts';
import { renderEbtables } from '../../bench/rules.ts';
import { renderNewDocument } from '../../reconciler/document/yaml/create.ts';
import { extractHead } from '../../reconciler/document/text/head.ts';
import { readParts } from '../../reconciler/document/yaml/read.ts';
import { BOOT, NETWORK } from '../support/node.ts';

const EMPTY = renderNewDocument({ node: 'node-1', bootId: BOOT, networks: { azure: NETWORK } });

const podsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    containerId: containerIdOf(`pod-${index}`),
    netns: `/run/netns/pod-${index}`,
    address: addressOf(1, index),
  }));

describe('documents to measure with', () => {
  it.each([0, 1, 300])('with %d endpoints are valid, and in the form that the fast path reads', (count) => {
    const text = withEndpoints(EMPTY, podsOf(count));
    const read = readParts(text, 'vnet.yaml');
    expect(read.ok ? Object.keys(read.value.document.endpoints ?? {}).length : read.error).toBe(count);
    expect(read.ok && extractHead(text, read.value)).toBeTruthy();
  });

  it('replace the endpoints and released addresses that were there, and nothing above them', () => {
    const full = `${withEndpoints(EMPTY, podsOf(2))}released:\n  azure/10.240.0.38: 2026-11-21T11:14:02.001Z\n`;
    expect(withEndpoints(full, podsOf(3))).toBe(withEndpoints(EMPTY, podsOf(3)));
    expect(withEndpoints(full, [])).toBe(EMPTY);
  });

  it('refuse a text without endpoints', () => {
    expect(() => withEndpoints('kind: NodeNetwork\n', [])).toThrow('has no endpoints');
  });

  it('give each pod a unique id and address', () => {
    const pods = podsOf(600);
    expect(new Set(pods.map(({ containerId }) => containerId)).size).toBe(600);
    expect(new Set(pods.map(({ address }) => address)).size).toBe(600);
    expect(pods[0]?.containerId).toMatch(/^[0-9a-f]{64}$/);
    expect(addressOf(16, 257)).toBe('10.240.17.1');
  });
});

describe("azure-vnet's ebtables rules", () => {
  it('are two for the node, two for each pod in their order, and one for what leaves', () => {
    const pods = [
      { address: '10.240.0.36', mac: '0a:00:00:00:00:01' },
      { address: '10.240.0.37', mac: '0a:00:00:00:00:02' },
    ];
    const text = renderEbtables({ uplinkMac: '00:0d:3a:51:c4:90', primary: '10.240.0.35', pods });
    const rules = text.split('\n').filter((line) => line.startsWith('-A'));
    const subjects = rules.map((rule) => /10\.240\.0\.(\d+)/.exec(rule)?.[1] ?? '-');
    expect(subjects.join(' ')).toBe('35 - 36 36 37 37 -');
    expect(rules.at(-1)).toContain('--to-src 00:0d:3a:51:c4:90 --snat-arp');
    expect(text.endsWith('\n')).toBe(true);
  });
});
