/** Damaged answers of the kernel to an observation, and of the API server to a list and a watch. */
import { listCollection } from '../../reconciler/cluster/api/list.ts';
import type { Transport } from '../../reconciler/cluster/api/transport.ts';
import { watchCollection } from '../../reconciler/cluster/api/watch.ts';
import { parseMessages } from '../../reconciler/kernel/netlink/message.ts';
import { observe } from '../../reconciler/kernel/observe/observe.ts';
import { Sockets } from '../../reconciler/kernel/sockets.ts';
import type { Sys } from '../../reconciler/model/ports/sys.ts';
import { ok } from '../../reconciler/model/result.ts';
import { wholeScope } from '../kernel/contract/expectations.ts';
import { fakeSys } from '../kernel/fake-sys.ts';
import { VirtualClock } from '../cluster/virtual-clock.ts';
import { type Damage, damageBytes } from './damage.ts';

const NLMSG_DONE = 3;
const HEADER_BYTES = 16;
const AT_SEQUENCE = 8;

/** The end of a dump. Source: netlink(7). */
function endOf(sequence: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + 4);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(NLMSG_DONE, 4);
  bytes.writeUInt32LE(sequence, AT_SEQUENCE);
  return bytes;
}

/** Returns the datagram with this sequence number in each message, as far as it has whole messages. */
function renumber(bytes: Uint8Array, sequence: number): Uint8Array {
  const copy = Buffer.from(bytes);
  let at = 0;
  for (const { body } of parseMessages(copy, copy.length)) {
    copy.writeUInt32LE(sequence, at + AT_SEQUENCE);
    at += (HEADER_BYTES + body.length + 3) & ~3;
  }
  return copy;
}

/** Returns the outcome of an observation in which the kernel answers every request with the next datagram, and then ends the answer. */
export function observeDamaged(datagrams: readonly Uint8Array[]): string {
  const { sys, sent } = fakeSys([]);
  let [turn, isEnd] = [0, false];
  const recv: Sys['recv'] = (_fd, into, _flags) => {
    const sequence = Buffer.from(sent.at(-1) ?? []).readUInt32LE(AT_SEQUENCE);
    isEnd = !isEnd;
    const answer = isEnd
      ? renumber(datagrams[turn++ % datagrams.length] ?? new Uint8Array(), sequence)
      : endOf(sequence);
    into.set(answer.subarray(0, into.length));
    return answer.length;
  };
  const sockets = new Sockets({ ...sys, recv }, { readOnly: true, lifetime: 'round' });
  const seen = observe(sockets, wholeScope());
  return seen.ok ? `of ${seen.value.state.size > 0 ? 'some' : 'no'} objects` : seen.error.code;
}

const POD = {
  metadata: { name: 'web', namespace: 'shop', resourceVersion: '7', labels: { app: 'wéb' } },
  spec: { nodeName: 'node-1' },
  status: { podIP: '10.240.0.36' },
};
const item = (at: number): object => ({ ...POD, metadata: { ...POD.metadata, name: `web-${at}` } });

const LIST = Buffer.from(
  JSON.stringify({ kind: 'PodList', metadata: { resourceVersion: '9' }, items: [item(1), item(2), item(3)] }),
);
const EVENTS = Buffer.from(
  [
    { type: 'ADDED', object: item(1) },
    { type: 'MODIFIED', object: item(2) },
    { type: 'DELETED', object: item(1) },
    { type: 'BOOKMARK', object: { metadata: { resourceVersion: '12' } } },
  ]
    .map((event) => `${JSON.stringify(event)}\n`)
    .join(''),
);

/** A server that gives these bytes, cut in pieces, to the first request, and an empty last page to others. */
function serverOf(bytes: Uint8Array, borders: readonly number[]): Transport {
  const cuts = [0, ...borders.map((border) => border % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  let asked = 0;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const [at, cut] of cuts.slice(1).entries()) yield bytes.subarray(cuts[at], cut);
  }
  async function* none(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{"metadata":{"resourceVersion":"9"},"items":[]}');
  }
  return {
    send: async () => {
      asked += 1;
      return ok({ status: 200, retryAfterMs: undefined, chunks: asked === 1 ? chunks() : none() });
    },
    close: () => undefined,
  };
}

const PLACE = { path: '/api/v1/pods', query: {}, keep: (object: object) => object };

/** Resolves to `ok` or the code of the failure. Rejects if a list is accepted whose objects have no name. */
export async function listDamaged(damage: readonly Damage[], borders: readonly number[]): Promise<string> {
  const { signal } = new AbortController();
  const listed = await listCollection(serverOf(damageBytes(LIST, damage), borders), PLACE, {
    isExact: false,
    signal,
  });
  if (!listed.ok) return listed.error.code;
  const { version, items } = listed.value;
  if (typeof version !== 'string') throw new Error('a list without a version');
  for (const [key, { version: own }] of items)
    if (key === '' || typeof own !== 'string') throw new Error(`an object ${key} of version ${own}`);
  return 'ok';
}

/** Resolves to `ok` or the code of the failure. Rejects if an event without a version is passed on. */
export async function watchDamaged(damage: readonly Damage[], borders: readonly number[]): Promise<string> {
  const { signal } = new AbortController();
  const ports = { transport: serverOf(damageBytes(EVENTS, damage), borders), clock: new VirtualClock() };
  const check = (text: unknown): void => {
    if (typeof text !== 'string' || text === '') throw new Error(`an event of ${JSON.stringify(text)}`);
  };
  const session = {
    version: '5',
    seconds: 300,
    signal,
    opened: () => undefined,
    seen: check,
    set: (key: string, { version }: { readonly version: string }) => {
      check(key);
      check(version);
    },
    remove: check,
  };
  return (await watchCollection(ports, PLACE, session))?.code ?? 'ok';
}
