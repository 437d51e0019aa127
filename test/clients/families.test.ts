/** Pods with IPv6 addresses alone, and with both families, as real containerd and real podman start them. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DUAL_NICS, OUTSIDES } from '../lab/fabric.ts';
import { LAB_MODES } from '../lab/modes.ts';
import { ipamOf } from '../node/mode-cases.ts';
import { BIN } from '../plugin/live-node.ts';
import { pendingIn } from '../support/exec.ts';
import { isLong } from '../support/long.ts';
import { buildClientLab, type ClientLab } from './client-lab.ts';
import { criOf, importImage, startContainerd, whyNotContainerd } from './containerd.ts';
import { awaitPage, type Machine, until, whyNotPodman } from './machine.ts';
import { openPodman } from './podman.ts';

const [HOST_PORT, WEB_PORT] = [8080, 80];

/** A pod as its client sees it. */
type Running = { readonly addresses: readonly string[]; readonly remove: () => Promise<void> };

/** Shape: `run` starts a pod with a web server; with `isPublished`, the node's HOST_PORT leads to it. */
type Client = {
  readonly name: string;
  readonly reason: string | undefined;
  readonly prepare: (lab: ClientLab) => Promise<void>;
  readonly run: (lab: ClientLab, name: string, isPublished: boolean) => Promise<Running>;
};

const CONTAINERD: Client = {
  name: 'containerd',
  reason: whyNotContainerd(),
  prepare: async (lab) => {
    await startContainerd(lab);
    await importImage(lab);
  },
  run: async (lab, name, isPublished) => {
    const cri = criOf(lab);
    const ports = isPublished ? [{ hostPort: HOST_PORT, containerPort: WEB_PORT }] : [];
    const id = await cri.runPod({ name, attempt: 0, cgroup: `/${lab.cgroup}`, ports });
    const remove = async (): Promise<void> => {
      await cri.stopPod(id);
      await cri.removePod(id);
    };
    return { addresses: await cri.addressesOf(id), remove };
  },
};

const PODMAN: Client = {
  name: 'podman',
  reason: whyNotPodman(),
  prepare: () => Promise.resolve(),
  run: async (lab, name, isPublished) => {
    const podman = openPodman(lab);
    await podman.start(name, ...(isPublished ? ['--publish', `${HOST_PORT}:${WEB_PORT}`] : []));
    const format = '{{json .NetworkSettings.Networks.azure}}';
    const seen: { readonly IPAddress: string; readonly GlobalIPv6Address: string } = JSON.parse(
      await podman.run('inspect', '--format', format, name),
    );
    return {
      addresses: [seen.IPAddress, seen.GlobalIPv6Address].filter((address) => address !== ''),
      remove: async () => void (await podman.run('rm', '--force', '--time', '1', name)),
    };
  },
};

for (const { name, reason } of [CONTAINERD, PODMAN])
  if (reason !== undefined) console.log(`${name} is not tried with IPv6: ${reason}`);

/** In the short form, three modes, and each client has one of the two kinds of pods in each. */
const CASES = LAB_MODES.flatMap((mode, index) =>
  [CONTAINERD, PODMAN].flatMap((client, nth) =>
    [true, false].map((isDual) => ({
      mode,
      client,
      isDual,
      isShort: (index + nth) % 2 === (isDual ? 0 : 1),
    })),
  ),
).filter(({ mode, client, isShort }) => {
  const isTried = isLong || (isShort && ['bridge', 'transparent', 'routed'].includes(mode.name));
  return isTried && client.reason === undefined;
});

const NAMED = CASES.map((one) => ({
  ...one,
  title: `${one.client.name}, mode ${one.mode.name}, ${one.isDual ? 'both families' : 'IPv6 alone'}`,
}));

