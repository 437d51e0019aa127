/** Contract of nftables elements. */
import assert from 'node:assert/strict';
import { expect, it } from 'vitest';
import { create, destroy, must, outcomes, update } from '../changes.ts';
import { expectHolds, expectLacks, expectRefusal, see } from '../expectations.ts';
import { elementOf } from '../builders.ts';
import { TABLE } from '../objects.ts';
import type { CurrentTestbed } from '../testbed.ts';

const ELEMENTS = [
  elementOf('pods', '10.240.0.36', '0a:00:00:00:00:24'),
  elementOf('ports', 'azv5a6822c76a3'),
  elementOf('port_macs', 'azv5a6822c76a3 . 0a:00:00:00:00:24'),
  elementOf('port_ips', 'azv5a6822c76a3 . 10.240.0.36'),
];

export default function describeElements(testbed: CurrentTestbed): void {
  it.each(ELEMENTS)('are created, seen and deleted, each of them once: $set', (element) => {
    must(testbed(), create(TABLE), create(element));
    expectHolds(see(testbed()), element);
    expect(outcomes(testbed(), [create(element)])).toEqual(['unchanged']);
    must(testbed(), destroy(element));
    expectLacks(see(testbed()), element);
    expect(outcomes(testbed(), [destroy(element)])).toEqual(['unchanged']);
  });

  it('of a map are refused with another value, and get it by an update', () => {
    const other = elementOf('pods', '10.240.0.36', '0a:00:00:00:00:99');
    const [first] = ELEMENTS;
    assert(first !== undefined);
    must(testbed(), create(TABLE), create(first));
    expectRefusal(testbed(), create(other), 'exists');
    expectHolds(see(testbed()), first);
    must(testbed(), update(first, other));
    expectHolds(see(testbed()), other);
    expect(outcomes(testbed(), [update(first, other)])).toEqual(['unchanged']);
  });

  it('are refused without a table, or such a set; deleting them there does nothing', () => {
    for (const element of ELEMENTS) expectRefusal(testbed(), create(element), 'not-found');
    expect(
      outcomes(
        testbed(),
        ELEMENTS.map((element) => destroy(element)),
      ),
    ).toEqual(ELEMENTS.map(() => 'unchanged'));
    must(testbed(), create(TABLE));
    expectRefusal(testbed(), create(elementOf('none', 'azv1')), 'not-found');
  });

  it('are created, observed and deleted 1200 at once, in any state of the others', () => {
    const many = Array.from({ length: 300 }, (_, index) => {
      const [port, address] = [`azv${index}`, `10.240.${index >> 8}.${index & 255}`];
      const mac = `0a:00:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`;
      return [
        elementOf('pods', address, mac),
        elementOf('ports', port),
        elementOf('port_macs', `${port} . ${mac}`),
        elementOf('port_ips', `${port} . ${address}`),
      ];
    }).flat();
    const half = many.filter((_, index) => index % 2 === 0);
    must(testbed(), create(TABLE), ...half.map((element) => create(element)));
    const all = outcomes(
      testbed(),
      many.map((element) => create(element)),
    );
    expect(all).toEqual(many.map((_, index) => (index % 2 === 0 ? 'unchanged' : 'changed')));
    const state = see(testbed());
    for (const element of many) expectHolds(state, element);
    must(testbed(), ...half.map((element) => destroy(element)));
    expect(Array.from(see(testbed()).values()).filter(({ kind }) => kind === 'nft-element')).toHaveLength(
      600,
    );
  });

  it('one that fails does not stop those after it', () => {
    must(testbed(), create(TABLE), create(elementOf('pods', '10.240.0.36', '0a:00:00:00:00:01')));
    const changes = [
      create(elementOf('ports', 'azv1')),
      create(elementOf('pods', '10.240.0.36', '0a:00:00:00:00:02')),
      create(elementOf('ports', 'azv2')),
    ];
    expect(outcomes(testbed(), changes)).toEqual(['changed', 'exists', 'changed']);
    for (const name of ['azv1', 'azv2']) expectHolds(see(testbed()), elementOf('ports', name));
  });
}
