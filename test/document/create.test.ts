import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archive } from '../../reconciler/document/history/archive.ts';
import { renderBlock, creation, renderNewDocument } from '../../reconciler/document/yaml/create.ts';
import { extractHead } from '../../reconciler/document/text/head.ts';
import { parseYaml } from '../../reconciler/document/yaml/parse.ts';
import { slowPath } from '../../reconciler/document/yaml/slow.ts';
import { createStore } from '../../reconciler/document/store/store.ts';
import { ok } from '../../reconciler/model/result.ts';
import type { BridgeNetwork } from '../../schemas/generated/vnet.ts';
import { createMemorySys } from './support/memory-sys.ts';
import { endpointOf, idOf, NETWORK } from './support/samples.ts';

const BOOT_ID = '6f2b9a4e-1c53-4c1e-9a57-0d8e3f1b7c20';

const plain = fc.jsonValue({ maxDepth: 4, noUnicodeString: false });

const words = fc.constantFrom(
  'node-1',
  'true',
  '12',
  'x: y',
  '\n  generation: 7',
  '# a',
  '  bootId: ',
  'é',
  '"',
);

/** A valid network. */
const BRIDGE = NETWORK as BridgeNetwork;

const networks = fc.dictionary(
  fc.constantFrom('azure', 'true', '12'),
  fc.record({ routes: fc.constantFrom(true, false), bridge: fc.constantFrom('azure0', '0', 'a b') }).map(
    ({ routes, bridge }): BridgeNetwork => ({
      ...BRIDGE,
      bridge: { name: bridge },
      ...(routes ? { routes: [{ to: '10.9.0.0/16', via: '10.240.0.9' }, { to: '10.8.0.0/16' }] } : {}),
    }),
  ),
  { maxKeys: 1 },
);

describe('a document that does not exist yet', () => {
  it('law: YAML reads a value that was rendered in blocks as the same value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), plain), (value) => {
        const parsed = parseYaml(renderBlock(value, 0));
        if (!('value' in parsed)) throw new Error(JSON.stringify(parsed));
        expect(parsed.value ?? {}).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("law: equals the slow path's reading of its text, or is left to the slow path", () => {
    let count = 0;
    fc.assert(
      fc.property(words, fc.option(fc.constant(BOOT_ID)), networks, (node, bootId, some) => {
        const contents = { node, bootId: bootId ?? undefined, networks: some };
        const text = renderNewDocument(contents);
        const [made, read] = [creation.create(contents), slowPath.read(text, 'vnet.yaml')];
        expect(made !== undefined).toBe(read.ok);
        if (read.ok) {
          count += 1;
          const head = extractHead(text, read.value);
          expect(made).toEqual({ ...read.value, text, head, learned: true });
        }
      }),
    );
    expect(count).toBeGreaterThan(10);
  });

  it('is left to the slow path when something is wrong with it', () => {
    const bad = { ...NETWORK, pools: { ipv4: { ...NETWORK.pools.ipv4, gateway: '10.241.0.1' } } };
    expect(creation.create({ node: 'node-1', bootId: BOOT_ID, networks: { azure: bad } })).toBeUndefined();
  });

  it('is written, with its first endpoint, by a node that has not loaded the YAML library', () => {
    const memory = createMemorySys();
    for (const path of ['/var', '/var/lib', '/var/lib/vnet', '/run']) memory.sys.mkdir(path, 0o755);
    const paths = { document: '/var/lib/vnet/vnet.yaml', runDirectory: '/run/vnet' };
    const library = { loaded: () => ({ creation, archive }) };
    const store = createStore(memory.sys, paths, 'node-1', { library });
    const edit = {
      bootId: BOOT_ID,
      networks: new Map([['azure', NETWORK]]),
      endpoints: new Map([[idOf(0), endpointOf(0)]]),
    };
    const done = store.transact('test', () => ok({ edit, value: undefined }));
    expect(done.ok).toBe(true);
    const read = store.read();
    expect(read.ok && read.value?.document.endpoints).toEqual({ [idOf(0)]: endpointOf(0) });
  });
});
