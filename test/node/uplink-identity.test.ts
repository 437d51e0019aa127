/** An uplink is its hardware, not its name: other names, other NICs, changed MACs, on the real kernel. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIVE_CONF, type LiveNode, makeLiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import { execNow, mustExec, type Outcome } from '../support/exec.ts';
import { hasNamespaces } from '../support/namespaces.ts';

/** Not every kernel has all of them. */
function canMake(kind: string): boolean {
  if (!hasNamespaces) return true;
  const options = kind === 'bond' ? [] : kind === 'vlan' ? ['id', '5'] : [];
  const lower = kind === 'bond' ? [] : ['link', 'lo'];
  const made = execNow([
    'unshare',
    '-n',
    'ip',
    'link',
    'add',
    ...lower,
    'name',
    'probe0',
    'type',
    kind,
    ...options,
  ]);
  return !made.stderr.includes('Unknown device type');
}

describe.skipIf(!hasLiveNodes)('an uplink', () => {
  let node: LiveNode;
  beforeEach(() => {
    node = makeLiveNode();
  });
  afterEach(() => node.remove());

  const ip = (line: string): void => void node.netns.mustExec(['ip', ...line.split(' ')]);
  /** Without link-local addresses, which the kernel adds some time later. */
  const dump = (): string =>
    node.netns.mustExec([
      'sh',
      '-ec',
      '{ ip -d link; ip addr; ip route show table all; ip rule; } | grep -v fe80::',
    ]).stdout;
  const add = (conf: object = LIVE_CONF): Promise<Outcome> =>
    node.call({ verb: 'ADD', pod: node.addPod(), conf });
  const answer = ({ stdout }: Outcome): Record<string, unknown> => JSON.parse(stdout);

  it('with the name of the bridge as another name is refused untouched, and nothing is written', async () => {
    ip('link property add dev eth0 altname azure0');
    const before = dump();
    const refused = await add();
    expect([refused.code, answer(refused)]).toEqual([
      1,
      expect.objectContaining({ code: 105, details: expect.stringContaining('altname azure0') }),
    ]);
    expect([dump(), node.document()]).toEqual([before, undefined]);
    ip('link property del dev eth0 altname azure0');
    expect(await add()).toMatchObject({ code: 0 });
  });

  it.each([
    ['address 10.33.0.1/24', 'addr add 10.33.0.1/24 dev azure0'],
    ['port d0', 'link add d0 type veth peer name d1', 'link set d0 master azure0'],
  ])('whose bridge another program has, with %s, is refused untouched', async (use, ...lines) => {
    for (const line of ['link add azure0 type bridge', 'link set azure0 up', ...lines]) ip(line);
    const shown = (): string =>
      node.netns.mustExec(['sh', '-c', 'ip -4 -o addr; ip -4 route; ip -o link show master azure0 | wc -l'])
        .stdout;
    const before = shown();
    expect(answer(await add())).toMatchObject({ code: 105, msg: expect.stringContaining(use) });
    expect([shown(), node.document()]).toEqual([before, undefined]);
    for (const line of lines.slice(0, 1)) ip(line.replace(' add ', ' del ').replace(/ type .*/, ''));
    expect(await add()).toMatchObject({ code: 0 });
  });

  it('may be named by another name', async () => {
    ip('link property add dev eth0 altname enp0s4');
    expect(await add({ ...LIVE_CONF, master: 'enp0s4' })).toMatchObject({ code: 0 });
    expect(node.document()?.networks['azure']).toMatchObject({ uplink: { name: 'eth0' } });
    expect(node.reconcile('--dry-run')).toMatchObject({ code: 0 });
  });

  const uplink = (): unknown => node.document()?.networks['azure'];
  /** The node after a reboot: the document and the pods' namespaces, which are dead. */
  const reboot = (...lines: readonly string[]): void => {
    node.netns.mustExec([
      'sh',
      '-c',
      'ip link del azure0; nft delete table bridge vnet; ip route flush table all; true',
    ]);
    for (const veth of node.veths()) ip(`link del ${veth}`);
    mustExec(['rm', '-rf', join(node.root, 'run')]);
    mkdirSync(join(node.root, 'proc/sys/kernel/random'), { recursive: true });
    for (const line of ['addr flush dev eth0', ...lines]) ip(line);
  };
  const LEASE = ['addr add 10.240.0.35/16 dev eth0', 'route add default via 10.240.0.1 dev eth0 proto dhcp'];
  const reaches = (): boolean => node.netns.execNow(['ping', '-c1', '-W1', '10.240.0.1']).code === 0;

  it.each(['ADD', 'reconcile'])(
    'that has another MAC and the same lease after a reboot is followed: %s',
    async (how) => {
      expect(await add()).toMatchObject({ code: 0 });
      reboot('link set eth0 address 00:0d:3a:00:00:77', ...LEASE);
      if (how === 'ADD') expect(await add()).toMatchObject({ code: 0 });
      else expect(node.reconcile()).toMatchObject({ code: 0 });
      expect(uplink()).toMatchObject({ uplink: { name: 'eth0', mac: '00:0d:3a:00:00:77' } });
      expect(node.reconcile()).toMatchObject({ code: 0 });
      expect(reaches()).toBe(true);
      expect(node.netns.mustExec(['ip', '-o', 'link', 'show', 'azure0']).stdout).toContain(
        '00:0d:3a:00:00:77',
      );
      expect(node.vnet('history').stdout).toContain('MAC 00:0d:3a:00:00:77 instead of');
      expect(node.reconcile('--dry-run')).toMatchObject({ code: 0 });
    },
  );

  it('that has another MAC, and nothing of the document, is refused untouched', async () => {
    expect(await add()).toMatchObject({ code: 0 });
    reboot('link set eth0 address 00:0d:3a:00:00:77', 'addr add 192.0.2.1/24 dev eth0');
    const before = dump();
    const refused = node.reconcile();
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining('00:0d:3a:00:00:77')]);
    expect(answer(await add())).toMatchObject({ code: 105, details: expect.stringContaining('uplink.mac') });
    expect(dump()).toBe(before);
  });

  it('whose name another NIC has is followed by its MAC', async () => {
    expect(await add()).toMatchObject({ code: 0 });
    reboot('link set eth0 down', 'link set eth0 name eth1', 'link set eth1 up');
    ip('link add eth0 type veth peer name far0');
    for (const line of ['link set eth0 up', ...LEASE])
      ip(line.replace('10.240.0.35', '10.9.0.1').replace('via 10.240.0.1 ', ''));
    for (const line of LEASE) ip(line.replaceAll('eth0', 'eth1').replace('default', '10.250.0.0/16'));
    expect(node.reconcile()).toMatchObject({ code: 0 });
    expect(uplink()).toMatchObject({ uplink: { name: 'eth1' } });
    expect(node.netns.mustExec(['ip', '-o', 'link', 'show', 'master', 'azure0']).stdout).toMatch(/: eth1@/);
    expect(node.netns.mustExec(['ip', '-o', 'link', 'show', 'eth0']).stdout).not.toContain('master');
    expect(reaches()).toBe(true);
  });

  it('whose MAC changes while it is in the bridge, as that of a bond does, is followed', async () => {
    expect(await add()).toMatchObject({ code: 0 });
    ip('link set eth0 address 00:0d:3a:00:00:78');
    expect(node.reconcile('--max-disruption', 'flow-reset').code).toBe(0);
    expect(uplink()).toMatchObject({ uplink: { mac: '00:0d:3a:00:00:78' } });
    expect(reaches()).toBe(true);
  });

  it('is the NIC that the host endpoint names, of two in one subnet', async () => {
    ip('link add eth1 address 00:0d:3a:00:00:79 type veth peer name far1');
    for (const line of ['link set far1 up', 'link set eth1 up', 'addr add 10.240.0.9/16 dev eth1']) ip(line);
    const interfaces = `<Interfaces><Interface MacAddress="000D3A000079" IsPrimary="true"><IPSubnet Prefix="10.240.0.0/16">
      <IPAddress Address="10.240.0.9" IsPrimary="true"/><IPAddress Address="10.240.0.77" IsPrimary="false"/>
      </IPSubnet></Interface></Interfaces>`;
    const server = await serve(interfaces);
    try {
      const ipam = { type: 'azure-vnet-ipam', environment: 'azure', url: 'http://127.0.0.1:8080' };
      const { master: _any, ...conf } = LIVE_CONF;
      const added = await add({ ...conf, ipam });
      expect(added).toMatchObject({ code: 0 });
      expect(added.stdout).toContain('10.240.0.77/16');
      expect(uplink()).toMatchObject({ uplink: { name: 'eth1' } });
    } finally {
      server.kill('SIGKILL');
    }
  });

  async function serve(body: string): Promise<ChildProcess> {
    const program = `require('http').createServer((q, s) => s.end(process.argv[1])).listen(8080, '127.0.0.1', () => console.log('up'))`;
    const argv = [`--net=${node.netns.path}`, '--', process.execPath, '-e', program, body];
    const child = spawn('nsenter', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    return child;
  }

  it.each(['macvlan', 'ipvlan'].filter(canMake))('with a %s on it is refused untouched', async (kind) => {
    ip(`link add link eth0 name sub0 type ${kind}`);
    const before = dump();
    expect(answer(await add())).toMatchObject({ code: 105, msg: expect.stringContaining(`${kind} sub0`) });
    expect([dump(), node.document()]).toEqual([before, undefined]);
  });

  it.each(['a"b', 'e*', 'e\\'])('by the name of %s is refused untouched', async (name) => {
    for (const line of ['link set eth0 down', `link set eth0 name ${name}`, `link set ${name} up`]) ip(line);
    node.netns.mustExec([
      'sh',
      '-c',
      `until ip link show '${name}' | grep -q 'state UP'; do sleep 0.01; done`,
    ]);
    const before = dump();
    expect(answer(await add({ ...LIVE_CONF, master: name }))).toMatchObject({ code: 105 });
    expect([dump(), node.document()]).toEqual([before, undefined]);
  });

  it.each(
    [
      ['a name of digits', 'link set eth0 down', 'link set eth0 name 12', 'link set 12 up'],
      ...['e$x;y', 'e{x}', 'e#x', 'éth0', '-e', '@x', "e'x"].map((name) => [
        `the name ${name}`,
        'link set eth0 down',
        `link set eth0 name ${name}`,
        `link set dev ${name} up`,
      ]),
      ['a name with dots', 'link set eth0 down', 'link set eth0 name e.1.2', 'link set e.1.2 up'],
      [
        'a VLAN',
        'addr flush dev eth0',
        'link add link eth0 name eth0.7 type vlan id 7',
        'link set eth0.7 up',
      ],
      [
        'a bond',
        'link set eth0 down',
        'link add bond0 type bond mode active-backup',
        'link set eth0 master bond0',
        'link set bond0 up',
      ],
    ].filter(([, ...lines]) =>
      ['vlan', 'bond'].every((kind) => !lines.join().includes(kind) || canMake(kind)),
    ),
  )('that is %s works', async (_what, ...lines) => {
    for (const line of lines) ip(line);
    const name = /(\S+) up$/.exec(lines.at(-1) ?? '')?.[1] ?? '';
    for (const line of [
      `addr replace 10.240.0.35/16 dev ${name}`,
      `route replace default via 10.240.0.1 dev ${name} proto dhcp`,
    ])
      ip(line);
    expect(await add({ ...LIVE_CONF, master: name })).toMatchObject({ code: 0 });
    expect(node.netns.mustExec(['ip', '-o', 'link', 'show', 'master', 'azure0']).stdout).toContain(name);
    expect(node.reconcile('--dry-run')).toMatchObject({ code: 0 });
    expect(node.netns.mustExec(['ip', 'route', 'show', 'default']).stdout).toContain('azure0');
  });

  it('to which a tunnel is bound is refused untouched; a tunnel that is bound later is named', async () => {
    const tunnel = 'link add t0 type vxlan id 7 dstport 4789 local 10.240.0.35 remote 10.240.0.1';
    ip(`${tunnel} dev eth0`);
    const before = dump();
    expect(answer(await add())).toMatchObject({
      code: 105,
      msg: expect.stringContaining('vxlan t0 is bound to eth0'),
    });
    expect([dump(), node.document()]).toEqual([before, undefined]);
    ip('link del t0');
    ip(tunnel);
    expect(await add()).toMatchObject({ code: 0 });
    expect(node.vnet('doctor').stdout).not.toContain('vxlan t0 is bound');
    ip('link del t0');
    ip(`${tunnel} dev eth0`);
    expect(node.vnet('doctor').stdout).toContain('vxlan t0 is bound to eth0');
    expect(node.vnet('status').stdout).toContain('vxlan t0 is bound to eth0');
  });

  it('whose MTU falls under that of the bridge has drifted, and is named', async () => {
    expect(await add()).toMatchObject({ code: 0 });
    ip('link set eth0 mtu 1400');
    const preview = node.reconcile('--dry-run');
    expect([preview.code, preview.stdout]).toEqual([2, expect.stringMatching(/link eth0.*\n?.*mtu/)]);
    expect(node.reconcile('--max-disruption', 'flow-reset').code).toBe(0);
    expect(node.netns.mustExec(['ip', '-o', 'link', 'show', 'eth0']).stdout).toContain('mtu 1500');
  });

  it('with all addresses of the pool is refused untouched, and cloud-init named', async () => {
    for (const last of [36, 37, 38]) ip(`addr add 10.240.0.${last}/16 dev eth0`);
    const before = dump();
    const ipam = { ...LIVE_CONF.ipam, addresses: ['10.240.0.36-10.240.0.38'] };
    const refused = answer(await add({ ...LIVE_CONF, ipam }));
    expect(refused).toMatchObject({ code: 105, details: expect.stringContaining('cloud-init') });
    expect([dump(), node.document()]).toEqual([before, undefined]);
    ip('addr del 10.240.0.37/16 dev eth0');
    const partly = answer(await add({ ...LIVE_CONF, ipam }));
    expect(partly).toMatchObject({ code: 7, details: expect.stringContaining('cloud-init') });
    for (const last of [36, 38]) ip(`addr del 10.240.0.${last}/16 dev eth0`);
    expect((await add({ ...LIVE_CONF, ipam })).stdout).toContain('10.240.0.36/16');
  });

  it('that is named by its bridge is explained', async () => {
    expect(await add()).toMatchObject({ code: 0 });
    const other = await add({ ...LIVE_CONF, name: 'other', bridge: 'azure1', master: 'azure0' });
    expect(answer(other)).toMatchObject({ code: 105, details: expect.stringContaining('eth0') });
  });
});
