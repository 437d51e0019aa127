import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reaches } from '../lab/ping.ts';
import { type LiveNode, makeLiveNode, isBuilt } from '../plugin/live-node.ts';
import { hasNamespaces } from '../support/namespaces.ts';
import type { Netns } from '../support/netns.ts';
import { type Networkd, networkdIsMissing, networkdOf } from './live-networkd.ts';
import { type LiveWatch, startWatch } from './live-watch.ts';

/** Effects of systemd-networkd 252 on a node with vnet, and their remedies. */
const reason = !hasNamespaces
  ? 'namespaces are not allowed here'
  : isBuilt
    ? networkdIsMissing
    : 'the executables are not built';
if (reason !== undefined) console.log(`systemd-networkd is not tried: ${reason}`);

/** As written by an administrator for the NIC, without thinking of other interfaces. */
const EVERYTHING = '[Match]\nName=*\n\n[Network]\nDHCP=no\nIPv6AcceptRA=no\n';
/** As shipped by a distribution. */
const UPLINK = '[Match]\nName=eth0\n\n[Network]\nDHCP=no\nIPv6AcceptRA=no\n';

const ADDRESS = 'address 10.240.0.35/16 dev azure0';

describe.skipIf(reason !== undefined)('a restarted systemd-networkd', () => {
  let node: LiveNode;
  let pod: Netns;
  let networkd: Networkd;
  let watch: LiveWatch | undefined;

  beforeEach(async () => {
    node = makeLiveNode();
    pod = node.addPod();
    await node.call({ verb: 'ADD', pod });
    networkd = networkdOf(node);
  });
  afterEach(async () => {
    await networkd.stop();
    await watch?.end('SIGKILL');
    watch = undefined;
    node.remove();
  });

  const drifted = (): readonly string[] => {
    const { stdout } = node.vnet('reconcile', '--dry-run', '-o', 'json');
    const { steps }: { readonly steps: readonly { readonly key: string }[] } = JSON.parse(stdout);
    return steps.map(({ key }) => key);
  };
  const gateway = '10.240.0.1';
  const restart = async (): Promise<void> => {
    await networkd.stop();
    await networkd.start();
  };

  it('deletes objects on a bridge that its files match, removes ports from it, and vnet reconcile repairs that', async () => {
    networkd.write('network/10-everything.network', EVERYTHING);
    await networkd.start();
    const veth = `link ${node.veths()[0] ?? ''}`;
    const broken = ['link eth0', veth, ADDRESS, 'route default', 'neighbour 10.240.0.36 dev azure0'];
    expect(drifted()).toEqual(expect.arrayContaining(broken));
    expect(networkd.log()).toContain('azure0: Removing foreign address');
    expect(networkd.log()).toContain('azure0: Removing foreign neighbor');
    expect(pod.execNow(['ping', '-c1', '-W1', gateway]).code).not.toBe(0);
    // It configures each port once more when it has joined the bridge again: on a busy machine, after the repair.
    await networkd.stop();
    expect(node.vnet('reconcile').code).toBe(0);
    expect([drifted(), reaches(pod, gateway)]).toEqual([[], true]);
  });

  it('takes the uplink out of its bridge where a file matches nothing but the uplink', async () => {
    networkd.write('network/10-eth0.network', UPLINK);
    await networkd.start();
    expect(drifted()).toEqual(['link eth0']);
  });

  it('is repaired by vnet watch, which names networkd; contention is reported with its remedy', async () => {
    networkd.write('network/10-everything.network', EVERYTHING);
    const resident = await startWatch(node);
    watch = resident;
    const isFight = (): boolean =>
      resident.events.some(({ type, key }) => type === 'Contended' && key === ADDRESS);
    const repairs = (): number =>
      resident.events.filter(({ type, key }) => type === 'Repaired' && key === ADDRESS).length;
    // It deletes the address at each start. Several repairs within half a minute are contention: a slow machine takes more starts.
    for (let starts = 1; starts <= 25 && !isFight(); starts += 1) {
      await restart();
      expect(networkd.log()).toMatch(/azure0: Removing foreign address.*10\.240\.0\.35/);
      await resident.until('waited for the report of this repair', () => repairs() >= starts);
    }
    const drift = resident.events.find(({ type, key }) => type === 'Drift' && key === ADDRESS);
    expect(drift?.by).toMatch(/^likely pid \d+ systemd-network/);
    const fight = resident.events.find(({ type, key }) => type === 'Contended' && key === ADDRESS);
    expect(fight?.message).toMatch(/repeatedly reverted by likely pid \d+ systemd-network/);
    expect(fight?.message).toContain('ManageForeignRoutes=no');
    expect(fight?.message).toContain('Name=azure0 azv*');
    expect(fight?.message).toContain('vnet doctor --fix');
    await resident.until('waited for the last repair', () => drifted().length === 0);
  });

  it.each([
    ['everything', EVERYTHING],
    ['the uplink', UPLINK],
  ])('leaves ours alone with what vnet doctor --fix writes, where a file matches %s', async (_what, text) => {
    networkd.write('network/10-some.network', text);
    expect(node.vnet('doctor', '--fix').stdout).toContain('10-some.network.d/10-vnet-keep-master.conf');
    await networkd.start();
    expect(networkd.log()).toContain('eth0: Configuring with /etc/systemd/network/10-some.network');
    expect([drifted(), reaches(pod, gateway)]).toEqual([[], true]);
    await restart();
    expect([drifted(), reaches(pod, gateway)]).toEqual([[], true]);
    const judged = JSON.parse(node.vnet('doctor', '-o', 'json').stdout);
    expect(JSON.stringify(judged)).not.toMatch(
      /"id":"networkd-(files|keep-master|foreign-routes)","[^}]*"level":"problem"/,
    );
    rmSync(join(node.root, 'etc/systemd/network/10-some.network.d'), { recursive: true });
    await restart();
    expect(drifted()).toEqual(['link eth0']);
  });
});
