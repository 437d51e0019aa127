/** Contract of neighbours. */
import { beforeEach, expect, it } from 'vitest';
import { create, destroy, must, outcomes, update } from '../changes.ts';
import { expectHolds, expectLife, expectRefusal, see } from '../expectations.ts';
import { neighbourOf } from '../builders.ts';
import { BRIDGE } from '../objects.ts';
import type { CurrentTestbed } from '../testbed.ts';

export default function describeNeighbours(testbed: CurrentTestbed): void {
  beforeEach(() => must(testbed(), create(BRIDGE)));

  it.each(['10.240.0.35', 'fd00::35'])('are created, seen and deleted, each of them once: %s', (address) => {
    expectLife(testbed(), neighbourOf(address));
  });

  it.each([
    { ...neighbourOf('10.240.0.35', ''), proxy: true },
    { ...neighbourOf('fd00::35', ''), proxy: true },
    { ...neighbourOf('10.240.0.36'), state: 'noarp' as const },
    { ...neighbourOf('10.240.0.37'), flags: 128 },
  ])('keep their flags and states: %j', (neighbour) => {
    expectLife(testbed(), neighbour);
  });

  it('change their MAC and their protocol', () => {
    const after = neighbourOf('10.240.0.35', '0a:00:00:00:00:02');
    must(
      testbed(),
      create({ ...neighbourOf('10.240.0.35'), protocol: 4 }),
      update(neighbourOf('10.240.0.35'), after),
    );
    expectHolds(see(testbed()), after);
    expect(outcomes(testbed(), [update(neighbourOf('10.240.0.35'), after)])).toEqual(['unchanged']);
  });

  it('are refused where another one has the address, and on a device that is not there', () => {
    must(testbed(), create(neighbourOf('10.240.0.35')));
    expectRefusal(testbed(), create(neighbourOf('10.240.0.35', '0a:00:00:00:00:02')), 'exists');
    expectHolds(see(testbed()), neighbourOf('10.240.0.35'));
    const missing = { ...neighbourOf('10.240.0.35'), dev: 'none' };
    expectRefusal(testbed(), create(missing), 'not-found');
    expectRefusal(testbed(), update(missing, { ...missing, protocol: 4 }), 'not-found');
    expect(outcomes(testbed(), [destroy(missing)])).toEqual(['unchanged']);
  });
}
