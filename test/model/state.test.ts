import { describe, expect, it } from 'vitest';
import { Collection, entriesOf } from '../../reconciler/model/desired.ts';
import { forEachIn, type NetObject, type State, toState } from '../../reconciler/model/state.ts';

const setting = (name: string, value = '0'): NetObject => ({ kind: 'sysctl', netns: '', name, value });

/** All ways to iterate a State. */
const WALKS: Readonly<Record<string, (state: State) => readonly unknown[]>> = {
  itself: (state) => Array.from(state, ([key]) => key),
  entries: (state) => Array.from(state.entries(), ([key]) => key),
  keys: (state) => Array.from(state.keys()),
  values: (state) => Array.from(state.values(), (object) => 'name' in object && `sysctl ${object.name}`),
  forEach: (state) => {
    const keys: string[] = [];
    state.forEach((_, key) => void keys.push(key));
    return keys;
  },
};

describe('a State', () => {
  it.each(Object.entries(WALKS))('is walked through in the order of its keys: %s', (_name, walk) => {
    const state = toState(['b', 'c', 'a'].map((name) => setting(name)));
    expect(walk(state)).toEqual(['sysctl a', 'sysctl b', 'sysctl c']);
    expect(walk(state)).toEqual(['sysctl a', 'sysctl b', 'sysctl c']);
  });

  it('keeps the last of one key, whether it was walked through or not', () => {
    const state = toState([setting('a', '1'), setting('a', '2')]);
    expect(state.get('sysctl a')).toEqual(setting('a', '2'));
    expect(Array.from(state.values())).toEqual([setting('a', '2')]);
    expect(state.size).toBe(1);
  });

  it('is seen whole without an order', () => {
    const seen = new Map<string, NetObject>();
    const state = toState([setting('b'), setting('a')]);
    forEachIn(state, (object, key) => void seen.set(key, object));
    expect(seen).toEqual(new Map(state));
    expect(seen.size).toBe(2);
  });
});

describe('ownership of desired objects', () => {
  it('is the last owner that desires it, else the first that leaves it behind', () => {
    const desired = new Collection();
    desired.claim('leaving', entriesOf([setting('a'), setting('b')]));
    desired.claim('left long ago', entriesOf([setting('b'), setting('c')]));
    desired.add('new', [setting('a')]);
    desired.claim('late', entriesOf([setting('a')]));
    const { state, owners } = desired.finish();
    expect([...state.keys()]).toEqual(['sysctl a']);
    expect(Object.fromEntries(owners)).toEqual({
      'sysctl a': 'new',
      'sysctl b': 'leaving',
      'sysctl c': 'left long ago',
    });
  });
});
