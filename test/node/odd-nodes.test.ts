/** Nodes with objects of other tools, without IPv6, or with a full disk. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BIN,
  contradictions,
  LIVE_CONF,
  type LiveNode,
  makeLiveNode,
  hasLiveNodes,
} from '../plugin/live-node.ts';
import { execNow, mustExec, type Outcome } from '../support/exec.ts';

describe.skipIf(!hasLiveNodes)('an odd node', () => {
  let node: LiveNode;
  beforeEach(() => {
    node = makeLiveNode();
  });
  afterEach(() => node.remove());

  const inNode = (command: string): string => node.netns.mustExec(['sh', '-ec', command]).stdout;

  it('keeps the objects of other tools through ADD, DEL and release, with IPv6 off', async () => {
    inNode(`echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6
      ip link add docker0 type bridge; ip addr add 172.17.0.1/16 dev docker0; ip link set docker0 up
      nft 'add table bridge others; add chain bridge others x { type filter hook forward priority 0; }'
      nft 'add table ip docker; add chain ip docker f { type filter hook output priority 0; policy accept; }'
      ip route add 172.20.0.0/16 via 10.240.0.1; ip rule add from 172.17.0.0/16 table 77
      ip route add default via 10.240.0.1 table 77`);
    const dump = (): string =>
      inNode(`ip -o link show docker0; ip -o addr show docker0; ip addr show eth0 | grep inet; ip rule
        ip route show table 77; ip route; nft list table ip docker; nft list table bridge others`);
    const before = dump();
    const pods = [node.addPod(), node.addPod()];
    for (const pod of pods) expect(await node.call({ verb: 'ADD', pod })).toMatchObject({ code: 0 });
    expect(inNode('ip route show table 77; ip route get 172.20.0.1')).toContain('dev azure0');
    expect(node.reconcile('--dry-run')).toMatchObject({ code: 0 });
    for (const pod of pods) expect(await node.call({ verb: 'DEL', pod })).toMatchObject({ code: 0 });
    const env = { VNET_ROOT: node.root, VNET_NODE: 'node-1' };
    expect(node.netns.execNow([join(BIN, 'vnet'), 'release'], { env })).toMatchObject({ code: 0 });
    expect(dump()).toBe(before);
  });

  /** A kernel started with ipv6.disable=1 has no such folder: here a mount hides it from the program. */
  const withoutIpv6 = (...argv: readonly string[]): readonly string[] => [
    'unshare',
    '-m',
    'sh',
    '-ec',
    'mount -t tmpfs none /proc/sys/net; mkdir -p /proc/sys/net/ipv4; exec "$@"',
    'sh',
    ...argv,
  ];

  it('works without IPv6 in the kernel, and says so', async () => {
    const env = { VNET_ROOT: node.root, VNET_NODE: 'node-1', VNET_DIRECT: '1' };
    const { argv, options } = node.command({ verb: 'ADD', pod: node.addPod() });
    const added = await node.netns.exec(withoutIpv6(...argv), {
      ...options,
      env: { ...options.env, ...env },
    });
    expect([added.code, added.stdout]).toEqual([0, expect.stringContaining('10.240.0.36/16')]);
    const vnet = (...args: readonly string[]): Outcome =>
      node.netns.execNow(withoutIpv6(join(BIN, 'vnet'), ...args), { env });
    expect(vnet('reconcile', '--dry-run')).toMatchObject({ code: 0 });
    expect(vnet('status').stdout).toContain('Ready: kernel matches');
    expect(JSON.parse(vnet('doctor', '-o', 'json').stdout)).toContainEqual(
      expect.objectContaining({ id: 'ipv6', level: 'ok' }),
    );
  });

  it('does without the IPv6 addresses of its document where IPv6 is off', async () => {
    inNode('ip addr add 2001:db8::35/64 nodad dev eth0; ip -6 route add 2001:db8:9::/48 via 2001:db8::1');
    expect(await node.call({ verb: 'ADD', pod: node.addPod() })).toMatchObject({ code: 0 });
    inNode(`ip link del azure0; nft flush ruleset; ip addr replace 10.240.0.35/16 dev eth0
      for c in all default; do echo 1 > /proc/sys/net/ipv6/conf/$c/disable_ipv6; done`);
    expect(await node.call({ verb: 'ADD', pod: node.addPod() })).toMatchObject({ code: 0 });
    expect(node.reconcile()).toMatchObject({ code: 0 });
    expect(node.reconcile('--dry-run')).toMatchObject({ code: 0 });
    inNode(`echo 0 > /proc/sys/net/ipv6/conf/azure0/disable_ipv6`);
    expect(node.reconcile()).toMatchObject({ code: 0 });
    expect(inNode('ip -6 addr show dev azure0')).toContain('2001:db8::35/64');
  });

  it('gives no pod an address that another interface of the node has, and says so', async () => {
    inNode(
      `ip link add docker0 type bridge; ip addr add 10.240.0.36/32 dev docker0; ip addr add 10.240.0.38/32 dev lo`,
    );
    const ipam = { ...LIVE_CONF.ipam, addresses: ['10.240.0.36-10.240.0.39'] };
    const add = (): Promise<Outcome> =>
      node.call({ verb: 'ADD', pod: node.addPod(), conf: { ...LIVE_CONF, ipam } });
    expect((await add()).stdout).toContain('10.240.0.37/16');
    expect((await add()).stdout).toContain('10.240.0.39/16');
    expect(JSON.parse((await add()).stdout).msg).toMatch(/\b2 skipped/);
    const env = { VNET_ROOT: node.root, VNET_NODE: 'node-1' };
    const vnet = (...args: readonly string[]): string =>
      node.netns.execNow([join(BIN, 'vnet'), ...args, '-o', 'json'], { env }).stdout;
    const status = JSON.parse(vnet('status'));
    expect(status.pools[0]).toMatchObject({ counts: { total: 2, used: 2, free: 0, node: 2 } });
    expect(JSON.parse(vnet('get', 'pool')).slice(-2)).toMatchObject([
      { address: '10.240.0.36', state: 'node' },
      { address: '10.240.0.38', state: 'node' },
    ]);
    expect(status.conditions).toContainEqual(
      expect.objectContaining({ type: 'PoolExhausted', status: true }),
    );
    expect(status.ready).toBe(true);
    const conf = { ...LIVE_CONF, ipam, cniVersion: '1.1.0' };
    expect(await node.call({ verb: 'STATUS', pod: node.addPod(), conf })).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('2 skipped, since the node itself has them'),
    });
    expect(status.notices.map(({ message }: { message: string }) => message)).toEqual([
      expect.stringMatching(/^10\.240\.0\.3[68] of pool azure is an address of (docker0|lo)/),
      expect.stringMatching(/^10\.240\.0\.3[68] of pool azure is an address of (docker0|lo)/),
    ]);
    expect(JSON.parse(vnet('doctor'))).toContainEqual(
      expect.objectContaining({ id: 'pool-overlap', level: 'warning' }),
    );
    inNode('ip addr add 10.240.0.37/32 dev docker0');
    expect(JSON.parse(vnet('doctor'))).toContainEqual(
      expect.objectContaining({ id: 'pool-overlap', level: 'problem' }),
    );
  });

  it('gives one default route to a pod whose interfaces are attached side by side', async () => {
    for (let round = 0; round < 6; round += 1) {
      const pod = node.addPod();
      const attach = (name: string): Promise<Outcome> =>
        node.call({ verb: 'ADD', pod, env: { CNI_IFNAME: name } });
      const done = await Promise.all(['eth0', 'eth1', 'net2'].map(attach));
      expect(done.map(({ code, stdout }) => [code, code === 0 ? '' : stdout])).toEqual([
        [0, ''],
        [0, ''],
        [0, ''],
      ]);
      expect(pod.mustExec(['ip', 'route', 'show', 'default']).stdout.trim().split('\n')).toHaveLength(1);
    }
  });

  it('keeps its document under another name, and a clone is refused and prunes nothing', async () => {
    const write = (path: string, text: string): void => {
      mkdirSync(join(node.root, path, '..'), { recursive: true });
      writeFileSync(join(node.root, path), `${text}\n`);
    };
    const pods = [node.addPod(), node.addPod(), node.addPod()] as const;
    // Written before the machine was known: the next write adds it.
    expect(await node.call({ verb: 'ADD', pod: pods[0] })).toMatchObject({ code: 0 });
    expect(node.document()?.metadata.machine).toBeUndefined();
    write('etc/machine-id', '0123456789abcdef0123456789abcdef');
    write('sys/class/dmi/id/product_uuid', '6F2B9A4E-1C53-4C1E-9A57-0D8E3F1B7C21');
    expect(await node.call({ verb: 'ADD', pod: pods[1] })).toMatchObject({ code: 0 });
    const env = { VNET_ROOT: node.root, VNET_NODE: 'node-1.example.com', VNET_DIRECT: '1' };
    const reconcile = (): Outcome => node.netns.execNow([join(BIN, 'vnet'), 'reconcile'], { env });
    expect(await node.call({ verb: 'DEL', pod: pods[0], env })).toMatchObject({ code: 0 });
    expect(await node.call({ verb: 'ADD', pod: pods[2], env })).toMatchObject({ code: 0 });
    expect(reconcile()).toMatchObject({ code: 0 });
    const [veths, text] = [node.veths(), readFileSync(join(node.root, 'var/lib/vnet/vnet.yaml'), 'utf8')];
    write('sys/class/dmi/id/product_uuid', '00000000-1c53-4c1e-9a57-0d8e3f1b7c21');
    const refused = await node.call({ verb: 'DEL', pod: pods[1], env });
    expect(JSON.parse(refused.stdout)).toMatchObject({
      code: 103,
      msg: expect.any(String),
    });
    expect(reconcile().code).toBe(5);
    expect(node.veths()).toEqual(veths);
    expect(readFileSync(join(node.root, 'var/lib/vnet/vnet.yaml'), 'utf8')).toBe(text);
    // By its own name it is its own.
    expect(await node.call({ verb: 'DEL', pod: pods[1] })).toMatchObject({ code: 0 });
  });

  it('keeps owner, group and mode of its document', async () => {
    const file = join(node.root, 'var/lib/vnet/vnet.yaml');
    expect(await node.call({ verb: 'ADD', pod: node.addPod() })).toMatchObject({ code: 0 });
    mustExec(['sh', '-ec', `chown 1000:4 ${file}; chmod 640 ${file}`]);
    const attributes = (): string => mustExec(['stat', '-c', '%u %g %a', file]).stdout;
    const before = attributes();
    expect(before).toContain('1000 4 640\n');
    for (const env of [{}, { VNET_DIRECT: '1' }]) {
      const text = readFileSync(file, 'utf8');
      expect(await node.call({ verb: 'ADD', pod: node.addPod(), env })).toMatchObject({ code: 0 });
      expect(readFileSync(file, 'utf8')).not.toBe(text);
      expect(attributes()).toBe(before);
    }
  });

  it('has one boot for all its processes, whatever is mounted over their boot_id', async () => {
    const vnet = (mount: string, verb = 'status'): string => {
      const argv = ['unshare', '-m', 'sh', '-ec', `${mount}; exec "$@"`, 'sh', join(BIN, 'vnet'), verb];
      return node.netns.execNow(argv, { env: { VNET_ROOT: node.root, VNET_NODE: 'node-1' } }).stdout;
    };
    const other = join(node.root, 'other-boot-id');
    writeFileSync(other, '11111111-2222-4333-8444-555555555555\n');
    const hide = `mount --bind ${other} /proc/sys/kernel/random/boot_id`;
    expect(await node.call({ verb: 'ADD', pod: node.addPod() })).toMatchObject({ code: 0 });
    const bootId = node.document()?.metadata.bootId;
    expect([vnet('true'), vnet(hide)]).toEqual([
      expect.stringContaining('of this boot'),
      expect.stringContaining('of this boot'),
    ]);
    expect(node.reconcile()).toMatchObject({ code: 0 });
    expect(node.document()?.metadata.bootId).toBe(bootId);
    // A run directory that outlives the boot: the first process started at another time.
    const record = join(node.root, 'run/vnet/boot');
    writeFileSync(record, readFileSync(record, 'utf8').replace(/\d+$/m, '77'));
    expect(vnet(hide)).toContain('an earlier boot');
    // A node in a container that starts again: its boot_id may be that of the machine, which has not rebooted.
    const stat = join(node.root, 'stat');
    const startAt = (ticks: number): string => {
      rmSync(record);
      const fields = readFileSync('/proc/1/stat', 'utf8').split(' ').with(21, String(ticks));
      writeFileSync(stat, fields.join(' '));
      return `mount --bind ${stat} /proc/1/stat`;
    };
    const first = startAt(5000);
    expect(vnet(first, 'reconcile')).toContain('generation');
    expect([vnet(first), vnet(`${first}; ${hide}`)]).toEqual(
      Array(2).fill(expect.stringContaining('of this boot')),
    );
    expect(vnet(startAt(9000))).toContain('an earlier boot');
  });

  const writeProof = (): readonly (readonly [name: string, set: string, unset: string])[] => {
    const file = join(node.root, 'var/lib/vnet/vnet.yaml');
    const folder = join(node.root, 'var/lib/vnet');
    return [
      [
        'read-only',
        `mount --bind ${folder} ${folder}; mount -o remount,ro,bind ${folder}`,
        `umount ${folder}`,
      ],
      [
        'mounted',
        `cp ${file} ${file}.copy; mount --bind ${file}.copy ${file}`,
        `umount ${file}; rm ${file}.copy`,
      ],
      ['immutable', `chattr +i ${file}`, `chattr -i ${file}`],
    ];
  };

  it.each([0, 1, 2])(
    'says with STATUS and doctor what every ADD says where the document is write-proof: %i',
    async (which) => {
      expect(await node.call({ verb: 'ADD', pod: node.addPod() })).toMatchObject({ code: 0 });
      const [name, set, unset] = writeProof()[which] ?? ['', 'true', 'true'];
      const isSet = execNow(['sh', '-ec', set]).code === 0;
      try {
        const env = { VNET_ROOT: node.root, VNET_NODE: 'node-1' };
        const [added, status] = [
          await node.call({ verb: 'ADD', pod: node.addPod() }),
          await node.call({
            verb: 'STATUS',
            pod: node.addPod(),
            conf: { ...LIVE_CONF, cniVersion: '1.1.0' },
          }),
        ];
        const doctor = node.netns.execNow([join(BIN, 'vnet'), 'doctor', '-o', 'json'], { env }).stdout;
        const writes = JSON.parse(doctor).find(({ id }: { id: string }) => id === 'writes');
        const said = [added.stdout, status.stdout].map((text) => JSON.parse(text || '{}'));
        const want = isSet ? [5, 50, 'problem'] : [undefined, undefined, 'ok'];
        expect([name, said[0].code, said[1].code, writes.level]).toEqual([name, ...want]);
        expect(added.stdout).not.toMatch(/errno/);
      } finally {
        execNow(['sh', '-c', unset]);
      }
      expect(await node.call({ verb: 'ADD', pod: node.addPod() })).toMatchObject({ code: 0 });
    },
  );

  it('loses nothing on a full disk, and goes on when there is space', async () => {
    const directory = join(node.root, 'var/lib/vnet');
    const read = (): string => readFileSync(join(directory, 'vnet.yaml'), 'utf8');
    mkdirSync(directory, { recursive: true });
    mustExec(['mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', directory]);
    try {
      const [old, late] = [node.addPod(), node.addPod()];
      expect(await node.call({ verb: 'ADD', pod: old })).toMatchObject({ code: 0 });
      expect(execNow(['dd', 'if=/dev/zero', `of=${directory}/filler`, 'bs=1k']).stderr).toContain('No space');
      const [text, veths] = [read(), node.veths()];
      for (const [verb, pod] of [
        ['ADD', late],
        ['DEL', old],
      ] as const) {
        const { code, stdout } = await node.call({ verb, pod });
        expect([code, JSON.parse(stdout)]).toEqual([1, expect.objectContaining({ code: 5 })]);
      }
      expect([read(), node.veths()]).toEqual([text, veths]);
      mustExec(['rm', `${directory}/filler`]);
      expect(await node.call({ verb: 'ADD', pod: late })).toMatchObject({ code: 0 });
      expect(await node.call({ verb: 'DEL', pod: old })).toMatchObject({ code: 0 });
      expect(contradictions(node)).toEqual([]);
    } finally {
      mustExec(['umount', '-l', directory]);
    }
  });
});
