import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasNamespaces } from '../support/namespaces.ts';
import { uniqueName } from '../support/netns.ts';
import { type Fabric, HOST_ENDPOINT, makeFabric, NICS } from './fabric.ts';
import { bootNode, type Node } from './node.ts';
import { startWireserver, type Wireserver } from './wireserver.ts';

const PATH = '/machine/plugins?comp=nmagent&type=getinterfaceinfov1';

/** Returns status and body of a GET from the node. */
async function get(node: Node | undefined, path: string): Promise<{ status: number; body: string }> {
  const program = `const answer = await fetch('http://${HOST_ENDPOINT}${path}');
      console.log(JSON.stringify({ status: answer.status, body: await answer.text() }));`;
  const done = await node?.exec([process.execPath, '--input-type=module', '-e', program]);
  const answer: { status: number; body: string } = JSON.parse(done?.stdout ?? '');
  return answer;
}

const countAddresses = (body: string): number => body.split('<IPAddress ').length - 1;

describe.skipIf(!hasNamespaces)('the host endpoint', () => {
  const root = mkdtempSync(join(tmpdir(), 'vnet-wireserver-'));
  let fabric: Fabric;
  let wireserver: Wireserver;
  let nodes: readonly Node[] = [];

  beforeAll(async () => {
    fabric = makeFabric(uniqueName('fabric'));
    nodes = NICS.map((nic) =>
      bootNode({ fabric, nic, namespace: uniqueName('node'), root: join(root, nic.node) }),
    );
    wireserver = await startWireserver(fabric.netns, NICS);
  });

  afterAll(async () => {
    await wireserver?.stop();
    for (const node of nodes) node.netns.remove();
    fabric?.remove();
    rmSync(root, { recursive: true, force: true });
  });

  it("answers each node with its addresses, in Azure's format", async () => {
    const [first, second] = [await get(nodes[0], PATH), await get(nodes[1], PATH)];
    expect(first.status).toBe(200);
    expect(first.body).toContain('<Interface MacAddress="000D3A51C490" IsPrimary="true">');
    expect(first.body).toContain('<IPAddress Address="10.240.0.35" IsPrimary="true"/>');
    expect(second.body).toContain('<IPAddress Address="10.240.0.96" IsPrimary="false"/>');
    expect([first, second].map((answer) => countAddresses(answer.body))).toEqual([31, 31]);
  });

  it('has no other page, and counts its requests', async () => {
    const before = wireserver.askedCount();
    expect((await get(nodes[0], '/')).status).toBe(404);
    expect(wireserver.askedCount()).toBe(before + 1);
  });

  it('fails, answers with nothing and delays on request', async () => {
    await wireserver.order({ behaviour: 'fail' });
    expect((await get(nodes[0], PATH)).status).toBe(500);
    await wireserver.order({ behaviour: 'empty', delayMs: 300 });
    const started = performance.now();
    expect(countAddresses((await get(nodes[0], PATH)).body)).toBe(1);
    expect(performance.now() - started).toBeGreaterThan(300);
    await wireserver.order({ behaviour: 'answer', delayMs: 0 });
    expect(countAddresses((await get(nodes[0], PATH)).body)).toBe(31);
  });

  it('can be given other addresses while it runs', async () => {
    await wireserver.order({
      nics: NICS.map((nic) => ({ ...nic, secondaries: nic.secondaries.slice(0, 5) })),
    });
    expect(countAddresses((await get(nodes[0], PATH)).body)).toBe(6);
    await wireserver.order({ nics: NICS });
  });
});
