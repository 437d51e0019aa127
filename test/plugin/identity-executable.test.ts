import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reaches } from '../lab/ping.ts';
import { hostVethName } from '../../reconciler/model/names.ts';
import type { Outcome } from '../support/exec.ts';
import { hasNamespaces } from '../support/namespaces.ts';
import type { Netns } from '../support/netns.ts';
import { BIN, containerOf, LIVE_CONF, type LiveNode, makeLiveNode } from './live-node.ts';

const isBuilt = existsSync(join(BIN, 'azure-vnet'));
const POD = 'shop/db-0';
const ADDRESS = '10.240.0.200';
const MAC = '0a:00:00:00:02:00';

type Printed = {
  readonly code?: number;
  readonly msg?: string;
  readonly details?: string;
  readonly ips?: readonly { readonly address: string }[];
  readonly interfaces?: readonly { readonly name: string; readonly mac?: string }[];
  readonly routes?: readonly { readonly dst: string }[];
};

function printed({ stdout }: Outcome): Printed {
  const value: Printed = JSON.parse(stdout);
  return value;
}

function addressIn(outcome: Outcome): string {
  return printed(outcome).ips?.[0]?.address.split('/')[0] ?? outcome.stdout;
}

/** The CNI_ARGS of a pod with this name. */
function argsOf(pod: string): { readonly CNI_ARGS: string } {
  const [namespace, name] = pod.split('/');
  return { CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=${namespace};K8S_POD_NAME=${name}` };
}

describe.skipIf(!hasNamespaces || !isBuilt)('who holds an address', () => {
  let node: LiveNode;
  beforeEach(() => {
    node = makeLiveNode();
  });
  afterEach(() => node.remove());
  const file = (): string => join(node.root, 'var/lib/vnet/vnet.yaml');
  const add = (pod: Netns, env: object = {}, conf: object = LIVE_CONF): Promise<Outcome> =>
    node.call({ verb: 'ADD', pod, env: { ...env }, conf });
  const del = async (pod: Netns, env: object = {}): Promise<void> => {
    const outcome = await node.call({ verb: 'DEL', pod, env: { ...env } });
    expect(`${outcome.code} ${outcome.stdout}`).toBe('0 ');
  };
  const ids = (): readonly string[] => Object.keys(node.document()?.endpoints ?? {}).toSorted();
  const idOf = (pod: Netns, ifName = 'eth0'): string => `azure/${containerOf(pod)}/${ifName}`;

  /** The administrator's reservation: db-0 of shop always has this address and MAC. */
  async function reserve(): Promise<void> {
    const pod = node.addPod();
    await add(pod);
    await del(pod);
    const text = readFileSync(file(), 'utf8');
    const line = `    reservations:\n      - {pod: ${POD}, addresses: [${ADDRESS}], mac: "${MAC}"}\n`;
    expect(text).toMatch(/^ {4}pools:$/m);
    writeFileSync(file(), text.replace(/^ {4}pools:$/m, `${line}    pools:`));
  }

  it('is a reservation’s pod alone: while it runs, while it is down, and when it comes back', async () => {
    await reserve();
    const [first, thief, second] = [node.addPod(), node.addPod(), node.addPod()];
    for (let round = 0; round < 2; round += 1) {
      const outcome = await add(thief, { CNI_ARGS: `${argsOf('shop/web-1').CNI_ARGS};IP=${ADDRESS}` });
      expect(printed(outcome)).toMatchObject({ code: 102 });
      expect(printed(outcome).msg).toContain(`reserved for ${POD}`);
      const pod = round === 0 ? first : second;
      const added = await add(pod, argsOf(POD));
      expect([addressIn(added), printed(added).interfaces?.[2]?.mac]).toEqual([ADDRESS, MAC]);
      await del(pod, argsOf(POD));
    }
    const others = await Promise.all(Array.from({ length: 5 }, () => add(node.addPod())));
    expect(others.map(addressIn)).not.toContain(ADDRESS);
  });

  it('is named, with its pod, when its address is requested', async () => {
    const [holder, other] = [node.addPod(), node.addPod()];
    await add(holder, { CNI_ARGS: `${argsOf('shop/web-0').CNI_ARGS};IP=${ADDRESS}` });
    const outcome = await add(other, { CNI_ARGS: `IgnoreUnknown=1;IP=${ADDRESS}` });
    expect(printed(outcome)).toMatchObject({ code: 102 });
    expect(printed(outcome).msg).toContain(`${idOf(holder)} (pod shop/web-0)`);
    expect(ids()).toEqual([idOf(holder)]);
  });

  it('is the sandbox: a late DEL of an old one of the same pod frees nothing of the new one', async () => {
    const [old, fresh] = [node.addPod(), node.addPod()];
    const before = addressIn(await add(old, argsOf(POD)));
    const after = addressIn(await add(fresh, argsOf(POD)));
    expect(after).not.toBe(before);
    for (const env of [{}, { CNI_NETNS: '' }]) await del(old, { ...argsOf(POD), ...env });
    expect(ids()).toEqual([idOf(fresh)]);
    expect(node.document()?.released).not.toHaveProperty([`azure/${after}`]);
    expect(reaches(fresh, '10.240.0.1')).toBe(true);
    expect(node.reconcile('--dry-run').code).toBe(0);
  });

  it.each([
    ['eth0', 'net1', false],
    ['net1', 'eth0', false],
    ['eth0', 'net1', true],
    ['net1', 'eth0', true],
  ])(
    'is each interface of a container: %s and then %s deleted, namespace gone: %s',
    async (one, two, gone) => {
      const pod = node.addPod();
      const results = [await add(pod), await add(pod, { CNI_IFNAME: 'net1' })];
      const [eth0, net1] = results.map(addressIn);
      expect(new Set([eth0, net1]).size).toBe(2);
      expect(results.map((result) => printed(result).routes)).toEqual([
        [{ dst: '0.0.0.0/0', gw: '10.240.0.1' }],
        undefined,
      ]);
      expect(pod.mustExec(['ip', 'route', 'show', 'default']).stdout.trim().split('\n')).toHaveLength(1);
      if (gone) pod.remove();
      await del(pod, { CNI_IFNAME: one, ...(gone ? { CNI_NETNS: '' } : {}) });
      expect(ids()).toEqual([idOf(pod, two)]);
      if (!gone) {
        expect(pod.execNow(['ip', 'link', 'show', one]).code).not.toBe(0);
        expect(node.veths()).toEqual([hostVethName('azure', containerOf(pod), two)]);
        expect(node.reconcile('--dry-run').code).toBe(0);
      }
      await del(pod, { CNI_IFNAME: two, CNI_NETNS: '' });
      expect([ids(), node.veths()]).toEqual([[], []]);
      expect(node.reconcile('--dry-run').code).toBe(0);
    },
  );

  it('is distinguished when a second interface is to have its own routes', async () => {
    const pod = node.addPod();
    await add(pod);
    const routes = [{ dst: '10.9.0.0/16' }, { dst: '0.0.0.0/0', priority: 200 }];
    const conf = { ...LIVE_CONF, ipam: { ...LIVE_CONF.ipam, routes } };
    const added = printed(await add(pod, { CNI_IFNAME: 'net1' }, conf));
    expect(added.routes?.map(({ dst }) => dst)).toEqual(['10.9.0.0/16', '0.0.0.0/0']);
    const shown = pod.mustExec(['ip', 'route']).stdout;
    expect(shown).toContain('10.9.0.0/16 via 10.240.0.1 dev net1');
    expect(shown).toContain('default via 10.240.0.1 dev net1 proto static metric 200');
    expect(shown).toMatch(/default via 10\.240\.0\.1 dev eth0 proto static *\n/);
    expect(node.reconcile('--dry-run').code).toBe(0);
    const check = { ...conf, cniVersion: '1.0.0' };
    expect((await node.call({ verb: 'CHECK', pod, env: { CNI_IFNAME: 'net1' }, conf: check })).stdout).toBe(
      '',
    );
  });

  it('is kept by a container that comes back after a reboot in a new namespace, without a DEL', async () => {
    const [old, fresh, next] = [node.addPod(), node.addPod(), node.addPod()];
    const id = { CNI_CONTAINERID: 'podman-1', CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAME=web' };
    const before = addressIn(await add(old, id));
    old.remove();
    mkdirSync(join(node.root, 'proc/sys/kernel/random'), { recursive: true });
    writeFileSync(join(node.root, 'proc/sys/kernel/random/boot_id'), `${randomUUID()}\n`);
    expect(addressIn(await add(fresh, id))).toBe(before);
    expect(ids()).toEqual(['azure/podman-1/eth0']);
    expect(reaches(fresh, '10.240.0.1')).toBe(true);
    expect(addressIn(await add(next))).not.toBe(before);
    expect(node.reconcile('--dry-run').code).toBe(0);
    await del(fresh, id);
    await del(fresh, { ...id, CNI_NETNS: '' });
    expect(ids()).toEqual([idOf(next)]);
  });

  it('is absent for VERSION, which podman calls with dummy variables and no name', async () => {
    const dummy = { CNI_CONTAINERID: 'dummy', CNI_NETNS: 'dummy', CNI_IFNAME: 'dummy', CNI_PATH: 'dummy' };
    const conf = { cniVersion: '1.0.0' };
    for (const program of ['azure-vnet', 'azure-vnet-ipam']) {
      const pod = node.addPod();
      const outcome = await node.call({ verb: 'VERSION', pod, file: program, env: dummy, conf });
      expect(JSON.parse(outcome.stdout).supportedVersions).toHaveLength(7);
      expect([outcome.code, outcome.stderr]).toEqual([0, '']);
    }
    expect(existsSync(file())).toBe(false);
  });

  it.each(['constructor', 'toString', 'valueOf'])('may be in a network with the name %s', async (name) => {
    const [first, second] = [node.addPod(), node.addPod()];
    const conf = { ...LIVE_CONF, name };
    const pool = { subnet: '10.250.0.0/16', addresses: ['10.250.0.36'] };
    const lease = { ...conf, type: 'bridge', ipam: { type: 'azure-vnet-ipam', ...pool } };
    const env = { CNI_ARGS: 'IgnoreUnknown=1' };
    await add(first);
    const leased = await node.call({ verb: 'ADD', pod: second, conf: lease, file: 'azure-vnet-ipam', env });
    expect(addressIn(leased)).toBe('10.250.0.36');
    expect(Object.keys(node.document()?.networks ?? {}).toSorted()).toEqual(['azure', name].toSorted());
    expect(node.reconcile('--dry-run').code).toBe(0);
    await node.call({ verb: 'DEL', pod: second, conf: lease, file: 'azure-vnet-ipam', env });
    expect(ids()).toEqual([idOf(first)]);
  });

  it('is an attachment’s in a network with the name constructor too', async () => {
    const pod = node.addPod();
    const conf = { ...LIVE_CONF, name: 'constructor' };
    expect(addressIn(await add(pod, {}, conf))).toBe('10.240.0.36');
    expect(node.reconcile('--dry-run').code).toBe(0);
    expect((await node.call({ verb: 'DEL', pod, conf })).code).toBe(0);
    expect([ids(), node.veths()]).toEqual([[], []]);
  });
});
