import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { parseYaml } from '../../reconciler/document/yaml/parse.ts';
import { validateDocument } from '../../reconciler/document/check/validate.ts';
import { FLAGS } from '../../reconciler/model/ports/sys.ts';
import { containerOf, type LiveNode, makeLiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import type { Outcome } from '../support/exec.ts';
import type { Netns } from '../support/netns.ts';

type Drift = {
  readonly drift: readonly { readonly key: string; readonly pods: readonly string[] }[];
  readonly pending: readonly string[];
};
type Explanation = {
  readonly items: readonly { readonly item: string; readonly have: string; readonly state: string }[];
};

describe.skipIf(!hasLiveNodes)('the read-only verbs, on a real kernel', () => {
  let node: LiveNode;
  let pod: Netns;
  let veth = '';
  let mac = '';

  const explained = (name: string): Explanation =>
    JSON.parse(node.vnet('explain', name, '-o', 'json').stdout) as Explanation;
  const inNode = (line: string): Outcome => node.netns.mustExec(line.split(' '));

  beforeAll(async () => {
    node = makeLiveNode();
    pod = node.addPod();
    for (const one of [pod, node.addPod()]) {
      const added = await node.call({ verb: 'ADD', pod: one });
      if (added.code !== 0) throw new Error(added.stdout);
    }
    const endpoint = node.document()?.endpoints?.[`azure/${containerOf(pod)}/eth0`];
    veth = endpoint?.hostVeth ?? '';
    mac = endpoint?.mac ?? '';
    node.vnet('reconcile');
  });
  afterAll(() => node.remove());

  type Breakage = readonly [what: string, act: () => unknown, key: () => string, item: RegExp];

  const BROKEN: readonly Breakage[] = [
    [
      'a neighbour',
      () => inNode('ip neigh del 10.240.0.36 dev azure0'),
      () => 'neighbour 10.240.0.36 dev azure0',
      /^neighbour 10\.240\.0\.36/,
    ],
    [
      'a forwarding entry',
      () => inNode(`bridge fdb del ${mac} dev ${veth} master`),
      () => `fdb ${mac} dev ${veth}`,
      /^fdb on/,
    ],
    [
      'an element of the map',
      () => inNode('nft delete element bridge vnet pods { 10.240.0.36 }'),
      () => 'nft-element pods 10.240.0.36',
      /^nft pods$/,
    ],
    [
      'an element of a set',
      () => inNode(`nft delete element bridge vnet port_macs { ${veth} . ${mac} }`),
      () => `nft-element port_macs ${veth} . ${mac}`,
      /^nft port_macs$/,
    ],
    ['the MTU of a port', () => inNode(`ip link set ${veth} mtu 1400`), () => `link ${veth}`, /mtu$/],
    [
      'the membership of a port',
      () => inNode(`ip link set ${veth} nomaster`),
      () => `link ${veth}`,
      /master$/,
    ],
    [
      'a flag of a port',
      () => inNode(`bridge link set dev ${veth} hairpin off`),
      () => `link ${veth}`,
      /port$/,
    ],
    ['a port that is down', () => inNode(`ip link set ${veth} down`), () => `link ${veth}`, /state$/],
    [
      'the route of the pod',
      () => pod.mustExec('ip route del default'.split(' ')),
      () => `route default netns ${pod.path}`,
      /^route default in the pod$/,
    ],
    [
      'the address of the pod',
      () => pod.mustExec('ip addr del 10.240.0.36/16 dev eth0'.split(' ')),
      () => `address 10.240.0.36/16 dev eth0 netns ${pod.path}`,
      /^address in the pod$/,
    ],
    [
      'the MTU of the bridge',
      () => inNode('ip link set azure0 mtu 1400'),
      () => 'link azure0',
      /^azure0 mtu$/,
    ],
    [
      'a rule',
      () => inNode('nft flush chain bridge vnet antispoof'),
      () => 'nft-table bridge vnet',
      /^nft table/,
    ],
  ];

  it.each(BROKEN)('drift and explain show %s as drift; reconcile repairs it', (_what, act, key, item) => {
    expect(node.vnet('drift').code).toBe(0);
    act();
    const seen = node.vnet('drift', '-o', 'json');
    expect(seen.code).toBe(2);
    const { drift } = JSON.parse(seen.stdout) as Drift;
    expect(drift.map((one) => one.key)).toContain(key());
    const { items } = explained('10.240.0.36');
    const wrong = items.filter(({ state }) => state !== 'ok');
    expect(wrong.filter((line) => item.test(line.item))).not.toEqual([]);
    expect(node.vnet('reconcile').code).toBe(0);
    expect(explained('10.240.0.36').items.filter(({ state }) => state !== 'ok')).toEqual([]);
  });

  it('explain finds the pod by any of its names, and numbers the chain as the kernel does', () => {
    const { netnsInode } = node.document()?.endpoints?.[`azure/${containerOf(pod)}/eth0`] ?? {};
    const index = Number(
      inNode(`cat /proc/self/net/dev_mcast`)
        .stdout.split('\n')
        .find((line) => line.includes(veth))
        ?.trim()
        .split(/\s+/)[0],
    );
    for (const name of [
      veth,
      mac,
      pod.path,
      pod.name,
      containerOf(pod),
      `default/${pod.name}`,
      '10.240.0.36',
      String(netnsInode),
    ]) {
      expect([name, explained(name)]).toMatchObject([
        name,
        { chain: { netns: { inode: netnsInode }, veth: { name: veth, index } } },
      ]);
    }
    expect(node.vnet('explain', '10.240.9.9').code).toBe(66);
  });

  it('get --live is a valid document, and the kernel matches it', () => {
    const parsed = parseYaml(node.vnet('get', '--live', '-o', 'yaml').stdout);
    const live = 'value' in parsed ? parsed.value : undefined;
    expect(validateDocument(live)).toMatchObject({ ok: true });
    const document = node.document();
    expect(live).toMatchObject({ metadata: document?.metadata, endpoints: document?.endpoints });
    expect(live).toMatchObject({
      networks: {
        azure: {
          uplink: document?.networks['azure'] === undefined ? {} : { mac: expect.any(String), mtu: 1500 },
        },
      },
    });
  });

  it('drift waits for no lock and changes no file', () => {
    const files = (): readonly string[] =>
      ['var/lib/vnet', 'run/vnet'].flatMap((folder) =>
        readdirSync(join(node.root, folder), { recursive: true, encoding: 'utf8' })
          // The server of the ADDs removes its socket when it ends, half a minute after them.
          .filter((name) => name !== 'calls.sock')
          .map((name) => {
            const { mtimeMs, size } = statSync(join(node.root, folder, name));
            return `${folder}/${name} ${mtimeMs} ${size}`;
          }),
      );
    const sys = createSys();
    const held = ['document.lock', 'document.lock.queue', 'round.lock', 'round.lock.queue'].map((name) => {
      const fd = sys.open(join(node.root, 'run/vnet', name), FLAGS.O_RDWR, 0);
      expect(sys.flock(fd, FLAGS.LOCK_EX | FLAGS.LOCK_NB)).toBe(0);
      return fd;
    });
    inNode('ip neigh del 10.240.0.36 dev azure0');
    const before = files();
    expect(node.vnet('drift').code).toBe(2);
    expect(node.vnet('explain', '10.240.0.36').code).toBe(0);
    expect(node.vnet('status').code).toBe(0);
    expect(files()).toEqual(before);
    expect(inNode('ip neigh show 10.240.0.36').stdout).not.toContain('PERMANENT');
    for (const fd of held) sys.close(fd);
    expect(node.vnet('reconcile').code).toBe(0);
  });

  it('accepted drift is not repaired by reconcile until it is forgotten', () => {
    inNode('ip link set azure0 mtu 1400');
    expect(node.vnet('drift', '--accept', 'link azure0', '--for', '1h', '-m', 'overlay').code).toBe(0);
    expect(node.vnet('drift').stdout).toMatch(/0 drifted, 1 accepted\./);
    const round = node.vnet('reconcile');
    expect([round.code, round.stdout]).toEqual([0, expect.stringContaining('accepted    link azure0')]);
    expect(inNode('ip link show azure0').stdout).toContain('mtu 1400');
    const baseline: unknown = JSON.parse(readFileSync(join(node.root, 'var/lib/vnet/baseline.json'), 'utf8'));
    expect(baseline).toMatchObject({
      format: 'vnet.baseline/1',
      accepted: [{ key: 'link azure0', why: 'overlay' }],
    });
    expect(node.vnet('drift', '--forget', 'link azure0').code).toBe(0);
    expect(node.vnet('drift').code).toBe(2);
    expect(node.vnet('reconcile').code).toBe(0);
    expect(inNode('ip link show azure0').stdout).toContain('mtu 1500');
  });

  it('a change of the document not yet applied by a round is pending, not drift', () => {
    const path = join(node.root, 'var/lib/vnet/vnet.yaml');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('name: azure0\n', 'name: azure0\n      hairpin: false\n'));
    inNode('ip neigh del 10.240.0.36 dev azure0');
    const seen = node.vnet('drift', '-o', 'json');
    const { drift, pending } = JSON.parse(seen.stdout) as Drift;
    expect([seen.code, drift.map(({ key }) => key)]).toEqual([2, ['neighbour 10.240.0.36 dev azure0']]);
    expect(pending).toContain(`link ${veth}`);
    const preview = node.vnet('reconcile', '--dry-run').stdout;
    expect(preview).toMatch(/neighbour 10\.240\.0\.36 dev azure0 .*cause: drift/);
    expect(preview).toMatch(new RegExp(`link ${veth} .*cause: pending`));
    writeFileSync(path, text);
    expect(node.vnet('reconcile').code).toBe(0);
    expect(node.vnet('drift').code).toBe(0);
  });

  it('explain knows a removed endpoint, and the previous holder of an address', async () => {
    const short = node.addPod();
    await node.call({ verb: 'ADD', pod: short });
    const address = node.document()?.endpoints?.[`azure/${containerOf(short)}/eth0`]?.addresses[0] ?? '';
    expect(node.vnet('explain', address).stdout).toContain('azure-vnet ADD');
    await node.call({ verb: 'DEL', pod: short });
    const gone = node.vnet('explain', address);
    expect(gone.code).toBe(0);
    expect(gone.stdout).toContain(`default/${short.name}`);
    expect(gone.stdout).toMatch(/: removed/);
    expect(gone.stdout).toContain('azure-vnet DEL');
  });
});