describe.each(NAMED)('$title', ({ client, mode, isDual }) => {
  let lab: ClientLab;
  let [web, side]: readonly (Running & { readonly netns: string })[] = [];
  const isRouted = mode.name === 'routed';
  const pods = (): readonly [Running & { readonly netns: string }, Running & { readonly netns: string }] => {
    if (web === undefined || side === undefined) throw new Error('the pods were not started');
    return [web, side];
  };
  const run = async (name: string, isPublished: boolean) => {
    const started = await client.run(lab, name, isPublished);
    const netns = lab.recorder.take('azure-vnet').findLast(({ verb }) => verb === 'ADD')?.env['CNI_NETNS'];
    return { ...started, netns: netns ?? '' };
  };
  const inside = (netns: string): Machine['exec'] => {
    return (argv, options) => lab.machine.exec(['nsenter', `--net=${netns}`, '--', ...argv], options);
  };
  const expectAnswer = async (netns: string, address: string): Promise<void> => {
    const ping = ['ping', '-n', '-q', '-c', '1', '-w', '5', address];
    await until(async () => (await inside(netns)(ping)).code === 0).catch((error: unknown) => {
      throw new Error(`no answer of ${address}`, { cause: error });
    });
  };
  const expected = (last: number): readonly string[] => {
    const four = isRouted ? `10.244.0.${last - 34}` : `10.240.0.${last}`;
    const six = isRouted ? `fd00:244::${last - 34}` : `fd00:240::${last}`;
    return isDual ? [four, six] : [six];
  };

  beforeAll(async () => {
    const name = mode.config['mode'] ?? mode.name;
    lab = await buildClientLab('1.0.0', { ...mode, ipam: (nic) => ipamOf(name, isDual, nic) }, DUAL_NICS);
    await client.prepare(lab);
  });
  afterAll(() => lab.remove());

  it('starts pods, and reports all their addresses', async () => {
    [web, side] = [await run('web', true), await run('side', false)];
    expect([web.addresses, side.addresses]).toEqual([expected(36), expected(37)]);
    expect(lab.addresses()).toEqual([...expected(36), ...expected(37)]);
    // Ready at once: without duplicate address detection.
    const tentative = ['ip', '-6', 'addr', 'show', 'dev', 'eth0', 'scope', 'global', 'tentative'];
    expect((await inside(web.netns)(tentative)).stdout).toBe('');
  });

  it('has pods that reach each other, both nodes and the outside, and are reached from another node', async () => {
    const [one, two] = pods();
    for (const address of two.addresses)
      expect(await awaitPage(inside(one.netns), address, WEB_PORT)).not.toBe('');
    for (const address of one.addresses) {
      const family = address.includes(':') ? 6 : 4;
      const nodes = DUAL_NICS.map((nic) => (family === 4 ? nic.primary : (nic.ipv6?.primary ?? '')));
      for (const target of [...nodes, OUTSIDES[family]]) await expectAnswer(one.netns, target);
      expect(await lab.pageFromOther(address, WEB_PORT)).not.toBe('');
    }
  });

  it('publishes a port on the addresses of the node', async () => {
    const nodes = [...(isDual ? [DUAL_NICS[0].primary] : []), DUAL_NICS[0].ipv6?.primary ?? ''];
    for (const address of nodes) expect(await lab.pageFromOther(address, HOST_PORT)).not.toBe('');
  });

  it('leaves nothing behind', async () => {
    for (const { remove } of pods()) await remove();
    expect([lab.addresses(), await lab.veths()]).toEqual([[], []]);
    const commands = [
      'ip route',
      'ip -6 route',
      'ip neigh',
      'bridge fdb',
      'nft list ruleset',
      'ip6tables-save',
    ];
    const listed = await Promise.all(commands.map((command) => lab.machine.must(...command.split(' '))));
    for (const address of [...expected(36), ...expected(37)])
      expect(listed.join('\n').split(/[\s,/]+/)).not.toContain(address);
    const round = await lab.machine.exec([join(BIN, 'vnet'), 'reconcile', '--dry-run'], {
      env: { VNET_NODE: DUAL_NICS[0].node },
    });
    expect(pendingIn(round)).toBe('');
  });
});
