import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextDelayMs, watchSeconds } from '../../../reconciler/cluster/api/backoff.ts';
import { splitLines } from '../../../reconciler/cluster/api/lines.ts';
import { readListItems } from '../../../reconciler/cluster/api/list-items.ts';
import { createObjectCache } from '../../../reconciler/cluster/api/objects.ts';
import {
  collectionPath,
  EVENTS,
  LEASES,
  NODES,
  objectPath,
} from '../../../reconciler/cluster/api/resources.ts';
import { openSecret } from '../../../reconciler/cluster/api/secrets.ts';
import { apiFailure, isVersionGone } from '../../../reconciler/cluster/api/status.ts';

/** The bytes in chunks whose borders are anywhere. */
function chunksOf(bytes: Uint8Array, borders: readonly number[]): readonly Uint8Array[] {
  const cuts = [0, ...borders.map((border) => border % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  return cuts.slice(1).map((cut, index) => bytes.subarray(cuts[index], cut));
}

const borders = fc.array(fc.nat(), { maxLength: 20 });

describe('lines', () => {
  it('do not depend on the borders of the chunks', () => {
    const line = fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text));
    fc.assert(
      fc.property(fc.array(line), borders, (lines, cuts) => {
        const splitter = splitLines();
        const bytes = new TextEncoder().encode(lines.map((each) => `${each}\n`).join(''));
        expect(chunksOf(bytes, cuts).flatMap((chunk) => splitter.push(chunk))).toEqual(lines);
        expect(splitter.rest()).toBe(0);
      }),
    );
  });

  it('are strict UTF-8, and an incomplete one is counted', () => {
    const splitter = splitLines();
    expect(splitter.push(new TextEncoder().encode('a\n\nbc'))).toEqual(['a']);
    expect(splitter.rest()).toBe(2);
    expect(() => splitter.push(new Uint8Array([0xff, 10]))).toThrow(TypeError);
  });
});

describe('the items of a list', () => {
  const item = fc.dictionary(
    fc.string({ unit: 'grapheme' }),
    fc.json().map((text): unknown => JSON.parse(text)),
  );

  it('do not depend on the borders of the chunks, nor on what they contain', () => {
    fc.assert(
      fc.property(fc.array(item), item, borders, fc.boolean(), (items, metadata, cuts, isSpaced) => {
        const list = { kind: 'PodList', metadata, items, more: [1] };
        const bytes = new TextEncoder().encode(JSON.stringify(list, undefined, isSpaced ? 2 : undefined));
        const reader = readListItems();
        const read = chunksOf(bytes, cuts).flatMap((chunk) => reader.push(chunk));
        expect(read.map((text): unknown => JSON.parse(text))).toEqual(JSON.parse(JSON.stringify(items)));
        expect(JSON.parse(reader.end() ?? '')).toEqual(JSON.parse(JSON.stringify({ ...list, items: [] })));
      }),
    );
  });

  it('of a cut list have no end', () => {
    const reader = readListItems();
    const bytes = new TextEncoder().encode('{"metadata":{},"items":[{"a":1},{"b"');
    expect(reader.push(bytes)).toEqual(['{"a":1}']);
    expect(reader.end()).toBeUndefined();
  });

  it('may be null', () => {
    const reader = readListItems();
    expect(reader.push(new TextEncoder().encode('{"metadata":{},"items":null}'))).toEqual([]);
    expect(reader.end()).toBe('{"metadata":{},"items":null}');
  });
});

describe('a cache', () => {
  it('holds exactly the list that it took over, and its changes lead there', () => {
    const list = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2', '3'));
    fc.assert(
      fc.property(fc.array(list), (lists) => {
        const cache = createObjectCache<string>();
        const replica = new Map<string, string>();
        for (const each of lists) {
          const items = new Map(
            Object.entries(each).map(([key, version]) => [key, { version, object: version }]),
          );
          for (const { kind, key, object } of cache.replace(items)) {
            if (kind === 'delete') replica.delete(key);
            else replica.set(key, object);
          }
          expect(new Map(cache.objects())).toEqual(replica);
          expect(Object.fromEntries(replica)).toEqual({ ...each });
        }
      }),
    );
  });

  it('tells a known version once, and a removal only of something known', () => {
    const cache = createObjectCache<string>();
    expect(cache.set('a', { version: '1', object: 'x' })?.kind).toBe('add');
    expect(cache.set('a', { version: '1', object: 'x' })).toBeUndefined();
    expect(cache.set('a', { version: '2', object: 'y' })?.kind).toBe('update');
    expect(cache.remove('b')).toBeUndefined();
    expect(cache.remove('a')).toEqual({ kind: 'delete', key: 'a', object: 'y' });
    expect(cache.size()).toBe(0);
  });
});

describe('waits', () => {
  it('are between a second and half a minute, and longer after more failures', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, chance) => {
        const delayMs = nextDelayMs(failures, chance);
        expect(delayMs).toBeGreaterThanOrEqual(1000);
        expect(delayMs).toBeLessThanOrEqual(30_000);
        expect(nextDelayMs(failures + 1, chance)).toBeGreaterThanOrEqual(delayMs);
      }),
    );
    expect(nextDelayMs(9, 0.999)).toBeGreaterThan(29_000);
    expect(nextDelayMs(1, 0, 5000)).toBe(6000);
    expect([watchSeconds(0), watchSeconds(0.999)]).toEqual([240, 479]);
  });
});

describe('paths and errors', () => {
  it('are those of Kubernetes', () => {
    expect(objectPath(NODES, { name: 'a/b', subresource: 'status' })).toBe('/api/v1/nodes/a%2Fb/status');
    expect(objectPath(LEASES, { name: 'x', namespace: 'kube-system' })).toBe(
      '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x',
    );
    expect(collectionPath(EVENTS)).toBe('/apis/events.k8s.io/v1/events');
  });

  it('have the server’s words', () => {
    const body = JSON.stringify({ kind: 'Status', message: 'gone', reason: 'Expired', code: 410 });
    const expired = apiFailure('watch', 410, body);
    expect(expired).toMatchObject({
      code: 'interrupted',
      status: 410,
      reason: 'Expired',
      message: 'HTTP 410: gone',
    });
    expect(isVersionGone(expired)).toBe(true);
    expect(isVersionGone(apiFailure('watch', 500, 'oops'))).toBe(false);
    expect(apiFailure('get', 502, '<html>').message).toBe('HTTP 502: <html>');
  });
});

describe('a credential in a file', () => {
  it('is read again after a minute, and at once when it expired; a missing file leaves the last one in use', () => {
    let [text, nowMs]: [string | undefined, number] = ['one\n', 0];
    const secret = openSecret({ file: '/token' }, { readText: () => text, nowMs: () => nowMs });
    expect(secret.text()).toBe('one');
    text = 'two';
    expect(secret.text()).toBe('one');
    nowMs = 60_000;
    expect(secret.text()).toBe('two');
    text = 'three';
    secret.expire();
    expect(secret.text()).toBe('three');
    text = undefined;
    secret.expire();
    expect(secret.text()).toBe('three');
  });
});
