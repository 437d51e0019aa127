/** Classes and profiles appear and disappear through netlink alone, and nft lists them. */
import { afterEach, describe, expect, it } from 'vitest';
import { hasNamespaces } from '../support/namespaces.ts';
import { makeNetns, type Netns, uniqueName } from '../support/netns.ts';
import { join } from 'node:path';

describe.skipIf(!hasNamespaces)('the table of policies', () => {
  const made: Netns[] = [];
  afterEach(() => {
    for (const netns of made.splice(0)) netns.remove();
  });

  /** The table after these steps, each a JSON list of ports, listed by nft. Shape: `before` is there already. */
  const tableAfter = (steps: readonly string[], before = ''): string => {
    const netns = makeNetns(uniqueName('profiles'));
    made.push(netns);
    netns.mustExec(['nft', '-f', '-'], { input: before });
    const script = join(import.meta.dirname, 'policy-profiles-process.ts');
    const ran = netns.execNow([process.execPath, '--import', 'tsx', script, ...steps]);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    return netns.mustExec(['nft', '-s', 'list', 'table', 'inet', 'vnet_policy']).stdout;
  };
  /** Elements are listed in any order, several in a line. */
  const sorted = (table: string): readonly string[] =>
    table
      .split('\n')
      .flatMap((line) => line.replace(/elements = \{|(?<= )\}$/g, '').split(','))
      .map((text) => text.trim())
      .toSorted();

  it('is the same, however it came to be', () => {
    const [direct, changed] = [tableAfter(['[80,443]']), tableAfter(['[80]', '[80,443]'])];
    expect(direct).toMatch(
      /meta priority set ip saddr map @peer_in4 meta priority set meta priority meta priority \. meta l4proto \. th dport @port_in4_[0-9a-f]+ accept comment "vnet:ports"/,
    );
    expect(direct).toMatch(/ip saddr map @peer_in4 .* @range_in4_[0-9a-f]+ accept comment "vnet:ranges"/);
    expect(direct).toMatch(/meta priority set ip6 daddr map @peer_eg6 .* @port_eg6_[0-9a-f]+ return/);
    expect(direct).toMatch(/ip6 saddr \. ip6 daddr @self6 accept comment "vnet:self"/);
    expect(direct).toMatch(/counter goto denied_ingress comment "vnet:denied"/);
    expect(sorted(changed)).toEqual(sorted(direct));
  });

  it('loses the classes that have no members, and takes the place of an earlier version and of what another program left', () => {
    const direct = sorted(tableAfter(['[80]']));
    expect(sorted(tableAfter(['[80,443]', '[80]']))).toEqual(direct);
    expect(sorted(tableAfter(['[80]', '[443]', '[]', '[80]']))).toEqual(direct);
    expect(sorted(tableAfter(['[80]'], EARLIER))).toEqual(direct);
    expect(sorted(tableAfter(['[80]'], LEFT))).toEqual(direct);
    expect(sorted(tableAfter(['[80]'], RESTORING))).toEqual(direct);
    expect(sorted(tableAfter(['[80]'], ONE_SET))).toEqual(direct);
  });
});

/** Rules of earlier versions: a chain and a set for each class. */
const EARLIER = `table inet vnet_policy {
  counter denied_ingress { }
  counter denied_egress { }
  set iso_in4 { type ipv4_addr; elements = { 10.9.0.1 } }
  map from4 { type ipv4_addr : verdict; elements = { 10.9.0.2 : jump from4_0a1b2c3d4e5f } }
  set in4_0a1b2c3d4e5f { type ipv4_addr . inet_proto . inet_service; flags interval; elements = { 10.9.0.1 . tcp . 80 } }
  chain denied_ingress { counter name denied_ingress drop; }
  chain from4_0a1b2c3d4e5f { ip daddr . meta l4proto . th dport @in4_0a1b2c3d4e5f accept comment "vnet:class"; }
  chain ingress4 { ip saddr vmap @from4; goto denied_ingress; }
  chain forward { type filter hook forward priority filter - 10; policy accept; ip daddr @iso_in4 goto ingress4; }
}
`;

/** Rules of the version before this one: one set for all ports, and a chain to which an allowed egress leads. */
const ONE_SET = `table inet vnet_policy {
  counter denied_ingress { }
  counter denied_egress { }
  set self4 { type ipv4_addr . ipv4_addr; elements = { 10.9.0.1 . 10.9.0.1 } }
  map peer_eg4 { type ipv4_addr : classid; elements = { 10.9.0.2 : 0a1b:2c3d } }
  map pod_in4 { type ipv4_addr : verdict; }
  map pod_eg4 { type ipv4_addr : verdict; elements = { 10.9.0.1 : jump pod_eg4_0a1b2c3d4e5f } }
  set grant_eg4_0a1b2c3d4e5f { type classid . inet_proto . inet_service; flags interval; elements = { 0a1b:2c3d . tcp . 80 } }
  chain denied_egress { counter name denied_egress drop; }
  chain ingress { ip daddr vmap @pod_in4; accept; }
  chain pod_eg4_0a1b2c3d4e5f {
    counter comment "vnet:judged"
    meta priority set ip daddr map @peer_eg4 meta priority . meta l4proto . th dport @grant_eg4_0a1b2c3d4e5f goto ingress comment "vnet:peers"
    counter goto denied_egress comment "vnet:denied"
  }
  chain forward { type filter hook forward priority filter - 10; policy accept; ip saddr . ip daddr @self4 accept; ip saddr vmap @pod_eg4; goto ingress; }
}
`;

/** Rules of an earlier version: chains that restore the priority, to which profiles lead; a profile of the same name. */
const RESTORING = `table inet vnet_policy {
  counter denied_ingress { }
  counter denied_egress { }
  map peer_in4 { type ipv4_addr : classid; elements = { 10.9.0.2 : 0a1b:2c3d } }
  map pod_in4 { type ipv4_addr : verdict; elements = { 10.9.0.1 : jump pod_in4_0a1b2c3d4e5f } }
  set grant_in4_0a1b2c3d4e5f { type classid . inet_proto . inet_service; flags interval; }
  chain denied_ingress { counter name denied_ingress drop; }
  chain pass4 { meta priority set none; accept comment "vnet:others:0"; }
  chain onward { ip daddr vmap @pod_in4; goto pass4; }
  chain pod_in4_0a1b2c3d4e5f {
    counter comment "vnet:judged"
    meta priority set ip saddr map @peer_in4 meta priority . meta l4proto . th dport @grant_in4_0a1b2c3d4e5f goto pass4 comment "vnet:classes"
    counter goto denied_ingress comment "vnet:denied"
  }
  chain ingress { ip daddr vmap @pod_in4; accept; }
  chain forward { type filter hook forward priority filter - 10; policy accept; goto ingress; }
}
`;

/** A profile that no address leads to, and a rule in its chain. */
const LEFT = `table inet vnet_policy {
  set grant_in4_0a1b2c3d4e5f { type classid . inet_proto . inet_service; flags interval; }
  map pod_in4 { type ipv4_addr : verdict; elements = { 10.9.0.77 : jump pod_in4_0a1b2c3d4e5f } }
  chain pod_in4_0a1b2c3d4e5f { accept; }
  chain forward { type filter hook forward priority filter - 10; policy accept; ip daddr vmap @pod_in4; }
}
`;
