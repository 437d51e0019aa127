import type { Network, Reservation } from '../../../schemas/generated/vnet.ts';
import { describe, expect, it } from 'vitest';
import { createHistory } from '../../../reconciler/document/history/history.ts';
import type { Snapshot } from '../../../reconciler/document/store/store.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { type MemorySys } from '../support/memory-sys.ts';
import { endpointOf, idOf } from '../support/samples.ts';
import { attach, DOCUMENT, save, storeOf, textOf, writtenNode } from '../support/scenarios.ts';
import { wholeLibrary } from '../support/whole-library.ts';

function read(memory: MemorySys): Snapshot {
  const snapshot = storeOf(memory).read();
  if (!snapshot.ok || snapshot.value === undefined) throw new Error(JSON.stringify(snapshot));
  return snapshot.value;
}

function historyOf({ sys }: MemorySys) {
  return createHistory(sys, DOCUMENT, wholeLibrary);
}

function authors(memory: MemorySys): readonly string[] {
  const records = historyOf(memory).records();
  return records.ok ? records.value.map(({ generation, author }) => `${generation} ${author.who}`) : [];
}

const FEWER = '10.240.0.36-10.240.39.255';

/** The text with a comment and a smaller pool, as an administrator would change it. */
function edited(text: string): string {
  return text.replace('# these are ours', '# fewer, by hand').replace('10.240.0.36-10.240.40.255', FEWER);
}

describe('a save by hand', () => {
  it('is in force for the next reader, before anything is written', () => {
    const memory = writtenNode();
    save(memory, edited(textOf(memory)));
    const files = [...memory.files.keys()];
    const { document, isUnrecorded, refused } = read(memory);
    expect(document.networks['azure']?.pools.ipv4?.addresses).toEqual([FEWER]);
    expect(document.metadata.generation).toBe(9);
    expect([isUnrecorded, refused]).toEqual([true, undefined]);
    expect([...memory.files.keys()]).toEqual(files);
  });

  it('becomes a separate generation with the next change, and keeps its comments', () => {
    const memory = writtenNode();
    save(memory, edited(textOf(memory)));
    expect(attach(storeOf(memory), 4).ok).toBe(true);
    expect(textOf(memory)).toContain('# fewer, by hand');
    expect(read(memory).document.metadata.generation).toBe(10);
    expect(authors(memory)).toEqual(['7 taken over', '8 test', '9 hand edit', '10 test']);
  });

  it('becomes one with a change that changes nothing, too', () => {
    const memory = writtenNode();
    save(memory, edited(textOf(memory)));
    expect(storeOf(memory).transact('test', () => ok({ edit: {}, value: 1 })).ok).toBe(true);
    expect(authors(memory)).toEqual(['7 taken over', '8 test', '9 hand edit']);
    expect(read(memory).isUnrecorded).toBe(undefined);
  });

  it('that began from an older generation keeps what came since, endpoints gone and new', () => {
    const memory = writtenNode();
    const held = textOf(memory);
    attach(storeOf(memory), 4);
    const gone = { endpoints: new Map([[idOf(3), undefined]]) };
    storeOf(memory).transact('DEL', () => ok({ edit: gone, value: 1 }));
    save(memory, edited(held));
    const { document } = read(memory);
    expect(Object.keys(document.endpoints ?? {}).toSorted()).toEqual([idOf(0), idOf(1), idOf(4)]);
    expect(document.networks['azure']?.pools.ipv4?.addresses).toEqual([FEWER]);
    attach(storeOf(memory), 5);
    expect(textOf(memory)).toContain('# fewer, by hand');
    expect(textOf(memory)).toContain('  # the first\n');
  });

  it('never removes an endpoint', () => {
    const memory = writtenNode();
    save(memory, textOf(memory).replace(/^endpoints:[^]*/m, 'endpoints: {}\n'));
    expect(Object.keys(read(memory).document.endpoints ?? {})).toHaveLength(3);
  });

  it('without a change says nothing: the latest generation stays', () => {
    const memory = writtenNode();
    const held = textOf(memory);
    attach(storeOf(memory), 4);
    save(memory, held);
    expect(read(memory).document.metadata.generation).toBe(9);
    expect(Object.keys(read(memory).document.endpoints ?? {})).toContain(idOf(4));
    attach(storeOf(memory), 5);
    expect(authors(memory)).toEqual(['7 taken over', '8 test', '9 test', '10 test']);
  });

  it('of nothing but a comment is kept', () => {
    const memory = writtenNode();
    save(memory, textOf(memory).replace('# a node', '# the node of building 7'));
    attach(storeOf(memory), 4);
    expect(textOf(memory).startsWith('# the node of building 7\n')).toBe(true);
  });
});

