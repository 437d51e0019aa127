/** Contract of the nftables table. */
import { expect, it } from 'vitest';
import { PORT_RULES } from '../../../../reconciler/model/modes/bridge/rules.ts';
import { deriveNftTable } from '../../../../reconciler/model/nft-table.ts';
import type { NftTableObject } from '../../../../reconciler/model/state.ts';
import {
  create,
  destroy,
  expectHolds,
  expectLacks,
  expectRefusal,
  must,
  outcomes,
  see,
  TABLE,
  elementOf,
  update,
  type CurrentTestbed,
} from '../testbed.ts';

const ELEMENTS = [
  elementOf('pods', '10.240.0.36', '0a:00:00:00:00:24'),
  elementOf('ports', 'azv5a6822c76a3'),
  elementOf('port_macs', 'azv5a6822c76a3 . 0a:00:00:00:00:24'),
  elementOf('port_ips', 'azv5a6822c76a3 . 10.240.0.36'),
];

/** The table before an update of vnet that adds a chain in front of all others. */
const BEFORE = deriveNftTable('bridge', [PORT_RULES]);

/** The table with one rule less, as before an update of vnet. */
const SHORTER: NftTableObject = {
  ...TABLE,
  rules: TABLE.rules.slice(0, -1),
  script: `${(TABLE.script ?? '').trimEnd().split('\n').slice(0, -1).join('\n')}\n`,
};

export default function describeTable(testbed: CurrentTestbed): void {
  it('is created by its script, and its rules are read in order, without the script', () => {
    must(testbed(), create(TABLE));
    expectHolds(see(testbed()), TABLE);
    expect(see(testbed()).get('nft-table bridge vnet')).not.toHaveProperty('script');
    expect(TABLE.rules.length).toBeGreaterThan(5);
    must(testbed(), destroy(TABLE));
    expectLacks(see(testbed()), TABLE);
    expect(outcomes(testbed(), [destroy(TABLE)])).toEqual(['unchanged']);
  });

  it('gets other rules by an update, and keeps its elements', () => {
    must(testbed(), create(TABLE), ...ELEMENTS.map((element) => create(element)), update(TABLE, SHORTER));
    expectHolds(see(testbed()), SHORTER);
    for (const element of ELEMENTS) expectHolds(see(testbed()), element);
    must(testbed(), update(SHORTER, TABLE));
    expectHolds(see(testbed()), TABLE);
  });

  it('gets a chain in front of its others by an update', () => {
    must(testbed(), create(BEFORE), update(BEFORE, TABLE));
    expectHolds(see(testbed()), TABLE);
    expect(outcomes(testbed(), [update(BEFORE, TABLE)])).toEqual(['unchanged']);
  });

  it('is deleted with its elements', () => {
    must(
      testbed(),
      create(TABLE),
      ...ELEMENTS.map((element) => create(element)),
      destroy(TABLE),
      create(TABLE),
    );
    for (const element of ELEMENTS) expectLacks(see(testbed()), element);
  });

  it('is observed as missing when another nft deleted it', () => {
    must(testbed(), create(TABLE), create(elementOf('ports', 'azv1')));
    testbed().tamper(destroy(TABLE));
    expectLacks(see(testbed()), TABLE);
    expectLacks(see(testbed()), elementOf('ports', 'azv1'));
    expectRefusal(testbed(), create(elementOf('ports', 'azv1')), 'not-found');
  });
}
