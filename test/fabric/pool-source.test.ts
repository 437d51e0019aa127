import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { refreshPool, type RefreshRequest } from '../../reconciler/fabric/pool-source.ts';
import type { Ipv4Pool } from '../../schemas/generated/vnet.ts';
import { AKS_ANSWER, type EndpointServer, startEndpoint } from './endpoint-server.ts';

const MAC = '00:0d:3a:51:c4:90';
const START = Date.parse('2026-11-21T12:00:00Z');
const OLD: Ipv4Pool = {
  source: 'azure',
  subnet: '10.240.0.0/16',
  gateway: '10.240.0.1',
  addresses: ['10.240.0.36-10.240.0.40'],
  exclude: ['10.240.0.38'],
};

/** For concurrent calls in this process. */
const shared = createSys();

let server: EndpointServer;
let runDirectory: string;
beforeEach(async () => {
  server = await startEndpoint();
  runDirectory = mkdtempSync(join(tmpdir(), 'vnet-pool-'));
});
afterEach(async () => {
  await server.close();
  rmSync(runDirectory, { recursive: true });
});

/** Each call as another process would make it: nothing is shared but the run directory. */
async function refresh(
  atSeconds: number,
  { current, ...more }: Omit<Partial<RefreshRequest>, 'current'> & { readonly current?: Ipv4Pool } = {},
) {
  const result = await refreshPool({
    sys: createSys(),
    runDirectory,
    network: 'azure',
    uplinkMac: MAC,
    url: server.url,
    now: new Date(START + atSeconds * 1000),
    need: 'exhausted',
    ...(current === undefined ? {} : { current: { ipv4: current } }),
    ...more,
  });
  return result.ok ? { ok: true, value: result.value?.ipv4 } : result;
}

describe('refreshPool', () => {
  it('says which entries of the answer were passed over, to every call that uses it', async () => {
    const odd = AKS_ANSWER.replace('</IPSubnet>', '<IPAddress Address="fd00::4"/></IPSubnet>');
    server.answer = (_request, response) => response.end(odd);
    for (const atSeconds of [0, 5]) {
      const notes: string[] = [];
      const pool = await refresh(atSeconds, { need: 'first', note: (line) => void notes.push(line) });
      expect(pool).toMatchObject({ ok: true, value: { addresses: ['10.240.0.36-10.240.0.65'] } });
      expect(notes).toEqual([expect.stringContaining('"fd00::4" is not')]);
    }
    expect(server.asked).toHaveLength(1);
  });

  it('makes the first pool, with the URL that was given', async () => {
    expect(await refresh(0, { need: 'first' })).toEqual({
      ok: true,
      value: {
        source: 'azure',
        subnet: '10.240.0.0/16',
        gateway: '10.240.0.1',
        addresses: ['10.240.0.36-10.240.0.65'],
        url: server.url,
      },
    });
  });

  const dualStack = (): string =>
    AKS_ANSWER.replace(
      '</Interface>',
      '<IPSubnet Prefix="fd00:240::/64"><IPAddress Address="fd00:240::4" IsPrimary="true"/>' +
        '<IPAddress Address="fd00:240::36" IsPrimary="false"/></IPSubnet></Interface>',
    );
  const pools = async (more: Partial<RefreshRequest>) =>
    refreshPool({
      sys: createSys(),
      runDirectory,
      network: 'azure',
      url: server.url,
      now: new Date(START),
      need: 'first',
      ...more,
    });

  it('makes a pool of each family', async () => {
    server.answer = (_request, response) => response.end(dualStack());
    expect(await pools({})).toEqual({
      ok: true,
      value: {
        ipv4: expect.objectContaining({ subnet: '10.240.0.0/16', addresses: ['10.240.0.36-10.240.0.65'] }),
        ipv6: {
          source: 'azure',
          subnet: 'fd00:240::/64',
          gateway: 'fe80::1234:5678:9abc',
          addresses: ['fd00:240::36'],
          url: server.url,
        },
      },
    });
  });

  it('refreshes the families of the document, and adds none', async () => {
    server.answer = (_request, response) => response.end(dualStack());
    const ipv6 = { ...OLD, subnet: 'fd00:240::/64', gateway: 'fe80::1', addresses: [], exclude: [] };
    expect(await pools({ current: { ipv6 } })).toEqual({
      ok: true,
      value: { ipv6: { ...ipv6, addresses: ['fd00:240::36'] } },
    });
    expect(await pools({ current: { ipv4: OLD } })).toEqual({
      ok: true,
      value: { ipv4: { ...OLD, addresses: ['10.240.0.36-10.240.0.65'] } },
    });
  });

  it('changes the addresses of a pool, and nothing else of it', async () => {
    const result = await refresh(0, { current: OLD });
    expect(result).toEqual({ ok: true, value: { ...OLD, addresses: ['10.240.0.36-10.240.0.65'] } });
  });

  it('changes nothing when the addresses are the same, however they are written', async () => {
    const current = {
      ...OLD,
      subnet: '10.240.0.7/16',
      addresses: ['10.240.0.50-10.240.0.65', '10.240.0.36-10.240.0.49'],
    };
    expect(await refresh(0, { current })).toEqual({ ok: true, value: undefined });
  });

  it('keeps a gateway that people chose, unless the subnet moved', async () => {
    const current = { ...OLD, gateway: '10.240.0.254' };
    expect(await refresh(0, { current })).toMatchObject({ value: { gateway: '10.240.0.254' } });
    const moved = { ...OLD, subnet: '10.99.0.0/16', gateway: '10.99.0.1' };
    expect(await refresh(1, { current: moved })).toMatchObject({
      value: { subnet: '10.240.0.0/16', gateway: '10.240.0.1' },
    });
  });

  it('leaves a static pool alone without asking', async () => {
    expect(await refresh(0, { current: { ...OLD, source: 'static' } })).toEqual({
      ok: true,
      value: undefined,
    });
    expect(server.asked).toHaveLength(0);
  });

  it.each([
    ['is empty', 200, '<Interfaces/>'],
    ['is an error', 500, ''],
    ['is garbage', 200, 'garbage'],
  ])('gives a Failure, and no smaller pool, when the answer %s', async (_, status, body) => {
    server.answer = (_request, response) => response.writeHead(status).end(body);
    expect(await refresh(0, { current: OLD })).toMatchObject({ ok: false });
  });

  it.each([
    [
      'that it is given',
      (url: string) => ({ url, current: { ipv4: { ...OLD, url: 'http://127.0.0.1:9' } } }),
    ],
    ['of the pool', (url: string) => ({ current: { ipv4: { ...OLD, url } } })],
  ])('asks the URL %s', async (_whose, urls) => {
    const request = { sys: createSys(), runDirectory, network: 'a', need: 'first' as const };
    const answer = await refreshPool({ ...request, ...urls(server.url), now: new Date(START) });
    expect(answer).toMatchObject({ ok: true });
  });
});

