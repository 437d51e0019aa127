/** The changes by an ADD in the table of policies and in that of the bridge. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { hasNamespaces } from '../../support/namespaces.ts';
import { makeNetns, type Netns, uniqueName } from '../../support/netns.ts';

const BRIDGE = 'table bridge vnet {\n  set policed4 { type ipv4_addr; }\n}\n';

describe.skipIf(!hasNamespaces)('a pod that is isolated and sent to the IP layer', () => {
  const made: Netns[] = [];
  afterEach(() => {
    for (const netns of made.splice(0)) netns.remove();
  });

  const script = join(import.meta.dirname, 'policy-transaction-process.ts');
  const node = (): Netns => {
    const netns = makeNetns(uniqueName('onetx'));
    made.push(netns);
    return netns;
  };
  const change = (rules: string, ...ways: readonly string[]) => {
    const netns = node();
    netns.mustExec(['nft', '-f', '-'], { input: rules });
    for (const way of ways) netns.mustExec([process.execPath, '--import', 'tsx', script, way]);
    const last = ways.length === 0 ? [] : ['change'];
    const ran = netns.mustExec([process.execPath, '--import', 'tsx', script, ...last]);
    const list = (name: string): string => netns.execNow(['nft', 'list', ...name.split(' ')]).stdout;
    return { outcome: JSON.parse(ran.stdout), list };
  };

  it('is so from one transaction on', () => {
    const { outcome, list } = change(BRIDGE);
    expect(outcome).toEqual({ transactions: 1, results: ['changed', 'changed'] });
    expect(list('map inet vnet_policy pod_in4')).toContain('10.9.0.2 ');
    expect(list('set bridge vnet policed4')).toContain('10.9.0.2 ');
  });

  it.each(['after-first', 'before-second'])(
    'is judged in a table whose maker was killed %s run of nft',
    (way) => {
      const { list } = change(BRIDGE, way);
      expect(list('map inet vnet_policy pod_in4')).toContain('10.9.0.2 ');
      expect(list('chain inet vnet_policy forward')).toContain('ip daddr vmap @pod_in4');
    },
  );

  it('is isolated all the same where the other table is missing', () => {
    const { outcome, list } = change('');
    expect(outcome.results).toEqual(['changed', 'not-found']);
    expect(list('map inet vnet_policy pod_in4')).toContain('10.9.0.2 ');
  });
});
