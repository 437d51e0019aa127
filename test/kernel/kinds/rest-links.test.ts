import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNft } from '../../../reconciler/kernel/apply/nft-command.ts';
import type { RestAttributes } from '../../../reconciler/model/kinds/kind.ts';
import { HOST, type NetObject } from '../../../reconciler/model/state.ts';
import { mustExec } from '../../support/exec.ts';
import { hasNamespaces } from '../../support/namespaces.ts';
import { openRealTestbed } from '../contract/real-testbed.ts';
import { create, must } from '../contract/changes.ts';
import { see } from '../contract/expectations.ts';
import { BRIDGE } from '../contract/objects.ts';
import type { Testbed } from '../contract/testbed.ts';

let testbed: Testbed;

function ip(line: string): void {
  mustExec(['ip', ...line.split(' ')]);
}

function seen(key: string): NetObject | undefined {
  return see(testbed).get(key);
}

function openTestbed(): void {
  testbed = openRealTestbed(createNft(process.env));
  must(testbed, create(BRIDGE));
}

function closeTestbed(): void {
  testbed.close();
}

describe.skipIf(!hasNamespaces)('unknown attributes of a link', () => {
  beforeEach(openTestbed);
  afterEach(closeTestbed);

  it('are kept for links not made by vnet: the mode of a macvlan, its queue length', () => {
    ip('link add link eth0 name mac0 txqueuelen 77 type macvlan mode bridge');
    const { rest = [] } = (seen('link mac0') ?? {}) as { rest?: RestAttributes };
    expect(rest.filter((attribute) => /^(18\.2n?|13) /.test(attribute))).toEqual([
      expect.stringMatching(/^18\.2n? 0800010004000000/),
      '13 4d000000',
    ]);
    expect(seen('link eth0')).not.toHaveProperty('rest');
    expect(seen('link azure0')).not.toHaveProperty('rest');
  });

  it('include no counters: they are equal after traffic, and up and down', () => {
    ip('link add link eth0 name mac0 type macvlan mode bridge');
    const before = seen('link mac0');
    expect(before).toHaveProperty('rest');
    ip('link set mac0 up');
    ip('address add 10.77.0.1/24 dev mac0');
    mustExec(['ping', '-c', '1', '-W', '1', '-I', 'mac0', '10.77.0.1']);
    ip('link set mac0 down');
    expect(seen('link mac0')).toEqual(before);
  });
});

describe.skipIf(!hasNamespaces)('unknown attributes of entries', () => {
  beforeEach(openTestbed);
  afterEach(closeTestbed);
  it('are absent for entries made by ip and bridge', () => {
    ip('neighbour add 10.240.0.77 lladdr 02:00:00:00:00:4d nud permanent dev azure0');
    ip('link set eth0 master azure0');
    mustExec(['bridge', 'fdb', 'add', '02:00:00:00:00:4e', 'dev', 'eth0', 'master', 'static']);
    const found = Array.from(see(testbed).values()).filter(
      ({ kind, netns }) => netns === HOST && (kind === 'neighbour' || kind === 'fdb'),
    );
    expect(found.map(({ kind }) => kind).toSorted()).toEqual(['fdb', 'neighbour']);
    for (const object of found) expect(object).not.toHaveProperty('rest');
  });
});
