import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHistory } from '../../reconciler/document/history/history.ts';
import { readDocument } from '../../reconciler/document/yaml/read.ts';
import { slowPath } from '../../reconciler/document/yaml/slow.ts';
import { ok } from '../../reconciler/model/result.ts';
import { createMemorySys } from './support/memory-sys.ts';
import { endpointOf, idOf } from './support/samples.ts';
import { attach, DOCUMENT, save, storeOf, textOf } from './support/scenarios.ts';
import { wholeLibrary } from './support/whole-library.ts';

function must<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const V1 = `# a node
apiVersion: vnet.azure/v1 # as it was
kind: NodeNetwork
metadata:
  node: node-1
  generation: 7 # counts
networks:
  azure: # the network
    mode: bridge
    uplink: {name: eth0, mac: "00:0d:3a:51:c4:90", addresses: [{address: 10.240.0.35/16}]}

    # Who may have what.
    pool: # ours
      # the source
      source: static
      # for DNS
      # and nothing else
      dns:
        nameservers: [168.63.129.16]
      gateway: "10.240.0.1"
      subnet:   10.240.0.0/16
      addresses:
      - 10.240.0.36-10.240.0.99 # first
      # - 10.240.1.0/24  not before January

      quarantineSeconds: 300
    bridge: {name: azure0}
    reservations:
      - address: 10.240.0.90 # of the database
        pod: default/db-0
      - {pod: default/db-1, address: "10.240.0.91"}

# below is CNI's
endpoints:
  # the first
  azure/c0/eth0:
    pod: default/pod-0
    addresses: [10.240.0.36/16]
    added: 2026-11-21T11:13:58.986Z
`;

const V2 = V1.replace('vnet.azure/v1', 'vnet.azure/v2')
  .replace(
    /    pool: # ours\n[^]*?300\n/,
    `    pools: # ours
      ipv4:
        # the source
        source: static
        gateway: "10.240.0.1"
        subnet:   10.240.0.0/16
        addresses:
        - 10.240.0.36-10.240.0.99 # first
        # - 10.240.1.0/24  not before January

        quarantineSeconds: 300
    # for DNS
    # and nothing else
    dns:
      nameservers: [168.63.129.16]
`,
  )
  .replace('address: 10.240.0.90', 'addresses: [10.240.0.90]')
  .replace('address: "10.240.0.91"', 'addresses: ["10.240.0.91"]');

function nodeWith(text: string) {
  const memory = createMemorySys();
  save(memory, text);
  return memory;
}

describe('a document of version 1', () => {
  it('is read as its counterpart in version 2', () => {
    expect(must(readDocument(V1, 'vnet.yaml'))).toEqual(must(readDocument(V2, 'vnet.yaml')));
  });

  it('becomes version 2 in its own words: comments, order and blank lines stay', () => {
    expect(slowPath.upgrade(V1)).toBe(V2);
    expect(slowPath.upgrade(V2)).toBe(V2);
    expect(slowPath.upgrade(V1.replaceAll('\n', '\r\n'))).toBe(V2.replaceAll('\n', '\r\n'));
  });

  it.each([
    [
      'flow style',
      (text: string) =>
        text.replace(
          /    pool: # ours\n[^]*?300\n/,
          '    pool: {source: static, subnet: 10.240.0.0/16, gateway: 10.240.0.1, addresses: [10.240.0.64/26]}\n',
        ),
    ],
    ['an anchor', (text: string) => text.replace('pool: # ours', 'pool: &pool # ours')],
    ['no endpoints', (text: string) => text.slice(0, text.indexOf('\n# below'))],
    [
      'JSON',
      (text: string) =>
        JSON.stringify({
          ...must(readDocument(text, 'x')),
          apiVersion: 'vnet.azure/v1',
          networks: {
            azure: {
              mode: 'addresses',
              pool: { source: 'static', subnet: '10.0.0.0/8', gateway: '10.0.0.1', addresses: [] },
            },
          },
          endpoints: {},
        }),
    ],
  ])('is upgraded in another form: %s', (_form, change) => {
    const before = change(V1);
    const after = slowPath.upgrade(before);
    expect(after).toContain('vnet.azure/v2');
    expect(must(readDocument(after, 'vnet.yaml'))).toEqual(must(readDocument(before, 'vnet.yaml')));
  });

  it('is not written by reading, and is version 2 with the first write, which says so in the history', () => {
    const memory = nodeWith(V1);
    expect(must(storeOf(memory).read())?.document.networks['azure']?.pools.ipv4?.gateway).toBe('10.240.0.1');
    expect(textOf(memory)).toBe(V1);
    expect(attach(storeOf(memory), 1)).toMatchObject({ ok: true });
    const head = (text: string): string =>
      text.slice(0, text.indexOf('endpoints:')).replace(/generation: \d+/, '');
    expect(head(textOf(memory))).toBe(head(V2));
    const history = createHistory(memory.sys, DOCUMENT, wholeLibrary);
    const last = must(history.records()).at(-1);
    expect(last?.changes).toContainEqual({
      path: 'apiVersion',
      before: 'vnet.azure/v1',
      after: 'vnet.azure/v2',
    });
    expect(must(history.at(last?.generation ?? 0))?.text).toBe(textOf(memory));
    expect(attach(storeOf(memory), 2)).toMatchObject({ ok: true });
    expect(must(history.at(must(history.records()).at(-1)?.generation ?? 0))?.text).toBe(textOf(memory));
  });

  it('has its errors at their own places', () => {
    const broken = V1.replace('"10.240.0.1"', '"10.241.0.1"').replace('10.240.0.90', '10.250.0.90');
    const read = readDocument(broken, 'vnet.yaml');
    expect.assert(!read.ok);
    expect(read.error.map(({ path, line, column }) => [path, line, column])).toEqual([
      ['networks.azure.pool.gateway', 20, 16],
      ['networks.azure.reservations[0].address', 29, 18],
    ]);
  });

  it('may not say what only version 2 can', () => {
    const read = readDocument(V1.replace('    pool: #', '    pools: {}\n    pool: #'), 'vnet.yaml');
    expect(read).toMatchObject({ ok: false, error: [{ message: 'unknown key "pools"' }] });
  });
});

describe('a document of version 3', () => {
  it('can be read, is never written, and stops every change', () => {
    const text = V2.replace('vnet.azure/v2', 'vnet.azure/v3');
    const memory = nodeWith(text);
    const edit = { endpoints: new Map([[idOf(3), endpointOf(3)]]) };
    expect(storeOf(memory).transact('test', () => ok({ edit, value: 0 }))).toMatchObject({
      ok: false,
      error: { issues: [{ code: 'newer-version' }] },
    });
    expect(textOf(memory)).toBe(text);
  });
});

const BUILDS = join(import.meta.dirname, '../upgrade/fixtures');

it.each(
  readdirSync(BUILDS)
    .flatMap((build) =>
      readdirSync(join(BUILDS, build)).map((scene) =>
        join(BUILDS, build, scene, 'node/var/lib/vnet/vnet.yaml'),
      ),
    )
    .filter((path) => existsSync(path)),
)('the document that an older build wrote means the same after its upgrade: %s', (path) => {
  const before = readFileSync(path, 'utf8');
  const read = readDocument(before, 'vnet.yaml');
  const after = slowPath.upgrade(before);
  expect(after).not.toContain('vnet.azure/v1');
  expect(readDocument(after, 'vnet.yaml')).toEqual(read.ok ? read : expect.objectContaining({ ok: false }));
  const tail = (text: string): string => text.slice(text.indexOf('\nendpoints:'));
  expect(tail(after)).toBe(tail(before));
});
