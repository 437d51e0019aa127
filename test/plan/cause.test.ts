import { describe, expect, it } from 'vitest';
import type { Change } from '../../reconciler/model/ports/kernel.ts';
import {
  keyOf,
  type LinkObject,
  type NeighbourObject,
  type State,
  toState,
} from '../../reconciler/model/state.ts';
import { type Cause, causeOf } from '../../reconciler/plan/cause.ts';

const neighbour: NeighbourObject = {
  kind: 'neighbour',
  netns: '',
  dev: 'azure0',
  address: '10.0.0.9',
  mac: '0a:00:00:00:00:01',
};
const other: NeighbourObject = { ...neighbour, mac: '0a:00:00:00:00:02' };
const bridge: LinkObject = {
  kind: 'link',
  netns: '',
  name: 'azure0',
  type: 'bridge',
  up: true,
  mtuBytes: 1500,
};
const smaller: LinkObject = { ...bridge, mtuBytes: 1400 };

const none = toState([]);
const create: Change = { verb: 'create', want: neighbour };
const remove: Change = { verb: 'delete', have: neighbour };
const resize = (...fields: readonly string[]): Change => ({
  verb: 'update',
  want: smaller,
  have: { ...bridge, up: false },
  fields,
});

type Case = readonly [what: string, change: Change, then: State, now: State, cause: Cause];

const CASES: readonly Case[] = [
  [
    'an object desired before that is missing is drift',
    create,
    toState([neighbour]),
    toState([neighbour]),
    'drift',
  ],
  [
    'an object desired before in another form is drift',
    create,
    toState([other]),
    toState([neighbour]),
    'drift',
  ],
  ['a newly desired object is to be created', create, none, toState([neighbour]), 'pending'],
  ['an object no longer desired is to be deleted', remove, toState([neighbour]), none, 'pending'],
  ['an object never desired was added', remove, none, none, 'drift'],
  [
    'an object recreated without a request was broken',
    remove,
    toState([neighbour]),
    toState([neighbour]),
    'drift',
  ],
  [
    'a field that the document changed is to change',
    resize('mtuBytes'),
    toState([bridge]),
    toState([smaller]),
    'pending',
  ],
  [
    'a field that the document did not change was changed',
    resize('up'),
    toState([smaller]),
    toState([smaller]),
    'drift',
  ],
  [
    'one field of others among those of the document is drift',
    resize('mtuBytes', 'up'),
    toState([bridge]),
    toState([smaller]),
    'drift',
  ],
];

describe('causeOf', () => {
  it.each(CASES)('%s', (...[, change, then, now, cause]) => {
    const key = keyOf(change.verb === 'delete' ? change.have : change.want);
    expect(causeOf({ key, change }, then, now)).toBe(cause);
  });

  it('is pending for a step that only helps another one, and is in neither State', () => {
    const change: Change = { verb: 'create', want: neighbour };
    expect(causeOf({ key: keyOf(neighbour), change }, none, none)).toBe('pending');
  });

  it('is drift for every step whose object was desired unchanged before', () => {
    for (const [, change, , now] of CASES) {
      const key = keyOf(change.verb === 'delete' ? change.have : change.want);
      expect(causeOf({ key, change }, now, now)).toBe('drift');
    }
  });
});
