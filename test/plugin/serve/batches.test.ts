import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Batches } from '../../../plugin/serve/batches.ts';
import { createCreationQueue } from '../../../plugin/serve/resident.ts';
import { netnsOf } from '../../support/node.ts';
import { AZURE_CONF, AZURE_POOL, type Caller, createCaller, type Reply, SOURCE_DOWN } from '../caller.ts';
import { longOr } from '../../support/long.ts';

type Call = {
  readonly verb: 'ADD' | 'DEL' | 'CHECK';
  readonly pod: number;
  readonly role: 'azure-vnet' | 'azure-vnet-ipam';
};

/** A runtime's calls for one pod are sequential, those for different pods concurrent. */
const CALLS = fc.uniqueArray(
  fc.record({
    verb: fc.constantFrom('ADD' as const, 'ADD' as const, 'DEL' as const, 'CHECK' as const),
    pod: fc.nat({ max: 9 }),
    role: fc.constantFrom('azure-vnet' as const, 'azure-vnet' as const, 'azure-vnet-ipam' as const),
  }),
  { selector: ({ pod }) => pod, maxLength: 10 },
);

async function inTurn(node: Caller, calls: readonly Call[]): Promise<readonly Reply[]> {
  const replies: Reply[] = [];
  for (const { verb, pod, role } of calls) replies.push(await node.call(verb, { pod, role }));
  return replies;
}

function atOnce(node: Caller, calls: readonly Call[]): Promise<readonly Reply[]> {
  const { perform } = new Batches(setImmediate);
  const turns = createCreationQueue();
  return Promise.all(calls.map(({ verb, pod, role }) => node.call(verb, { pod, role, perform, turns })));
}

/** All state except the number of writes. */
function outcomeOf(node: Caller) {
  const { metadata: _metadata, ...document } = node.document();
  return { document, kernel: node.kernelObjects() };
}

/** Returns the number of transactions in each write from now on. */
function sizesOfWrites({ session: { store } }: Caller): readonly number[] {
  const sizes: number[] = [];
  const { transactAll } = store;
  Object.assign(store, {
    transactAll: (transactions: Parameters<typeof transactAll>[0]) => {
      sizes.push(transactions.length);
      return transactAll(transactions);
    },
  });
  return sizes;
}

function addOf(pod: number): Call {
  return { verb: 'ADD', pod, role: 'azure-vnet' };
}

describe('calls that wait together', () => {
  it('law: are answered, and leave the node, as if made in sequence', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(CALLS, { minLength: 1, maxLength: 4 }), async (bursts) => {
        const [one, other] = [createCaller(), createCaller()];
        for (const burst of bursts) {
          expect(await atOnce(other, burst)).toEqual(await inTurn(one, burst));
          expect(outcomeOf(other)).toEqual(outcomeOf(one));
        }
      }),
      { numRuns: longOr(20, 60) },
    );
  });

  it('are written together: one transaction of all for each thing that all wait for', async () => {
    const node = createCaller();
    const sizes = sizesOfWrites(node);
    const pods = [0, 1, 2, 3, 4, 5, 6, 7];
    const all = (verb: 'ADD' | 'DEL') => pods.map((pod): Call => ({ verb, pod, role: 'azure-vnet' }));
    await atOnce(node, all('ADD'));
    expect(sizes).toEqual([8]);
    await atOnce(node, all('DEL'));
    expect(sizes).toEqual([8, 8, 8]);
  });

  it('include calls that arrive during kernel work in their next write', async () => {
    const node = createCaller();
    await atOnce(node, [0, 1, 2, 3].map(addOf));
    const sizes = sizesOfWrites(node);
    const { perform, noteCall } = new Batches(setImmediate);
    const del = (pod: number) => {
      noteCall();
      return node.call('DEL', { pod, perform });
    };
    let late: Promise<Reply> | undefined;
    const { kernel } = node.session;
    const { apply } = kernel;
    Object.assign(kernel, {
      apply: (changes: Parameters<typeof apply>[0]) => {
        late ??= new Promise((resolve) => void setImmediate(() => resolve(del(3))));
        return apply.call(kernel, changes);
      },
    });
    const replies = await Promise.all([0, 1, 2].map(del));
    expect([...replies, await late].map((reply) => reply?.exitCode)).toEqual([0, 0, 0, 0]);
    expect(sizes).toEqual([3, 4, 1]);
  });

  it('create a missing network once, and query its pool once', async () => {
    const node = createCaller({ document: undefined, pool: AZURE_POOL });
    const calls = [0, 1, 2, 3, 4].map((pod): Call => ({ verb: 'ADD', pod, role: 'azure-vnet' }));
    const replies = await atOnce(node, calls);
    expect(replies.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0]);
    expect(new Set(replies.map(({ json }) => json.ips[0]?.address)).size).toBe(5);
    expect(node.queries()).toBe(1);
  });

  it('read their pods once, also those that wait for the network', async () => {
    const node = createCaller({ document: undefined });
    const read: (string | undefined)[] = [];
    const { kernel } = node.session;
    const { observe } = kernel;
    Object.assign(kernel, {
      observe: (scope: Parameters<typeof observe>[0]) => {
        if (scope.own === true) read.push(scope.pods[0]?.netns);
        return observe.call(kernel, scope);
      },
    });
    const replies = await atOnce(node, [0, 1, 2].map(addOf));
    expect(replies.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    expect(new Set(read)).toEqual(new Set([0, 1, 2].map(netnsOf)));
    expect(read).toHaveLength(3);
  });

  it('each report the error if the network cannot be created', async () => {
    const node = createCaller({ document: undefined, pool: SOURCE_DOWN });
    const calls = [0, 1, 2].map((pod): Call => ({ verb: 'ADD', pod, role: 'azure-vnet' }));
    expect((await atOnce(node, calls)).map(({ json }) => json.code)).toEqual([11, 11, 11]);
  });

  it('have one failing among them that holds up no other', async () => {
    const node = createCaller();
    const { perform } = new Batches(setImmediate);
    const good = [0, 1, 2].map((pod) => node.call('ADD', { pod, perform }));
    const bad = node.call('ADD', {
      pod: 3,
      perform,
      conf: { ...AZURE_CONF, ipam: { type: 'azure-vnet-ipam', ipAddress: '10.9.9.9' } },
    });
    expect((await Promise.all(good)).map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    expect((await bad).exitCode).toBe(1);
    expect(Object.keys(node.document().endpoints ?? {})).toHaveLength(3);
  });

  it('all fail if their common work throws', async () => {
    const node = createCaller();
    Object.assign(node.session.store, {
      transactAll: () => {
        throw new Error('broken');
      },
    });
    const calls = [0, 1].map((pod): Call => ({ verb: 'ADD', pod, role: 'azure-vnet' }));
    const replies = await atOnce(node, calls);
    expect(replies.map(({ json, stderr }) => [json.code, stderr.includes('broken')])).toEqual([
      [999, true],
      [999, true],
    ]);
  });
});
