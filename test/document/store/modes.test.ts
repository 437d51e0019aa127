import { describe, expect, it } from 'vitest';
import { readDocument } from '../../../reconciler/document/yaml/read.ts';

const HEAD =
  'apiVersion: vnet.azure/v2\nkind: NodeNetwork\nmetadata: {node: n, generation: 1}\nnetworks:\n  blue:\n';
const POOL =
  '    pools: {ipv4: {source: static, subnet: 10.250.0.0/16, gateway: 10.250.0.1, addresses: [10.250.0.36]}}\n';
const BRIDGE = '    uplink: {name: eth0, mac: "00:0d:3a:51:c4:90"}\n    bridge: {name: azure0}\n';

function issuesOf(network: string): readonly string[] {
  const read = readDocument(HEAD + network, 'vnet.yaml');
  return read.ok ? [] : read.error.map(({ line, message, hint }) => `${line}: ${message}; ${hint ?? ''}`);
}

describe('a network', () => {
  it.each([`    mode: addresses\n${POOL}`, `    mode: bridge\n${BRIDGE}${POOL}`])(
    'has what its mode needs: %j',
    (network) => expect(issuesOf(network)).toEqual([]),
  );

  it('reports missing fields of mode bridge', () => {
    const issues = issuesOf(`    mode: bridge\n${POOL}`).join('\n');
    expect(issues).toContain('"uplink" is missing');
    expect(issues).toContain('"bridge" is missing');
  });

  it('reports fields that mode addresses does not have', () => {
    const issues = issuesOf(`    mode: addresses\n${BRIDGE}${POOL}`);
    expect(issues).toEqual([
      '7: unknown key "uplink"; valid keys: mode, pools, dns, reservations',
      '8: unknown key "bridge"; valid keys: mode, pools, dns, reservations',
    ]);
  });

  it('reports the valid modes and all other errors for a missing or unknown mode', () => {
    expect(issuesOf(`${BRIDGE}${POOL}`)).toEqual([
      expect.stringMatching(/^5: "mode" is missing: "bridge" \(.*\) or "addresses" \(.*add "mode:"/),
    ]);
    const issues = issuesOf(`    mode: adresses\n${POOL.replace('gateway', 'gatway')}`).join('\n');
    expect(issues).toContain('6: expected "bridge" (');
    expect(issues).toContain('"addresses"');
    expect(issues).toMatch(/"gatway".*"gateway"/);
  });
});
