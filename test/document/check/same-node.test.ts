/** `sameNode: fabric` in a document: one network, and a mark that no other program uses. */
import { describe, expect, it } from 'vitest';
import { readDocument } from '../../../reconciler/document/yaml/read.ts';

const networkOf = (name: string, nic: number, more: string): string => `  ${name}:
    mode: transparent
    uplink: {name: eth${nic}, mac: "00:0d:3a:51:c4:9${nic}"}
    pools: {ipv4: {source: static, subnet: 10.${nic}.0.0/24, gateway: 10.${nic}.0.1, addresses: [10.${nic}.0.9]}}
${more}`;

function issuesOf(...networks: readonly string[]): readonly string[] {
  const text = `apiVersion: vnet.azure/v2
kind: NodeNetwork
metadata: {node: node-1, generation: 1}
networks:
${networks.join('')}`;
  const read = readDocument(text, 'vnet.yaml');
  return read.ok ? [] : read.error.map(({ code, path, message }) => `${code} ${path} ${message}`);
}

describe('a document with sameNode: fabric', () => {
  it('has it in one network', () => {
    const fabric = '    sameNode: fabric\n';
    expect(issuesOf(networkOf('a', 0, fabric), networkOf('b', 1, '    sameNode: direct\n'))).toEqual([]);
    expect(issuesOf(networkOf('a', 0, fabric), networkOf('b', 1, fabric))).toEqual([
      'double-name networks.b.sameNode sameNode: fabric is duplicated',
    ]);
  });

  it.each([
    [0x4000, 'is one of kube-proxy'],
    [0x8000, 'is one of kube-proxy'],
    [0x300000, 'is not a single bit'],
  ])('refuses the mark %i', (mark, why) => {
    const more = `    sameNode: fabric\n    fabric: {mark: ${mark}}\n`;
    const issue = `conflicting-values networks.a.fabric.mark the mark 0x${mark.toString(16)} ${why}`;
    expect(issuesOf(networkOf('a', 0, more))).toEqual([issue]);
  });

  it.each(['0x200000', 2147483648, 1])('accepts the mark %s', (mark) => {
    expect(issuesOf(networkOf('a', 0, `    sameNode: fabric\n    fabric: {mark: ${mark}}\n`))).toEqual([]);
  });
});
