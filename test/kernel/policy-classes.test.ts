/** Classes of peers appear and disappear through netlink alone, as nft itself would make them. */
import { afterEach, describe, expect, it } from 'vitest';
import { hasNamespaces } from '../support/namespaces.ts';
import { makeNetns, type Netns, uniqueName } from '../support/netns.ts';
import { join } from 'node:path';

describe.skipIf(!hasNamespaces)('the table of policies', () => {
  const made: Netns[] = [];
  afterEach(() => {
    for (const netns of made.splice(0)) netns.remove();
  });

  /** The table after these steps, each a JSON list of ports, listed by nft. */
  const tableAfter = (...steps: readonly string[]): string => {
    const netns = makeNetns(uniqueName('classes'));
    made.push(netns);
    const script = join(import.meta.dirname, 'policy-classes-process.ts');
    const ran = netns.execNow([process.execPath, '--import', 'tsx', script, ...steps]);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    return netns.mustExec(['nft', '-s', 'list', 'table', 'inet', 'vnet_policy']).stdout;
  };
  const sorted = (table: string): readonly string[] =>
    table
      .split('\n')
      .map((line) => line.trim())
      .toSorted();

  it('has the same rules, sets and elements as if nft had made them', () => {
    const [direct, changed] = [tableAfter('[80,443]'), tableAfter('[80]', '[80,443]')];
    expect(direct).toMatch(/ip daddr \. meta l4proto \. th dport @in4_[0-9a-f]+ accept comment "vnet:class"/);
    expect(direct).toMatch(/ip6 saddr \. meta l4proto \. th dport @eg6_[0-9a-f]+ goto ingress comment/);
    expect(sorted(changed)).toEqual(sorted(direct));
  });

  it('loses the classes that have no members', () => {
    expect(sorted(tableAfter('[80,443]', '[80]'))).toEqual(sorted(tableAfter('[80]')));
    expect(sorted(tableAfter('[80]', '[443]', '[]', '[80]'))).toEqual(sorted(tableAfter('[80]')));
  });
});
