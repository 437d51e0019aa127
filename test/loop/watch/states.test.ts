import { describe, expect, it } from 'vitest';
import { convergeEndpoint } from '../../support/converge-endpoint.ts';
import { REPAIRS } from '../../../reconciler/loop/report/contention.ts';
import {
  INITIAL_POSITION,
  IDLE_STATES,
  SIGNALS,
  signalOf,
  transition,
  TRANSITIONS,
} from '../../../reconciler/loop/watch/states.ts';
import { TRIGGERS } from '../../../reconciler/loop/watch/schedule.ts';
import type { Transition } from '../../../reconciler/loop/watch/watch-ports.ts';
import { failure } from '../../../reconciler/model/result.ts';
import { keyOf, type NetObject } from '../../../reconciler/model/state.ts';
import { documentOf, endpointOf, idOf, netnsOf, hostNeighbourOf } from '../../support/node.ts';
import { play, type Played } from './watch-support.ts';

/** All transitions of the loops below. */
const walked = new Set<string>();

const [BROKEN, OTHER] = [hostNeighbourOf(0), hostNeighbourOf(1)];

type Walk = { readonly played: Played; readonly path: () => string };

/** A converged loop; `path` has its later states. */
async function begin(): Promise<Walk> {
  const seen: Transition[] = [];
  const played = await play({ ports: { onTransition: (one) => void seen.push(one) } });
  await played.pass(2000);
  const first = seen.length;
  const path = (): string => {
    for (const { from, event, to } of seen) walked.add(`${from} ${event} ${to}`);
    const own = seen.slice(first);
    return [own[0]?.from, ...own.map(({ to }) => to)].join(' > ');
  };
  return { played, path };
}

const breakNeighbour = ({ played }: Walk, object: NetObject = BROKEN): void =>
  played.tamper({ verb: 'delete', have: object });

/** Makes every repair of the object fail from now on. */
function failAlways({ played }: Walk): void {
  for (let time = 0; time < 100; time += 1) {
    played.session.kernel.failNext(
      (change) => change.verb === 'create' && keyOf(change.want) === keyOf(BROKEN),
      failure('busy', 'add neighbour', 'made to fail'),
    );
  }
}

function pauseNeighbour({ played }: Walk): void {
  const time = '2026-11-21T12:00:00.000Z';
  played.pauses.push({ object: keyOf(BROKEN), until: '2026-11-21T13:00:00.000Z', who: 'ana', time });
}

/** Another program deletes the object whenever it is repaired. */
async function contend(walk: Walk): Promise<void> {
  for (let time = 0; time < REPAIRS; time += 1) {
    breakNeighbour(walk);
    await walk.played.pass(2);
  }
}

/** The effect of an ADD of the third pod by another process. */
async function add({ played }: Walk): Promise<void> {
  const document = documentOf([0, 1, 2]);
  played.session.kernel.addNamespace(netnsOf(2));
  const next = { ...document, metadata: { ...document.metadata, generation: 8 } };
  played.save(next);
  expect((await convergeEndpoint(played.session, next, idOf(2))).ok).toBe(true);
}

/** Saves the same document again. */
const saveAgain = ({ played }: Walk): void => played.save({ ...documentOf([0, 1]) });

const REPAIRED = 'heard > suspicious > partial';

type Scenario = readonly [what: string, happens: (walk: Walk) => Promise<void>, path: string];

