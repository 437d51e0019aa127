/** Notifications read by a round itself after its last scan: no further signal starts another round. */
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../reconciler/model/ports/kernel.ts';
import { runRound } from '../../../reconciler/loop/round/round.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { keyOf, type NetObject } from '../../../reconciler/model/state.ts';
import { createSimulatedMonitor } from '../../kernel/monitor/simulated-monitor.ts';
import { createMemorySession } from '../../support/memory-session.ts';
import { bootedKernel, documentOf, endpointOf, hostNeighbourOf } from '../../support/node.ts';
import { hasObject, play } from './watch-support.ts';

const NEIGHBOUR = hostNeighbourOf(0);

/**
 * A loop on a node, with or without a document so far, whose next round meets the change just after reading the node; its signal arrives after the round.
 */
async function playLate(isNew = false) {
  const at = { now: new Date('2026-11-21T12:00:00Z') };
  const booted = bootedKernel([0, 1]);
  const session = createMemorySession(booted, isNew ? undefined : documentOf([0, 1]), at);
  // An ADD has made the network before the loop reads its document.
  if (isNew) runRound(createMemorySession(booted, documentOf([0, 1]), at), { limit: 'node-outage' });
  let [late, isHeard, wake]: [Change | undefined, boolean, () => void] = [undefined, true, () => undefined];
  const monitor = createSimulatedMonitor(session.kernel, () => void setImmediate(() => wake()));
  const kernel: typeof session.kernel = {
    ...session.kernel,
    observe: (scope) => {
      const seen = session.kernel.observe(scope);
      const change = scope.whole ? late : undefined;
      if (change !== undefined) {
        late = undefined;
        if (isHeard) monitor.play(() => session.kernel.tamper(change), change, {});
        else monitor.lose();
        if (!isHeard) session.kernel.tamper(change);
      }
      return seen;
    },
  };
  const openMonitor = (call: () => void) => {
    wake = call;
    return ok(monitor);
  };
  const played = await play({ at, session: { ...session, kernel }, ports: { openMonitor } });
  await played.pass(2000);
  const has = (object: NetObject): boolean => hasObject(played, keyOf(object));
  const breakLate = (change: Change, how: { readonly isHeard: boolean } = { isHeard: true }): void => {
    [late, isHeard] = [change, how.isHeard];
  };
  return { played, has, breakLate };
}

describe('an announcement just after the last scan of a round', () => {
  it.each(['a round without steps', 'a round that repairs something else'])(
    'starts another one: %s',
    async (what) => {
      const { played, has, breakLate } = await playLate();
      const other = { ...NEIGHBOUR, address: '10.240.0.37', mac: endpointOf(1).mac ?? '' };
      if (what.includes('repairs')) played.tamper({ verb: 'delete', have: other });
      breakLate({ verb: 'delete', have: NEIGHBOUR });
      played.scan();
      await played.pass(500);
      expect([has(NEIGHBOUR), has(other)]).toEqual([true, true]);
      const rounds = played.reports.length;
      await played.pass(20_000);
      expect(played.reports.length).toBeLessThan(rounds + 5);
      expect(played.failures).toEqual([]);
    },
  );

  it('starts another one: the first round on a node', async () => {
    const { played, has, breakLate } = await playLate(true);
    breakLate({ verb: 'delete', have: NEIGHBOUR });
    played.save(documentOf([0, 1]));
    await played.pass(500);
    expect(has(NEIGHBOUR)).toBe(true);
    expect(played.failures).toEqual([]);
  });

  it('starts another one: the announcement was lost', async () => {
    const { played, has, breakLate } = await playLate();
    breakLate({ verb: 'delete', have: NEIGHBOUR }, { isHeard: false });
    played.scan();
    await played.pass(500);
    expect(has(NEIGHBOUR)).toBe(true);
    expect(played.failures).toEqual([]);
  });
});
