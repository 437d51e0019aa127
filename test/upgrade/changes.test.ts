import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { executeSteps } from '../../reconciler/loop/node/execute.ts';
import { planNetworks } from '../../reconciler/loop/node/plan-node.ts';
import { ensureNetworks, needsUndoPlan } from '../../reconciler/loop/takeover/takeover.ts';
import { createJournal } from '../../reconciler/loop/takeover/undo-file.ts';
import { failure } from '../../reconciler/model/result.ts';
import { SIMULATED_BIN, readOwn } from '../plugin/live-node.ts';
import { createMemorySession } from '../support/memory-session.ts';
import { must } from '../support/must.ts';
import { bootedKernel } from '../support/node.ts';
import { SECOND_BOOT } from './record/stage.ts';
import { BUILDS, type OldNode, restoreNode } from './restore.ts';

const isBuilt = existsSync(join(SIMULATED_BIN, 'vnet'));

describe.skipIf(!isBuilt).each(BUILDS)('a change that build %s began', (build) => {
  let node: OldNode;
  afterEach(() => node.remove());

  const isTentative = (): boolean => existsSync(node.path('var/lib/vnet/tentative.json'));
  const expectTakenBack = (): void => {
    expect(isTentative()).toBe(false);
    expect(node.read()).not.toContain('mtu: 1400');
    expect(node.vnet('reconcile', '--dry-run').code).toBe(0);
  };

  it('is kept when it is confirmed', () => {
    node = restoreNode(build, 'unconfirmed');
    expect(node.vnet('confirm').code).toBe(0);
    expect(isTentative()).toBe(false);
    expect(node.read()).toContain('mtu: 1400');
    expect(node.vnet('reconcile', '--dry-run').code).toBe(0);
  });

  it('is rolled back on request, in document and kernel', () => {
    node = restoreNode(build, 'unconfirmed');
    expect(node.vnet('revert', '9').code).toBe(0);
    expectTakenBack();
  });

  it('stays until its deadline, and is rolled back by the first round after it', () => {
    node = restoreNode(build, 'unconfirmed');
    expect(node.vnet('reconcile').code).toBe(0);
    expect(isTentative()).toBe(true);
    const path = 'var/lib/vnet/tentative.json';
    node.write(path, node.read(path).replace(/"deadlineUptimeMs": \d+/, '"deadlineUptimeMs": 1'));
    expect(node.vnet('reconcile').code).toBe(0);
    expectTakenBack();
  });

  it('is rolled back after a reboot', () => {
    node = restoreNode(build, 'unconfirmed');
    node.write('proc/sys/kernel/random/boot_id', `${SECOND_BOOT}\n`);
    expect(node.vnet('reconcile').code).toBe(0);
    expectTakenBack();
  });

  it('is rolled back when it was killed half-way', () => {
    node = restoreNode(build, 'half-applied');
    expect(isTentative()).toBe(true);
    expect(node.vnet('reconcile').code).toBe(0);
    expectTakenBack();
  });

  it('continues with pods while it is unconfirmed, and keeps them when it is rolled back', () => {
    node = restoreNode(build, 'unconfirmed');
    expect(node.call('ADD', 12).code).toBe(0);
    expect(node.vnet('revert').code).toBe(0);
    expect(node.read()).toContain('azure/c00000000012/eth0:');
    expectTakenBack();
  });

  it('is applied from a saved plan, or called stale', () => {
    node = restoreNode(build, 'lived');
    const { code, stdout, stderr } = node.vnet('apply', '-f', node.path('saved.plan'), '--yes');
    expect([stdout + stderr, [0, 4]]).toEqual([expect.any(String), expect.arrayContaining([code])]);
    expect(node.read().includes('quarantineSeconds: 60')).toBe(code === 0);
  });
});

describe.each(BUILDS)('a takeover that build %s did not finish', (build) => {
  let node: OldNode;
  afterEach(() => node.remove());

  /** The in-memory node with the takeover executed up to this step, and the journal on disk. */
  function halfTaken(done: number) {
    node = restoreNode(build, 'half-taken', 'booted');
    const document = readOwn(node.path('var/lib/vnet/vnet.yaml'));
    expect.assert(document !== undefined);
    const kernel = bootedKernel([]);
    const before = kernel.dump();
    const { steps } = must(planNetworks(kernel, document)).plan;
    executeSteps(kernel, steps.slice(0, done));
    const journal = createJournal(createSys(), node.path('run/vnet/takeover.journal'));
    return {
      session: { ...createMemorySession(kernel, document), journal },
      document,
      kernel,
      before,
      steps,
    };
  }

  /** The objects only: a kernel also counts creations. */
  const objectsOf = (dump: string): readonly string[] =>
    (JSON.parse(dump) as { objects: readonly unknown[] }).objects
      .map((one) => JSON.stringify(one))
      .toSorted();

  it('has its rollback plan on disk', () => {
    const wayBack = must(halfTaken(0).session.journal.pending()) ?? [];
    expect(wayBack.map(({ verb }) => verb)).toContain('delete');
    expect(wayBack.length).toBeGreaterThan(4);
  });

  it('is finished from wherever it was', () => {
    const { length } = halfTaken(0).steps;
    for (let done = 0; done <= length; done += 1) {
      node.remove();
      const { session, document } = halfTaken(done);
      expect([done, ensureNetworks(session, document).ok]).toEqual([done, true]);
      expect([done, must(session.journal.pending())]).toEqual([done, undefined]);
      expect([done, must(planNetworks(session.kernel, document)).plan.steps]).toEqual([done, []]);
    }
  });

  it('is rolled back completely if it cannot be finished, from any step', () => {
    const { length } = halfTaken(0).steps;
    const rollBackChange: number[] = [];
    for (let done = 0; done < length; done += 1) {
      node.remove();
      const { session, document, kernel, before } = halfTaken(done);
      const isMoving = needsUndoPlan(must(planNetworks(kernel, document)).plan.steps);
      kernel.failNext(() => true, failure('io', 'test', 'made to fail'));
      expect([done, ensureNetworks(session, document).ok]).toEqual([done, false]);
      // Objects that are only missing are created by the next round: nothing moves.
      if (!isMoving) continue;
      rollBackChange.push(done);
      expect([done, objectsOf(kernel.dump())]).toEqual([done, objectsOf(before)]);
      expect([done, must(session.journal.pending())]).toEqual([done, undefined]);
    }
    expect(rollBackChange.length).toBeGreaterThan(length / 2);
  });

  it.skipIf(!isBuilt)('is finished by a round of the executable', () => {
    node = restoreNode(build, 'half-taken', 'booted');
    expect(node.vnet('reconcile', '--max-disruption', 'node-outage').code).toBe(0);
    expect(existsSync(node.path('run/vnet/takeover.journal'))).toBe(false);
    expect(node.vnet('reconcile', '--dry-run').code).toBe(0);
  });
});