describe('comments, order, quoting and anchors of the hand-edited part', () => {
  const HEAD = `# the node
apiVersion: vnet.azure/v2
kind: "NodeNetwork"
metadata: {node: 'node-1', generation: 8, bootId: 6f2b9a4e-1c53-4c1e-9a57-0d8e3f1b7c20} # one line
networks:
  azure:
    pools: # before the rest
      ipv4:
        gateway: '10.240.0.1'
        subnet: &subnet "10.240.0.0/16"
        source: static
        addresses: # what the network gave us
          - 10.240.0.36-10.240.0.99 # first
          # the second is for tests
          - 10.240.2.0/24
    mode: bridge
    uplink: &uplink {name: eth0, mac: "00:0d:3a:51:c4:90", addresses: [{address: 10.240.0.35/16}]}
    bridge: {name: azure0}
    reservations:
      - pod: default/db-0 # the database
        addresses: [10.240.0.90]
`;

  it('survive later changes of others in the same network', () => {
    const memory = writtenNode();
    save(memory, `${HEAD}${textOf(memory).slice(textOf(memory).indexOf('endpoints:'))}`);
    expect(attach(storeOf(memory), 4)).toMatchObject({ ok: true });
    const held = textOf(memory);
    const network = read(memory).document.networks['azure'];
    if (network === undefined) throw new Error('the network is there');
    const { ipv4 } = network.pools;
    expect.assert(ipv4 !== undefined);
    const addresses = [...ipv4.addresses, '10.240.3.0/24'];
    const reservations: readonly Reservation[] = [
      { pod: 'default/db-0', addresses: ['10.240.0.91'] },
      { pod: 'default/db-1', addresses: ['10.240.0.92'] },
    ];
    const networks = new Map<string, Network>([
      ['azure', { ...network, pools: { ipv4: { ...ipv4, addresses } }, reservations }],
    ]);
    expect(storeOf(memory).transact('refresh', () => ok({ edit: { networks }, value: 1 }))).toMatchObject({
      ok: true,
    });
    save(memory, held.replace('{name: azure0}', '{name: azure0, mtu: 1400} # smaller'));
    expect(attach(storeOf(memory), 5)).toMatchObject({ ok: true });
    const text = textOf(memory);
    // The YAML library moves a comment behind a map's key to its own line.
    const parts = HEAD.split('\n').flatMap((line) => line.split(/(?=# )/).map((part) => part.trimEnd()));
    for (const part of parts.filter((one) => !/generation|bridge: |0\.90/.test(one)))
      expect(text).toContain(part);
    expect(text).toMatch(/ {6}- pod: default\/db-0 # the database\n {8}addresses: \[10\.240\.0\.91\]\n/);
    expect(text).toContain('        - 10.240.3.0/24\n');
    expect(text).toMatch(/mtu: 1400 ?\} # smaller/);
    expect(text).toContain('default/db-1');
  });
});

describe('a save that conflicts', () => {
  function conflicting(): MemorySys {
    const memory = writtenNode();
    const held = textOf(memory);
    save(memory, held.replace('{name: azure0}', '{name: azure0, mtu: 1400}'));
    attach(storeOf(memory), 4);
    save(memory, held.replace('{name: azure0}', '{name: azure0, mtu: 9000}'));
    return memory;
  }

  it('is reported with all three values, and the last valid generation is in force', () => {
    const { document, refused } = read(conflicting());
    expect(refused?.conflicts).toEqual([
      { path: 'networks.azure.bridge.mtu', base: undefined, yours: 9000, theirs: 1400 },
    ]);
    expect([refused?.base, refused?.file, document.metadata.generation]).toEqual([8, DOCUMENT, 10]);
  });

  it('is moved to its own file by the next change, which applies to the last valid generation', () => {
    const memory = conflicting();
    expect(attach(storeOf(memory), 5).ok).toBe(true);
    expect(textOf(memory, `${DOCUMENT}.refused`)).toContain('mtu: 9000');
    expect(textOf(memory)).toContain('mtu: 1400');
    expect(read(memory).refused).toMatchObject({ file: `${DOCUMENT}.refused`, base: 8 });
    expect(Object.keys(read(memory).document.endpoints ?? {})).toContain(idOf(5));
  });

  it('ends when it is saved again without the overlap', () => {
    const memory = conflicting();
    attach(storeOf(memory), 5);
    const text = textOf(memory, `${DOCUMENT}.refused`);
    save(memory, text.replace('mtu: 9000', 'mtu: 1400, hairpin: true'));
    attach(storeOf(memory), 6);
    expect(read(memory).refused).toBe(undefined);
    expect(textOf(memory)).toContain('{name: azure0, mtu: 1400, hairpin: true}');
    expect([...memory.files.keys()]).toContain('/data/history/13.refused.yaml');
  });
});

describe('a save that is not valid', () => {
  const broken = (text: string): string => text.replace('mode: bridge', 'mode: bride');

  it('is reported with file, line and column, and pods keep starting', () => {
    const memory = writtenNode();
    save(memory, broken(edited(textOf(memory))));
    const { refused, document } = read(memory);
    expect(refused?.issues).toMatchObject([
      { file: DOCUMENT, line: 10, column: 11, path: 'networks.azure.mode' },
    ]);
    expect(document.metadata.generation).toBe(8);
    expect(attach(storeOf(memory), 4).ok).toBe(true);
    expect(textOf(memory)).toContain('# these are ours');
    expect(textOf(memory, `${DOCUMENT}.refused`)).toContain('# fewer, by hand');
    expect(read(memory).refused?.issues).toMatchObject([{ file: `${DOCUMENT}.refused`, line: 10 }]);
  });

  it('never replaces an earlier refused edit, unless it is the same', () => {
    const memory = writtenNode();
    const held = broken(textOf(memory));
    for (const [index, mark] of ['one', 'two', 'two', 'three'].entries()) {
      save(memory, held.replace('# a node', `# ${mark}`));
      attach(storeOf(memory), 10 + index);
    }
    const names = ['', '.1', '.2', '.3'].map(
      (end) => textOf(memory, `${DOCUMENT}.refused${end}`).split('\n')[0],
    );
    expect(names).toEqual(['# one', '# two', '# three', '']);
  });

  it('does not cost the changes after it a second look', () => {
    const memory = writtenNode();
    save(memory, broken(textOf(memory)));
    attach(storeOf(memory), 4);
    memory.calls.length = 0;
    attach(storeOf(memory), 5);
    expect(
      memory.calls.filter((call) => call.endsWith('.yaml') && call.startsWith('open /data/history')),
    ).toEqual([]);
  });

  it('can be dropped; a copy stays in the history', () => {
    const memory = writtenNode();
    save(memory, broken(edited(textOf(memory))));
    attach(storeOf(memory), 4);
    expect(storeOf(memory).discard({ who: 'vnet edit' })).toMatchObject({
      ok: true,
      value: { file: '/data/history/9.refused.yaml' },
    });
    expect(read(memory).refused).toBe(undefined);
    expect(textOf(memory, '/data/history/9.refused.yaml')).toContain('# fewer, by hand');
    expect(storeOf(memory).discard({ who: 'vnet edit' })).toEqual({ ok: true, value: undefined });
  });

  it('of a newer version of the format is not touched at all', () => {
    const memory = writtenNode();
    const newer = textOf(memory).replace('vnet.azure/v2', 'vnet.azure/v3');
    save(memory, newer);
    expect(storeOf(memory).read()).toMatchObject({
      ok: false,
      error: { issues: [{ code: 'newer-version' }] },
    });
    expect(attach(storeOf(memory), 4).ok).toBe(false);
    expect(textOf(memory)).toBe(newer);
  });

  it('of another node is returned unchanged: the reader refuses it', () => {
    const memory = writtenNode();
    const other = textOf(memory).replace('node: node-1', 'node: node-2');
    save(memory, other);
    expect(read(memory).document.metadata.node).toBe('node-2');
    storeOf(memory).transact('test', () => ok({ edit: {}, value: endpointOf(1) }));
    expect(textOf(memory)).toBe(other);
  });
});
