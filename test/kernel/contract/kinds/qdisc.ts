/** Contract of token bucket filters. */
import { beforeEach, expect, it } from 'vitest';
import { HOST, type LinkObject, type QdiscObject } from '../../../../reconciler/model/state.ts';
import { create, destroy, must, outcomes, update } from '../changes.ts';
import { expectHolds, expectLacks, expectLife, expectRefusal, see } from '../expectations.ts';
import { podLinkOf, vethOf } from '../builders.ts';
import { VETH } from '../objects.ts';
import type { CurrentTestbed } from '../testbed.ts';

const IFB: LinkObject = {
  kind: 'link',
  netns: HOST,
  name: 'ifb5a6822c76a3',
  type: 'ifb',
  up: true,
  alias: 'vnet:azure/1bd38ad8/eth0',
};

const LIMIT: QdiscObject = {
  kind: 'qdisc',
  netns: HOST,
  dev: VETH,
  handle: 0x7600,
  rateBits: 100_000_000,
  burstNs: 1_280_000,
  limitBytes: 328_500,
};

export default function describeQdiscs(testbed: CurrentTestbed): void {
  beforeEach(() => {
    const netns = testbed().addNamespace();
    const { port: _port, ...veth } = vethOf(netns, { master: '' });
    must(testbed(), create(IFB), create(veth, podLinkOf(netns)));
  });

  it.each([
    ['on a veth', LIMIT],
    ['on an ifb', { ...LIMIT, dev: IFB.name }],
    ['beyond 32 bits of bytes', { ...LIMIT, rateBits: 80_000_000_000, burstNs: 64 }],
    ['of the longest burst', { ...LIMIT, rateBits: 80_000, burstNs: 0xffff_ffc0, limitBytes: 0xffff_ffff }],
  ])('are created, observed and deleted, each once: %s', (_name, limit) => {
    expectLife(testbed(), limit);
  });

  it('get another rate in place', () => {
    const after = { ...LIMIT, rateBits: 8_000_000, burstNs: 64_000_000 };
    must(testbed(), create(LIMIT), update(LIMIT, after));
    expectHolds(see(testbed()), after);
    expect(outcomes(testbed(), [update(LIMIT, after)])).toEqual(['unchanged']);
  });

  it('take the place of one of another program', () => {
    const foreign = { ...LIMIT, handle: 0x8001, rateBits: 8_000_000, burstNs: 64_000_000 };
    must(testbed(), create(foreign), update(foreign, LIMIT));
    expectHolds(see(testbed()), LIMIT);
    expect(outcomes(testbed(), [update(foreign, LIMIT), destroy(LIMIT)])).toEqual(['unchanged', 'changed']);
  });

  it('are looked up one by one', () => {
    must(testbed(), create(LIMIT));
    const scope = { whole: false, devices: [VETH], entries: [LIMIT] };
    expectHolds(see(testbed(), [], scope), LIMIT);
    expectLacks(see(testbed(), [], { ...scope, entries: [] }), LIMIT);
    must(testbed(), destroy(LIMIT));
    expectLacks(see(testbed(), [], scope), LIMIT);
  });

  it('stay on a link that is set down and up, and go with it', () => {
    const down = { ...IFB, up: false };
    const limit = { ...LIMIT, dev: IFB.name };
    must(testbed(), create(limit), update(IFB, down), update(down, IFB));
    expectHolds(see(testbed()), limit);
    must(testbed(), destroy(IFB));
    expectLacks(see(testbed()), limit);
    expectRefusal(testbed(), create(limit), 'not-found');
    expect(outcomes(testbed(), [destroy(limit)])).toEqual(['unchanged']);
  });
}
