/** The live page of an agent in a browser: from the cluster down to the path of a pod. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../../../reconciler/cluster/api/client.ts';
import { createApiClock } from '../../../reconciler/cluster/api/clock.ts';
import { NETWORK_ROLLOUTS, NODE_NETWORKS } from '../../../reconciler/cluster/custom-resources.ts';
import { type CliNode, makeCliNode } from '../../cli/simulated-node.ts';
import { type BrowserPage, chromium, openPage } from '../../support/browser.ts';
import { isLong } from '../../support/long.ts';
import { must } from '../../support/must.ts';
import { isSkipped } from '../../support/skip.ts';
import { freePort } from '../contract/free-port.ts';
import { type FakeServer, serveFake } from '../fake/http.ts';
import { adminOf, openVnetCluster, want } from '../fake/vnet-cluster.ts';

const why = `chromium is not installed${isLong ? '' : ' (npm run test:long installs it)'}`;
const EVIL = 'x<img src=x onerror="document.title=1">';
const NODES = 250;

async function addStatus(admin: ApiClient, name: string, at: number): Promise<void> {
  await want(admin, name, { desiredRevision: 'mtu-1400' });
  const is = (status: 'True' | 'False', reason: string) => ({
    status,
    reason,
    message: EVIL,
    lastTransitionTime: '',
  });
  const isBroken = at === 7;
  const conditions = [
    { type: 'Ready', ...is(isBroken ? 'False' : 'True', isBroken ? 'NotConverged' : 'Converged') },
    { type: 'Converged', ...(at % 5 === 0 ? is('False', 'RevisionPending') : is('True', 'Converged')) },
    { type: 'PoolAvailable', ...is('True', 'AddressesFree') },
  ];
  const status = {
    addresses: { capacity: 30, free: 30 - (at % 30) },
    revision: { desired: 'mtu-1400', confirmed: at % 5 === 0 ? 'mtu-1500' : 'mtu-1400' },
    drift: { count: isBroken ? 2 : 0, objects: isBroken ? ['link azure0', 'route 10.9.0.0/16'] : [] },
    conditions,
  };
  const options = { manager: 'vnet-agent', subresource: 'status' } as const;
  must(await admin.apply(NODE_NETWORKS, { metadata: { name }, status }, options));
}

async function addRollout(admin: ApiClient): Promise<void> {
  must(await admin.create(NETWORK_ROLLOUTS, { metadata: { name: 'mtu' }, spec: { revision: 'mtu-1400' } }));
  const status = {
    phase: 'Progressing',
    step: 4,
    nodes: { total: NODES, confirmed: 200, updating: 10, failed: 1, waiting: 39 },
  };
  const options = { manager: 'vnet-controller', subresource: 'status' } as const;
  must(await admin.apply(NETWORK_ROLLOUTS, { metadata: { name: 'mtu' }, status }, options));
}

describe.skipIf(isSkipped('the live page in a browser', chromium === undefined ? why : undefined))(
  'the live page, in a browser',
  () => {
    const cluster = openVnetCluster(createApiClock());
    const admin = adminOf(cluster);
    let cli: CliNode;
    let server: FakeServer;
    let agent: ChildProcess;
    let ended: Promise<unknown>;
    let page: BrowserPage;
    beforeAll(async () => {
      cli = makeCliNode();
      server = await serveFake(cluster);
      for (let at = 0; at < NODES; at += 1) await addStatus(admin, `node-${at}`, at);
      await addRollout(admin);
      const config = {
        'current-context': 'lab',
        contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'me' } }],
        clusters: [{ name: 'lab', cluster: { server: server.url } }],
        users: [{ name: 'me', user: {} }],
      };
      const port = await freePort();
      const kubeconfig = cli.file('kubeconfig', JSON.stringify(config));
      const words = cli.command(
        'agent',
        '--node',
        'node-1',
        '--kubeconfig',
        kubeconfig,
        '--page',
        `127.0.0.1:${port}`,
      );
      agent = spawn(words[0] ?? '', words.slice(1), { env: cli.env, stdio: 'ignore' });
      ended = once(agent, 'exit');
      let isUp = false;
      while (!isUp)
        isUp = await fetch(`http://127.0.0.1:${port}/`).then(
          ({ ok }) => ok,
          () => false,
        );
      page = await openPage(`http://127.0.0.1:${port}/`);
    });
    afterAll(async () => {
      await page.close();
      agent.kill('SIGKILL');
      await ended;
      await server.close();
      cli.remove();
    });

    const text = async (): Promise<string> => String(await page.evaluate('document.body.innerText'));
    /** Keeps a picture where the developer asks for one. */
    const keep = async (name: string): Promise<void> => {
      const folder = process.env['VNET_TEST_PICTURES'];
      if (folder !== undefined) writeFileSync(`${folder}/${name}.png`, await page.screenshot());
    };

    it('shows the cluster: nodes, addresses, drift, rollouts; and what changes, at once', async () => {
      await page.until(`document.querySelectorAll('.map a').length === ${NODES}`);
      await page.until("document.getElementById('link').textContent === 'live'");
      // The cluster lists rollouts after nodes.
      await page.until("document.body.innerText.includes('revision mtu-1400')");
      const shown = await text();
      expect(shown).toMatch(/Progressing, step 4/);
      expect(shown).toContain('200 confirmed, 10 updating, 1 failed, 39 waiting');
      expect(shown).toMatch(/2\n?drifted objects on 1 nodes/);
      expect(await page.evaluate("document.querySelectorAll('.map a.bad').length")).toBe(1);
      await keep('cluster');
      await addStatus(admin, 'node-new', 1);
      await page.until(`document.querySelectorAll('.map a').length === ${NODES + 1}`);
      must(await admin.delete(NODE_NETWORKS, { name: 'node-new' }));
      await page.until(`document.querySelectorAll('.map a').length === ${NODES}`);
    });

    it('goes down to a node and its conditions; texts of the cluster are never markup', async () => {
      await page.evaluate("location.hash = '#node/node-7'");
      await page.until("document.body.innerText.includes('route 10.9.0.0/16')");
      expect(await text()).toContain(EVIL);
      expect(await page.evaluate("document.querySelectorAll('img').length")).toBe(0);
    });

    it('goes down to a pod of this node and the path of its packets, and follows a change there', async () => {
      await page.evaluate("location.hash = '#node/node-1'");
      await page.until("document.body.innerText.includes('default/web-0')");
      await page.evaluate('document.querySelector(\'a[href^="#pod/"]\').click()');
      await page.until("document.querySelectorAll('.hop').length === 4");
      expect((await text()).replaceAll('\n', ' ')).toMatch(
        /in the pod eth0 .*10\.240\.0\.36\/16.*host veth azv49407503e2f .*port of azure0.*bridge azure0.*uplink eth0/,
      );
      await keep('pod');
      cli.kernel.play((kernel) =>
        kernel.tamper({
          verb: 'delete',
          have: must(
            kernel.observe({ whole: true, devices: [], pods: [], sysctls: [], entries: [] }),
          ).state.get('link azv49407503e2f') as never,
        }),
      );
      await page.until("document.querySelectorAll('.hop.absent').length > 0");
    });

    it('says when the agent has gone', async () => {
      agent.kill('SIGKILL');
      await page.until("document.getElementById('link').textContent !== 'live'");
      expect(await page.evaluate("document.getElementById('link').textContent")).toBe(
        'the agent does not answer',
      );
    });
  },
);
