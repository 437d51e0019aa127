/** Masquerade and peers of a document: values that contradict each other, and a mode that has no masquerade. */
import { describe, expect, it } from 'vitest';
import { readDocument } from '../../../reconciler/document/yaml/read.ts';

const HEAD = `apiVersion: vnet.azure/v1
kind: NodeNetwork
metadata: {node: node-1, generation: 1}
networks:
  r:
`;
const POOL =
  '    pool: {source: static, subnet: 10.244.0.0/24, gateway: 10.244.0.1, addresses: [10.244.0.0/24]}\n';
const UPLINK = '    uplink: {name: eth0, mac: "00:0d:3a:51:c4:90"}\n';
const ROUTED = `    mode: routed\n    bridge: {name: cbr0, mac: "0a:58:0a:f4:00:01"}\n${POOL}`;
const TRANSPARENT = `    mode: transparent\n${UPLINK}${POOL}`;
const BRIDGE = `    mode: bridge\n${UPLINK}    bridge: {name: azure0}\n${POOL}`;

/** The mark ^ is removed; it marks the position that the issue must point to. */
function issuesOf(network: string): readonly (readonly [string, number, number, string])[] {
  const read = readDocument(`${HEAD}${network.replace('^', '')}`, 'vnet.yaml');
  return read.ok
    ? []
    : read.error.map(({ code, line, column, message, hint = '' }) => [
        code,
        line,
        column,
        `${message}: ${hint}`,
      ]);
}

function positionOf(network: string): readonly [number, number] {
  const before = `${HEAD}${network}`.split('^')[0]?.split('\n') ?? [];
  return [before.length, (before.at(-1) ?? '').length + 1];
}

describe('a document with masquerade or peers', () => {
  it.each([
    `${ROUTED}    masquerade: {enabled: true, direct: [10.244.0.0/25, 10.244.0.128/25]}\n`,
    `${ROUTED}    masquerade: {enabled: false, direct: []}\n    peers: [{to: 10.245.0.0/24}]\n`,
    `${ROUTED}    peers: [{to: 10.245.0.0/24, via: 10.240.0.66, dev: eth0}]\n`,
    `${TRANSPARENT}    masquerade: {enabled: true, direct: [10.0.0.0/8], randomFully: false}\n`,
  ])('is valid: %s', (network) => {
    expect(issuesOf(network)).toEqual([]);
  });

  it.each([
    [
      'conflicting-values',
      `${ROUTED}    masquerade: {enabled: true, direct: ^[10.240.0.0/16]}\n`,
      'direct does not cover 10.244.0.0/24: packets between pods would be masqueraded: add 10.244.0.0/24 to direct',
    ],
    [
      'conflicting-values',
      `${ROUTED}    masquerade: {enabled: true, direct: ^[10.244.0.0/16]}\n    peers: [{to: 10.245.0.0/24}]\n`,
      'add 10.245.0.0/24 to direct',
    ],
    [
      'conflicting-values',
      `${ROUTED}    peers: [{to: 10.245.0.0/24, via: ^10.240.0.66}]\n`,
      'via without dev',
    ],
    ['conflicting-values', `${ROUTED}    peers: [{to: 10.245.0.0/24, dev: ^eth0}]\n`, 'dev without via'],
    [
      'other-family',
      `${ROUTED}    peers: [{to: 10.245.0.0/24, via: ^"fe80::1", dev: eth0}]\n`,
      'via fe80::1 is IPv6',
    ],
    [
      'conflicting-values',
      `${TRANSPARENT}    masquerade: {enabled: true, direct: ^[10.240.0.0/16]}\n`,
      'direct does not cover 10.244.0.0/24',
    ],
    [
      'unknown-key',
      `${BRIDGE}    ^masquerade: {enabled: true, direct: [10.0.0.0/8]}\n`,
      'a network of mode bridge cannot have "masquerade": frames between its pods and the uplink do not pass the IP layer',
    ],
    ['unknown-key', `${BRIDGE}    ^masquerad: {enabled: true}\n`, 'valid keys'],
  ])('is refused as %s: %s', (code, network, text) => {
    const [line, column] = positionOf(network);
    expect(issuesOf(network)).toEqual([[code, line, column, expect.stringContaining(text)]]);
  });
});