const SCENARIOS: readonly Scenario[] = [
  [
    'a neighbour is deleted: it is repaired at once, and a second later the loop looks whether it stays so',
    async (walk) => {
      breakNeighbour(walk);
      await walk.played.pass(1500);
    },
    `converged > ${REPAIRED} > converged > partial > converged`,
  ],
  [
    'something happened in some pod: half a second later all are entered',
    async ({ played }) => {
      const name = endpointOf(1).hostVeth ?? '';
      played.announce({
        verb: 'touched',
        object: { kind: 'link', netns: '*', name, type: 'veth' },
        portId: 0,
      });
      await played.pass(600);
    },
    'converged > heard > suspicious > full > converged',
  ],
  [
    'a neighbour is deleted, and something happened in some pod just before',
    async (walk) => {
      const name = endpointOf(1).hostVeth ?? '';
      const object = { kind: 'link', netns: '*', name, type: 'veth' } as const;
      walk.played.announce({ verb: 'touched', object, portId: 0 });
      breakNeighbour(walk);
      await walk.played.pass(100);
    },
    `converged > ${REPAIRED} > full > converged`,
  ],
  [
    'announcements are lost',
    async ({ played }) => {
      played.lose();
      await played.pass(100);
    },
    'converged > full > converged',
  ],
  [
    'a document is saved that says the same',
    async (walk) => {
      saveAgain(walk);
      await walk.played.pass(100);
    },
    'converged > heard > converged',
  ],
  [
    'a pod is attached: a second later its endpoint is looked at, and nothing else',
    async (walk) => {
      await add(walk);
      await walk.played.pass(1100);
    },
    'converged > heard > converged > heard > checking > converged',
  ],
  [
    'a pod is attached, and something of it is missing',
    async (walk) => {
      await add(walk);
      walk.played.session.kernel.tamper({ verb: 'delete', have: hostNeighbourOf(2) });
      await walk.played.pass(1100);
    },
    'converged > heard > converged > heard > checking > full > converged',
  ],
  [
    'a repair fails: it is tried again, and meanwhile everything else is seen to',
    async (walk) => {
      failAlways(walk);
      breakNeighbour(walk);
      breakNeighbour(walk, OTHER);
      await walk.played.pass(400);
      breakNeighbour(walk, OTHER);
      saveAgain(walk);
      await walk.played.pass(250);
    },
    // Now, after 0.1 and 0.3 s; then the notification.
    `converged > ${REPAIRED} > backoff > full > backoff > full > backoff > heard > suspicious > full > backoff`,
  ],
  [
    'a repair failed, and a second after another one it is time to look again',
    async (walk) => {
      failAlways(walk);
      breakNeighbour(walk);
      breakNeighbour(walk, OTHER);
      await walk.played.pass(1010);
    },
    `converged > ${REPAIRED} > backoff > full > backoff > full > backoff > full > backoff > partial > backoff`,
  ],
  [
    'an object is paused: it is left, and everything else is seen to',
    async (walk) => {
      pauseNeighbour(walk);
      breakNeighbour(walk);
      breakNeighbour(walk, OTHER);
      await walk.played.pass(1100);
      saveAgain(walk);
      await walk.played.pass(10);
      walk.played.scan();
      await walk.played.pass(10);
    },
    `converged > ${REPAIRED} > paused > partial > paused > heard > paused > full > paused`,
  ],
  [
    'repairs are repeatedly reverted: they back off, and the object is still observed',
    async (walk) => {
      await contend(walk);
      saveAgain(walk);
      await walk.played.pass(10);
      walk.played.scan();
      await walk.played.pass(1000);
    },
    `converged > ${Array.from({ length: REPAIRS - 1 }, () => `${REPAIRED} > converged`).join(' > ')} > ${REPAIRED} > contended > heard > contended > full > contended > partial > contended`,
  ],
];

describe('the loop takes', () => {
  it.each(SCENARIOS)('when %s', async (_what, happens, path) => {
    const walk = await begin();
    await happens(walk);
    expect(walk.path()).toBe(path);
  });

  it('every transition of the table, and no other', () => {
    const rows = Object.entries(TRANSITIONS).flatMap(([from, events]) =>
      Object.entries(events).flatMap(([event, to]) =>
        (to === 'idle' ? IDLE_STATES : [to]).map((one) => `${from} ${event} ${one}`),
      ),
    );
    // A comparison without a mismatch returns to the previous state; one such transition suffices.
    const back = /^(heard|checking) matches (backoff|contended|paused)$/;
    expect(rows.filter((row) => !walked.has(row) && !back.test(row))).toEqual([]);
    expect([...walked].filter((row) => !rows.includes(row))).toEqual([]);
  });
});

describe('the table', () => {
  it('knows what every trigger means, and that what reads most counts', () => {
    expect(Object.keys(SIGNALS).toSorted()).toEqual([...TRIGGERS].toSorted());
    expect(signalOf(['announced', 'pods'])).toBe('announced');
    expect(signalOf(['announced', 'recheck'])).toBe('recheck');
    expect(signalOf(['document', 'recheck'])).toBe('scan');
    expect(signalOf(['announced', 'scan'])).toBe('scan');
  });

  it('knows nothing else: a round does not end where none was begun', () => {
    expect(() => transition(INITIAL_POSITION, 'backoff')).toThrow(
      'the loop knows no backoff in the state converged',
    );
    expect(transition({ state: 'heard', idle: 'paused' }, 'matches')).toEqual({
      state: 'paused',
      idle: 'paused',
    });
  });
});
