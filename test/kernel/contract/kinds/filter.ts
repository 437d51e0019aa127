/** Contract of redirections. */
import { beforeEach, expect, it } from 'vitest';
import { type FilterObject, HOST, type LinkObject } from '../../../../reconciler/model/state.ts';
import { create, destroy, must, outcomes, update } from '../changes.ts';
import { expectHolds, expectLacks, expectLife, expectRefusal, see } from '../expectations.ts';
import { podLinkOf, vethOf } from '../builders.ts';
import { VETH } from '../objects.ts';
import type { CurrentTestbed } from '../testbed.ts';

function ifbOf(name: string): LinkObject {
  const alias = 'vnet:azure/1bd38ad8/eth0';
  return { kind: 'link', netns: HOST, name, type: 'ifb', up: true, alias };
}

const IFB = ifbOf('ifb5a6822c76a3');

const FILTER: FilterObject = { kind: 'filter', netns: HOST, dev: VETH, redirect: IFB.name };

export default function describeFilters(testbed: CurrentTestbed): void {
  beforeEach(() => {
    const netns = testbed().addNamespace();
    const { port: _port, ...veth } = vethOf(netns, { master: '' });
    must(testbed(), create(IFB), create(veth, podLinkOf(netns)));
  });

  it('are created, observed and deleted, each once', () => {
    expectLife(testbed(), FILTER);
    expectLife(testbed(), FILTER);
  });

  it('get another target', () => {
    const after = { ...FILTER, redirect: 'ifb1' };
    must(testbed(), create(ifbOf('ifb1')), create(FILTER), update(FILTER, after));
    expectHolds(see(testbed()), after);
    expect(outcomes(testbed(), [update(FILTER, after)])).toEqual(['unchanged']);
  });

  it('are looked up one by one', () => {
    must(testbed(), create(FILTER));
    const scope = { whole: false, devices: [VETH], entries: [FILTER] };
    expectHolds(see(testbed(), [], scope), FILTER);
    must(testbed(), destroy(FILTER));
    expectLacks(see(testbed(), [], scope), FILTER);
  });

  it('are gone without their target, and can be made again', () => {
    must(testbed(), create(FILTER), destroy(IFB));
    const scope = { whole: false, devices: [VETH], entries: [FILTER] };
    expectLacks(see(testbed()), FILTER);
    expectLacks(see(testbed(), [], scope), FILTER);
    expectRefusal(testbed(), create(FILTER), 'not-found');
    must(testbed(), create(IFB), create(FILTER));
    expectHolds(see(testbed()), FILTER);
  });

  it('go with their link', () => {
    must(testbed(), create(FILTER));
    const veth = see(testbed()).get(`link ${VETH}`);
    expect(veth).toBeDefined();
    if (veth !== undefined) must(testbed(), destroy(veth));
    expectLacks(see(testbed()), FILTER);
    expectRefusal(testbed(), create(FILTER), 'not-found');
  });
}