describe('the time between two queries', () => {
  it('is 10 s at least, across processes; until then the last answer is used', async () => {
    await refresh(0, { need: 'first' });
    expect(await refresh(9.9, { current: OLD })).toMatchObject({
      value: { addresses: ['10.240.0.36-10.240.0.65'] },
    });
    expect(await refresh(9.9, { need: 'first' })).toMatchObject({ value: { source: 'azure' } });
    expect(server.asked).toHaveLength(1);
    await refresh(10.1, { current: OLD });
    expect(server.asked).toHaveLength(2);
  });

  it('counts failed queries too, and repeats their Failure', async () => {
    server.answer = (_, response) => response.writeHead(500).end();
    const first = await refresh(0);
    expect(first).toMatchObject({ ok: false, error: { message: 'HTTP status 500' } });
    expect(await refresh(5)).toEqual(first);
    expect(server.asked).toHaveLength(1);
  });

  it('is 60 s for routine refreshes', async () => {
    await refresh(0, { current: OLD });
    expect(await refresh(59, { current: OLD, need: 'routine' })).toEqual({ ok: true, value: undefined });
    expect(server.asked).toHaveLength(1);
    await refresh(61, { current: OLD, need: 'routine' });
    expect(server.asked).toHaveLength(2);
  });

  it('lets one of many first calls ask, and the others use its answer', async () => {
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, index) => refresh(index / 100, { need: 'first', sys: shared })),
    );
    expect(results.every((result) => 'value' in result && result.value?.source === 'azure')).toBe(true);
    expect(server.asked).toHaveLength(1);
  });

  it('is kept for each network, URL and uplink apart', async () => {
    await refresh(0);
    await refresh(1, { network: '../other' });
    await refresh(2, { uplinkMac: '00:0d:3a:00:00:01' });
    expect(server.asked).toHaveLength(3);
    expect(
      readdirSync(runDirectory)
        .filter((name) => name.endsWith('.json'))
        .toSorted(),
    ).toEqual(['pool-..%2Fother.json', 'pool-azure.json']);
  });

  it('does not stop queries when the clock was set back', async () => {
    await refresh(3600);
    await refresh(0);
    expect(server.asked).toHaveLength(2);
  });

  it.each([
    '',
    'not json',
    'null',
    `{"askedAtMs":"x","url":"URL","uplinkMac":"${MAC}","answer":{"ok":true}}`,
    `{"askedAtMs":${START},"url":"URL","uplinkMac":"${MAC}","answer":{"ok":true}}`,
    `{"askedAtMs":${START},"url":"URL","uplinkMac":"${MAC}","answer":{"ok":true,"value":{"addresses":[]}}}`,
    `{"askedAtMs":${START},"url":"URL","uplinkMac":"${MAC}","answer":{"ok":true,"value":{"mac":"*","passedOver":[],"subnets":{}}}}`,
    `{"askedAtMs":${START},"url":"URL","uplinkMac":"${MAC}","answer":{"ok":true,"value":{"mac":"*","passedOver":[],"subnets":{"ipv4":{"subnet":"10.0.0.0/8","gateway":"10.0.0.1","addresses":[]}}}}}`,
    `{"askedAtMs":${START},"url":"URL","uplinkMac":"${MAC}","answer":{"ok":false,"error":{}}}`,
  ])('ignores the record %j', async (text) => {
    writeFileSync(join(runDirectory, 'pool-azure.json'), text.replace('URL', server.url));
    expect(await refresh(0)).toMatchObject({ ok: true, value: { source: 'azure' } });
    expect(JSON.parse(readFileSync(join(runDirectory, 'pool-azure.json'), 'utf8'))).toMatchObject({
      askedAtMs: START,
      answer: { ok: true, value: { subnets: { ipv4: { gateway: '10.240.0.1' } } } },
    });
  });

  it('may be forgotten where nothing can be written: pods start all the same', async () => {
    const nowhere = join(runDirectory, 'a-file');
    writeFileSync(nowhere, '');
    expect(await refresh(0, { runDirectory: nowhere })).toMatchObject({
      ok: true,
      value: { source: 'azure' },
    });
  });
});
