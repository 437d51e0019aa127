import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createSimulatedKernel,
  parseSimulatedNode,
  type SimulatedKernel,
} from '../../../reconciler/kernel/simulated/simulated.ts';
import { HOST, keyOf, normaliseObject } from '../../../reconciler/model/state.ts';
import { casesOf, isCampaign } from '../../support/cases.ts';
import { expectSame } from '../../support/same.ts';
import { anyHistory, type Event, PLACES } from '../contract/random.ts';
import { expectHolds, wholeScope } from '../contract/expectations.ts';
import { NIC, NIC_MAC } from '../contract/objects.ts';
import { longOr } from '../../support/long.ts';

const DEVICES = ['azure0', 'br1', 'eth0'];

function newNode(): SimulatedKernel {
  const kernel = createSimulatedKernel();
  kernel.addDevice({ ...NIC, mac: NIC_MAC });
  for (const place of PLACES) kernel.addNamespace(place);
  return kernel;
}

function play(kernel: SimulatedKernel, event: Event): string {
  if ('removed' in event) {
    kernel.removeNamespace(event.removed);
    return 'changed';
  }
  const [result] = kernel.apply([event.change]);
  return result?.ok === true ? result.value : (result?.error.code ?? 'no result');
}

function stateOf(kernel: SimulatedKernel) {
  const sysctls = DEVICES.flatMap((dev) =>
    [`net/ipv4/conf/${dev}/promote_secondaries`, `net/ipv6/conf/${dev}/disable_ipv6`].map((name) => ({
      netns: HOST,
      name,
    })),
  );
  const seen = kernel.observe(wholeScope(PLACES, { devices: DEVICES, sysctls }));
  return seen.ok ? seen.value.state : new Map();
}

/** A campaign tries more histories in the same time: it observes around each fifth event. */
const EVERY = isCampaign ? 5 : 1;

describe('any history of changes on the simulation', () => {
  it('has exactly the effects that the outcomes report', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const kernel = newNode();
        let after = stateOf(kernel);
        for (const [index, event] of history.entries()) {
          if (index % EVERY > 0) {
            play(kernel, event);
            continue;
          }
          const before = EVERY > 1 ? stateOf(kernel) : after;
          const outcome = play(kernel, event);
          after = stateOf(kernel);
          if (outcome !== 'changed') expectSame(after, before);
          if ('removed' in event) continue;
          const { change } = event;
          const done = outcome === 'changed' || outcome === 'unchanged';
          if (done && change.verb === 'create') expectHolds(after, change.want);
          if (done && change.verb === 'delete' && change.have.kind !== 'route') {
            expect(after.has(keyOf(normaliseObject(change.have)))).toBe(false);
          }
        }
      }),
      { numRuns: casesOf(longOr(35, 100)) },
    );
  });

  it('changes nothing when a change is repeated, and reports that', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const kernel = newNode();
        for (const [index, event] of history.entries()) {
          const first = play(kernel, event);
          if ('removed' in event || index % EVERY > 0) continue;
          const state = stateOf(kernel);
          expectSame(play(kernel, event), first === 'changed' ? 'unchanged' : first);
          expectSame(stateOf(kernel), state);
        }
      }),
      { numRuns: casesOf(longOr(35, 100)) },
    );
  });

  it('continues identically from a dump of any moment', () => {
    fc.assert(
      fc.property(anyHistory, anyHistory, (before, after) => {
        const kernel = newNode();
        for (const event of before) play(kernel, event);
        const copy = createSimulatedKernel(parseSimulatedNode(kernel.dump()));
        for (const event of after) expectSame(play(copy, event), play(kernel, event));
        expect(copy.dump()).toBe(kernel.dump());
      }),
      { numRuns: casesOf(longOr(15, 50)) },
    );
  });

  it('leaves no object on an interface, or in a namespace, that is not there', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const kernel = newNode();
        for (const event of history) play(kernel, event);
        const objects = parseSimulatedNode(kernel.dump())?.objects ?? [];
        const links = new Set(
          objects.flatMap((one) => (one.kind === 'link' ? [`${one.netns} ${one.name}`] : [])),
        );
        const named = objects.flatMap((object) => [
          ...('dev' in object ? [`${object.netns} ${object.dev}`] : []),
          ...(object.kind === 'link' && object.master ? [`${object.netns} ${object.master}`] : []),
          ...(object.kind === 'link' && object.peer ? [`${object.peer.netns} ${object.peer.name}`] : []),
        ]);
        expectSame(
          named.filter((name) => !links.has(name)),
          [],
        );
      }),
      { numRuns: casesOf(longOr(35, 100)) },
    );
  });
});
