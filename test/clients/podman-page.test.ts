/** The command blocks of docs/how-to/podman.md, run as written on a machine of its own, with real podman and containers. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeFabric, NICS } from '../lab/fabric.ts';
import { BIN } from '../plugin/live-node.ts';
import { uniqueName } from '../support/netns.ts';
import { makeImage } from './busybox.ts';
import { bootMachine, type Machine, removeCgroups, whyNotPodman } from './machine.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/how-to/podman.md'), 'utf8');
const blocks = [...page.matchAll(/^```sh podman\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);

const reason = whyNotPodman();
if (reason !== undefined) console.log(`the page of podman is not tried: ${reason}`);

/** The parts of a machine that a namespace lacks: systemd, its control groups, a kernel with overlay file systems. */
const MACHINE = `mkdir /run/over && mount -t tmpfs tmpfs /run/over
for name in etc opt usr/local root; do
  mkdir -p /$name /run/over/upper/$name /run/over/work/$name
  mount -t overlay overlay -o lowerdir=/$name,upperdir=/run/over/upper/$name,workdir=/run/over/work/$name /$name
done
mkdir -p /etc/containers
cat > /etc/containers/containers.conf <<END
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[containers]
log_driver = "k8s-file"
END
printf '[storage]\\ndriver = "vfs"\\nrunroot = "/run/containers/storage"\\ngraphroot = "/var/lib/containers/storage"\\n' > /etc/containers/storage.conf
rm -f /etc/cni/net.d/*`;

describe.skipIf(reason !== undefined)('the page of podman', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vnet-podman-page-'));
  const fabric = makeFabric(uniqueName('fabric'));
  let machine: Machine;
  const shell = async (script: string): Promise<string> => {
    const path = `${BIN}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
    const env = ['env', '-u', 'VNET_ROOT', `PATH=${path}`, 'HOME=/root'];
    const done = await machine.exec([...env, 'sh', '-ec', `cd /root\n${script}`]);
    expect([script, done.code === 0 ? '' : done.stderr + done.stdout]).toEqual([script, '']);
    return done.stdout;
  };

  beforeAll(async () => {
    const spec = { fabric, nic: NICS[0], namespace: uniqueName('machine'), folder: join(folder, 'machine') };
    machine = await bootMachine(spec);
    mkdirSync(join(folder, 'image'));
    const image = makeImage(join(folder, 'image'), 'docker.io/library/busybox:latest');
    await shell(MACHINE);
    await shell(`podman load --quiet --input ${image}`);
  });
  afterAll(async () => {
    await machine.halt();
    fabric.remove();
    await removeCgroups('libpod_parent');
    rmSync(folder, { recursive: true, force: true });
  });

  it('runs as written, block by block', async () => {
    const said: string[] = [];
    for (const block of blocks) said.push(await shell(block));
    expect(said).toHaveLength(4);
    expect(said[2]).toMatch(/eth0 +inet 10\.240\.0\.36\/16/);
    expect(said[2]).toMatch(/chain +pod eth0 .*port of bridge azure0/);
    expect(said[3]).toMatch(/^web$/m);
    // The clean-up that conmon starts may end after podman rm.
    const isListed = async (): Promise<boolean> =>
      (await shell('vnet get endpoints')).includes('10.240.0.36');
    await vi.waitUntil(async () => !(await isListed()), { timeout: 300_000, interval: 200 });
  });
});
