import { describe, expect, it } from 'vitest';
import { slowPath } from '../../../reconciler/document/yaml/slow.ts';
import { readDocument } from '../../../reconciler/document/yaml/read.ts';
import { NO_CHANGE } from '../../../reconciler/document/edit.ts';
import type { Endpoint } from '../../../schemas/generated/vnet.ts';

const endpoint = (name: string, last: number, dns: string): string => `  azure/${name}/eth0:
    addresses: [10.240.0.${last}/16]
    dns: ${dns}
    added: 2026-11-21T10:00:00.000Z
`;

const text = (...endpoints: readonly string[]): string => `apiVersion: vnet.azure/v1
kind: NodeNetwork
metadata: {node: node-1, generation: 7}
networks:
  azure:
    mode: bridge
    uplink: {name: eth0, mac: 00:0d:3a:51:c4:90}
    bridge: {name: azure0}
    pool:
      source: static
      subnet: &unused 10.240.0.0/16
      gateway: 10.240.0.1
      addresses: [10.240.0.36-10.240.0.65]
endpoints:
${endpoints.join('')}`;

const DNS = '&d {nameservers: [10.0.0.10]}';

function without(before: string, ...names: readonly string[]): string {
  const removed = names.map((name): [string, Endpoint | undefined] => [`azure/${name}/eth0`, undefined]);
  return slowPath.rewrite(before, { ...NO_CHANGE, generation: 8, endpoints: new Map(removed) });
}

const dnsIn = (after: string): unknown => {
  const read = readDocument(after, 'vnet.yaml');
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return Object.fromEntries(
    Object.entries(read.value.endpoints ?? {}).map(([id, { dns }]) => [id.split('/')[1], dns?.nameservers]),
  );
};

describe('an anchor in an endpoint that leaves', () => {
  const three = text(endpoint('a', 36, DNS), endpoint('b', 37, '*d # shared'), endpoint('c', 38, '*d'));

  it('moves to its first user, and the others go on using it', () => {
    const after = without(three, 'a');
    expect(after).toMatch(/dns: &d\s+\{?\s*nameservers/);
    expect(after.match(/\*d/g)).toHaveLength(1);
    expect(dnsIn(after)).toEqual({ b: ['10.0.0.10'], c: ['10.0.0.10'] });
    expect(dnsIn(without(after, 'b'))).toEqual({ c: ['10.0.0.10'] });
    expect(dnsIn(without(three, 'a', 'b'))).toEqual({ c: ['10.0.0.10'] });
    expect(dnsIn(without(three, 'a', 'b', 'c'))).toEqual({});
  });

  it('stays when a user leaves, and one that is not used stays anyway', () => {
    const after = without(three, 'b');
    expect(dnsIn(after)).toEqual({ a: ['10.0.0.10'], c: ['10.0.0.10'] });
    for (const one of [after, without(three, 'a')]) expect(one).toContain('subnet: &unused 10.240.0.0/16');
    expect(without(three, 'b')).toContain(`dns: ${DNS}`);
  });

  it('is another than one of the same name after it', () => {
    const twice = text(
      endpoint('a', 36, DNS),
      endpoint('b', 37, '*d'),
      endpoint('c', 38, '&d {nameservers: [10.0.0.11]}'),
      endpoint('e', 39, '*d'),
    );
    expect(dnsIn(without(twice, 'a'))).toEqual({ b: ['10.0.0.10'], c: ['10.0.0.11'], e: ['10.0.0.11'] });
    expect(dnsIn(without(twice, 'c'))).toEqual({ a: ['10.0.0.10'], b: ['10.0.0.10'], e: ['10.0.0.11'] });
  });

  it('is that of a part of it, too', () => {
    const nested = text(
      endpoint('a', 36, '{nameservers: &n [10.0.0.10]}'),
      endpoint('b', 37, '{nameservers: *n}'),
    );
    expect(dnsIn(without(nested, 'a'))).toEqual({ b: ['10.0.0.10'] });
  });
});
