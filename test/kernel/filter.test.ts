import { afterEach, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { listForeignTables } from '../../reconciler/kernel/filter/list-tables.ts';
import { readPacketFilters } from '../../reconciler/kernel/filter/read-packet-filters.ts';
import type { RunTool } from '../../reconciler/os/run-tool.ts';
import { mustExec } from '../support/exec.ts';
import { hasNamespaces } from '../support/namespaces.ts';

const NO_FILE = '/no/such/setting';

describe.skipIf(!hasNamespaces)('packet filters of other programs on a real kernel', () => {
  afterEach(() => void mustExec(['nft', 'flush', 'ruleset']));

  it('are listed by family and name, without the tables of vnet', () => {
    const families = ['ip', 'ip6', 'inet', 'bridge', 'netdev'];
    const script = families.map((family) => `add table ${family} other-${family}\n`).join('');
    mustExec(['nft', '-f', '-'], {
      input: `${script}add table bridge vnet\nadd table inet vnet\nadd table inet vnet_policy\nadd table arp a\n`,
    });
    const listed = listForeignTables(createSys())?.map(({ family, name }) => `${family} ${name}`);
    expect(listed?.toSorted()).toEqual(families.map((family) => `${family} other-${family}`).toSorted());
  });

  it('need no tool on a node without any', () => {
    mustExec(['nft', 'add table bridge vnet']);
    const asked: string[] = [];
    const run: RunTool = (name, args) => {
      asked.push([name, ...args].join(' '));
      return { kind: 'missing' };
    };
    expect(readPacketFilters(createSys(), run, NO_FILE).rules).toEqual({ tables: [], unread: [] });
    expect(asked).toEqual([]);
    mustExec(['nft', 'add table inet other']);
    readPacketFilters(createSys(), run, NO_FILE);
    expect(asked).toEqual(['nft -j list table inet other']);
  });
});
