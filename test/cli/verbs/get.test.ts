import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../reconciler/app/exit-codes.ts';
import { get, type GetChoice } from '../../../reconciler/cli/verbs/look/run-get.ts';
import { parseYaml } from '../../../reconciler/document/yaml/parse.ts';
import { validateDocument } from '../../../reconciler/document/check/validate.ts';
import { loadFormat } from '../../../reconciler/app/print.ts';
import { failure, ok } from '../../../reconciler/model/result.ts';
import { documentOf, endpointOf, idOf, netnsOf, NETWORK } from '../../support/node.ts';
import { capture } from '../../support/output.ts';
import { convergedNode, type LookNode } from './look-support.ts';

const ASKED: GetChoice = { what: 'endpoints', name: undefined, side: undefined, format: 'text' };

async function ask({ session }: Pick<LookNode, 'session'>, choice: Partial<GetChoice> = {}) {
  await loadFormat(choice.format === 'yaml' ? 'yaml' : 'text');
  const output = capture();
  return { result: get(session, { ...ASKED, ...choice }, output), ...output };
}

describe('vnet get endpoints', () => {
  it('lists all that leads from the pod to the bridge', async () => {
    const node = convergedNode([0]);
    const seen = await ask(node, { format: 'json' });
    const { hostVeth, mac } = endpointOf(0);
    expect(JSON.parse(seen.out())).toEqual([
      expect.objectContaining({
        id: idOf(0),
        pod: 'default/web-0',
        netns: netnsOf(0),
        ifName: 'eth0',
        hostVeth,
        bridge: 'azure0',
        mac,
        addresses: ['10.240.0.36/16'],
        state: 'ready',
      }),
    ]);
    const [head = ''] = (await ask(node)).out().split('\n');
    expect(head.split(/ {2,}/)).toEqual([
      'POD',
      'CONTAINER',
      'NETNS',
      'INTERFACE',
      'HOST VETH',
      'BRIDGE',
      'MAC',
      'ADDRESSES',
      'STATE',
    ]);
    expect((await ask(node, { format: 'wide' })).out()).toContain(idOf(0));
  });

  it.each(['web-1', 'default/web-1', '10.240.0.37', '10.240.0.37/16', 'pod-1', 'c00000000001'])(
    'finds one by %s',
    async (name) => {
      const seen = await ask(convergedNode([0, 1]), { name, format: 'json' });
      expect(JSON.parse(seen.out())).toMatchObject([{ id: idOf(1) }]);
    },
  );

  it('exits 66 for a name that nothing has', async () => {
    const seen = await ask(convergedNode([0]), { name: 'web-9' });
    expect(seen.result).toEqual(ok(EXIT.noInput));
    expect(seen.err()).toContain('vnet get endpoints');
  });

  it('shows the kernel with --live, the document with --desired', async () => {
    const node = convergedNode([0, 1]);
    node.breakObject(`link ${endpointOf(1).hostVeth ?? ''}`);
    const ids = async (side: GetChoice['side']): Promise<readonly string[]> => {
      const values = JSON.parse((await ask(node, { side, format: 'json' })).out()) as { id: string }[];
      return values.map(({ id }) => id);
    };
    expect(await ids('live')).toEqual([idOf(0)]);
    expect(await ids('desired')).toEqual([idOf(0), idOf(1)]);
  });
});

describe("vnet get of the kernel's objects", () => {
  it('says of each object how it stands', async () => {
    const node = convergedNode([0]);
    node.breakObject('neighbour 10.240.0.36 dev azure0');
    node.breakObject('link azure0', { mtuBytes: 1400 });
    expect((await ask(node, { what: 'neighbours' })).out()).toMatch(
      /10\.240\.0\.36 .*default\/web-0 +missing \(drift\)/,
    );
    expect((await ask(node, { what: 'bridges' })).out()).toMatch(
      /azure0 +azure .* differs: mtu want 1500 have 1400 \(drift\)/,
    );
    expect((await ask(node, { what: 'bridges', side: 'live' })).out()).toMatch(
      /azure0 +azure +\S+ +1400 +up +eth0 +1$/m,
    );
    expect((await ask(node, { what: 'networks' })).out()).toMatch(/azure +bridge .* drifted \(1\)$/m);
    const routes = await ask(node, { what: 'routes', format: 'json', name: 'default/web-0' });
    expect(JSON.parse(routes.out())).toMatchObject([
      { key: `route default netns ${netnsOf(0)}`, state: 'ok' },
    ]);
  });

  it('needs no kernel for the document', async () => {
    const node = convergedNode([0]);
    const kernel = {
      ...node.session.kernel,
      observe: () => ({ ok: false, error: failure('io', 'observe', 'no kernel') }) as const,
    };
    const session = { ...node.session, kernel };
    expect((await ask({ session }, { what: 'routes' })).result.ok).toBe(false);
    const desired = await ask({ session }, { what: 'routes', side: 'desired' });
    expect(desired.result).toEqual(ok(EXIT.done));
    expect(desired.out()).toMatch(/^default +10\.240\.0\.1 +azure0/m);
  });
});

describe('vnet get pool and reservations', () => {
  it('names the holder of each address, and free addresses', async () => {
    const node = convergedNode([0]);
    const network = {
      ...NETWORK,
      reservations: [{ pod: 'default/db-0', addresses: ['10.240.0.40'] as const }],
    };
    node.session.store.replace(documentOf([0], network));
    const pool = (await ask(node, { what: 'pool' })).out();
    expect(pool).toMatch(/10\.240\.0\.36 +used +default\/web-0/);
    expect(pool).toMatch(/10\.240\.0\.40 +reserved +default\/db-0/);
    expect(pool).toMatch(/10\.240\.0\.37-10\.240\.0\.39 +free/);
    expect((await ask(node, { what: 'reservations' })).out()).toMatch(
      /db-0 +eth0 +10\.240\.0\.40 +- +unlimited +waiting/,
    );
  });
});

describe('vnet get document', () => {
  it('with --live is valid against the schema, in YAML and JSON alike', async () => {
    const node = convergedNode([0]);
    const yaml = await ask(node, { what: 'document', side: 'live', format: 'yaml' });
    const parsed = parseYaml(yaml.out());
    const value = 'value' in parsed ? parsed.value : undefined;
    expect(validateDocument(value)).toMatchObject({ ok: true });
    expect(JSON.parse((await ask(node, { what: 'document', side: 'live', format: 'json' })).out())).toEqual(
      value,
    );
  });

  it('prints the document as written without a side; want and have with --both', async () => {
    const node = convergedNode([0]);
    const text = node.session.store.read();
    expect((await ask(node, { what: 'document' })).out()).toBe(text.ok ? text.value?.text.trimEnd() : '');
    const both = JSON.parse(
      (await ask(node, { what: 'document', side: 'both', format: 'json' })).out(),
    ) as object;
    expect(Object.keys(both)).toEqual(['want', 'have']);
  });

  it('says that there is none yet', async () => {
    const node = convergedNode([]);
    node.session.store.replace(undefined);
    expect((await ask(node, { what: 'document' })).result).toEqual(ok(EXIT.done));
    expect((await ask(node, { what: 'pool', format: 'json' })).out()).toBe('[]');
  });
});
