/** Nodes of azure-vnet in mode bridge with limits of the chained plugin bandwidth, and with ipv6nat, taken over in place. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { POOL_FILE, STATE_FILE } from '../azure/azure-node.ts';
import { useAzureNode } from '../azure/use-azure-node.ts';
import { GATEWAY6 } from '../lab/fabric.ts';
import { reaches, startPing } from '../lab/ping.ts';
import { BIN, hasLiveNodes } from '../plugin/live-node.ts';
import { pendingIn } from '../support/exec.ts';
import type { Netns } from '../support/netns.ts';
import { longOr } from '../support/long.ts';
import { isSkipped, whyWithout } from '../support/skip.ts';
import { OUTSIDE, OUTSIDE6, recordSources, recordSources6, sourcesAt } from './sources.ts';

const isSkippedHere = isSkipped('imports of Azure CNI', whyWithout('ebtables'));
const PREFIX = 'fd00:244::';
const NODE6 = 'fd00:240::35';
/** The exit code of a process ended by SIGKILL, in shells. */
const KILLED = 137;
/** Units: milliseconds. */
const KILL_STEP_MS = longOr(400, 100);
const MASK6 = Buffer.from(`${'ff'.repeat(8)}${'00'.repeat(8)}`, 'hex').toString('base64');

type StateFile = {
  Network: {
    ExternalInterfaces: {
      eth0: {
        Networks: {
          azure: {
            Subnets: object[];
            Endpoints: Record<string, { IPAddresses: object[]; Gateways: string[] }>;
          };
        };
      };
    };
  };
};

/** The sample's file with an IPv6 address for each pod. */
function dualState(): string {
  const file: StateFile = JSON.parse(readFileSync(STATE_FILE, 'utf8'));
  const { azure } = file.Network.ExternalInterfaces.eth0.Networks;
  const gateway = `${PREFIX}1`;
  azure.Subnets.push({ Family: 10, Prefix: { IP: PREFIX, Mask: MASK6 }, Gateway: gateway, PrimaryIP: '' });
  for (const [index, endpoint] of Object.values(azure.Endpoints).entries()) {
    endpoint.IPAddresses.push({ IP: `${PREFIX}${10 + index}`, Mask: MASK6 });
    endpoint.Gateways.push(gateway);
  }
  return JSON.stringify(file);
}

describe.skipIf(!hasLiveNodes || isSkippedHere)('vnet import of a node of Azure CNI', () => {
  const azure = useAzureNode();
  const { vnet, imported, run, document, podOf } = azure;

  it('takes over the limits of the chained plugin bandwidth, as the runtime asked for them', () => {
    azure.make();
    const { record } = podOf(0);
    // Source: plugins/meta/bandwidth, CreateTBF and CreateEgressQdisc.
    run(`tc qdisc add dev ${record.hostVeth} root tbf rate 80Mbit burst 100000 latency 25ms
      ip link add bwp0 type ifb; ip link set bwp0 up
      tc qdisc add dev ${record.hostVeth} handle ffff: ingress
      tc filter add dev ${record.hostVeth} parent ffff: protocol all u32 match u32 0 0 action mirred egress redirect dev bwp0
      tc qdisc add dev bwp0 root tbf rate 40Mbit burst 50000 latency 25ms`);
    const bandwidth = { ingressRate: 8e7, ingressBurst: 8e5, egressRate: 4e7, egressBurst: 4e5 };
    const results = join(azure.root, 'var/lib/cni/results');
    mkdirSync(results, { recursive: true });
    const { containerId, ifName, netns } = record;
    const kept = { networkName: 'azure', containerId, ifName, netns, capabilityArgs: { bandwidth } };
    writeFileSync(
      join(results, `azure-${containerId}-${ifName}`),
      JSON.stringify({ kind: 'cniCacheV1', ...kept }),
    );
    expect(imported('--dry-run').stdout).toContain('its limits stay: 80Mbit received, 40Mbit sent; bwp0');
    expect(imported('--yes')).toMatchObject({ code: 0, stderr: '' });
    const limits = Object.values(document()?.endpoints ?? {}).map((endpoint) => endpoint.bandwidth);
    expect(limits.filter((one) => one !== undefined)).toEqual([
      { ingress: { rate: 8e7, burst: 8e5 }, egress: { rate: 4e7, burst: 4e5 } },
    ]);
    // Its queueing discipline is adopted, with the handle that it has: the pod loses no packet.
    expect(run(`tc qdisc show dev ${record.hostVeth}`)).toMatch(/tbf 8\w+: root .*rate 80Mbit/);
    expect(run('tc qdisc show').match(/tbf 7600: dev \S+ root .*rate 40Mbit/)).not.toBeNull();
    expect(pendingIn(vnet('reconcile', '--dry-run'))).toBe('');
  });

  /** Adds what azure-vnet does for ipv6nat. Returns the pods. */
  function translate(): readonly Netns[] {
    const ipv6 = { primary: NODE6, secondaries: [], podCidr: `${PREFIX}/64` };
    const node = azure.make({ ipv6 });
    recordSources(node.fabric.netns);
    recordSources6(node.fabric.netns);
    run(`ip -6 addr add ${NODE6}/128 dev azure0 nodad
      ip -6 route add default via ${GATEWAY6} dev azure0
      ip -6 addr add ${PREFIX}1/64 dev azure0 nodad
      sysctl -qw net.ipv6.conf.all.forwarding=1
      ip6tables -t nat -A POSTROUTING -s ${PREFIX}/64 -j SNAT --to-source ${NODE6}
      ip6tables -t mangle -I POSTROUTING -j MARK --set-mark 0x0
      ip6tables -t mangle -A POSTROUTING -o other -j MARK --set-mark 0x0`);
    return node.pods.map(({ netns }, index) => {
      const commands = `ip -6 addr add ${PREFIX}${10 + index}/64 dev eth0 nodad; ip -6 route add default via ${PREFIX}1`;
      netns.mustExec(['sh', '-ec', commands]);
      return netns;
    });
  }

  /** Expects the network to masquerade, the comments of the document as before, and of azure-vnet's rules only those of others. */
  function expectHandedOver(): void {
    expect(document()?.networks['azure']).toMatchObject({
      mode: 'transparent',
      masquerade: { enabled: true, direct: ['0.0.0.0/0', `${PREFIX}/64`, 'ff00::/8'] },
    });
    const text = readFileSync(join(azure.root, 'var/lib/vnet/vnet.yaml'), 'utf8');
    for (const comment of ['# vnet.yaml: ', '# Incremented by every write.', '# The networks, by the name'])
      expect(text).toContain(comment);
    expect(run('ip6tables-save -t nat; ip -6 addr show dev eth0')).not.toMatch(/SNAT|fd00:244::1\//);
    const marks = run('ip6tables-save -t mangle').match(/^-A .* MARK .*$/gm);
    expect(marks).toEqual(['-A POSTROUTING -o other -j MARK --set-xmark 0x0/0xffffffff']);
  }

  it('finishes an import with ipv6nat that is killed again and again', async () => {
    const [one] = translate();
    if (one === undefined) throw new Error('too few pods');
    const state = join(azure.root, 'azure-vnet.json');
    writeFileSync(state, dualState());
    const argv = ['import', '--from', state, POOL_FILE, '--ipv6nat', 'masquerade', '--yes'];
    const env = { VNET_ROOT: azure.root, VNET_NODE: 'aks' };
    let kills = 0;
    // Each run gets further than the one before.
    for (let delayMs = KILL_STEP_MS; ; delayMs += KILL_STEP_MS) {
      const { code, stderr } = await azure.node.netns.exec([join(BIN, 'vnet'), ...argv], {
        env,
        timeoutMs: delayMs,
      });
      if (code === 0) break;
      expect([delayMs, code, stderr]).toEqual([delayMs, KILLED, stderr]);
      kills += 1;
    }
    console.log(`import with ipv6nat: killed ${kills} times`);
    expect(kills).toBeGreaterThan(1);
    expect(vnet(...argv)).toMatchObject({ code: 0, stderr: '' });
    expectHandedOver();
    sourcesAt(azure.node.fabric.netns, undefined, 'ip6');
    expect([reaches(one, OUTSIDE6), sourcesAt(azure.node.fabric.netns, undefined, 'ip6')]).toEqual([
      true,
      [NODE6],
    ]);
    expect(pendingIn(vnet('reconcile', '--dry-run'))).toBe('');
  });

  it('translates the IPv6 packets of ipv6nat itself from then on, on request, and deletes the rule', async () => {
    const [one, two] = translate();
    if (one === undefined || two === undefined) throw new Error('too few pods');
    const state = join(azure.root, 'azure-vnet.json');
    writeFileSync(state, dualState());
    const seen = (family: 'ip' | 'ip6'): readonly string[] =>
      sourcesAt(azure.node.fabric.netns, undefined, family);
    expect([reaches(one, OUTSIDE6), seen('ip6')]).toEqual([true, [NODE6]]);
    const from = ['import', '--from', state, POOL_FILE];
    for (const choice of ['--dry-run', '--yes']) {
      const refused = vnet(...from, choice);
      expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining('--ipv6nat masquerade')]);
    }
    expect(document()).toBeUndefined();
    expect(vnet(...from, '--ipv6nat', 'masquerade', '--dry-run').stdout).toContain('mode transparent');
    const pings = [startPing(one, `${PREFIX}11`), startPing(one, OUTSIDE6), startPing(one, OUTSIDE)];
    for (const ping of pings) await ping.answered(3);
    const taken = vnet(...from, '--ipv6nat', 'masquerade', '--yes');
    expect([taken.code, taken.stderr]).toEqual([0, '']);
    for (const ping of pings) await ping.answered(3);
    const counts = await Promise.all(pings.map((ping) => ping.stop()));
    console.log(
      `ipv6nat to masquerade: ${counts.map(({ lost, sent }) => `${lost.length} of ${sent}`).join(', ')} lost`,
    );
    expect(counts.filter(({ lost }) => lost.length > 100)).toEqual([]);
    expectHandedOver();
    const record = readFileSync(join(azure.root, 'var/lib/vnet/import.json'), 'utf8');
    expect(record).toContain('ip6tables -t mangle -I POSTROUTING -j MARK --set-xmark 0x0/0xffffffff');
    expect(record).toContain(`ip6tables -t nat -A POSTROUTING -s ${PREFIX}/64 -j SNAT --to-source ${NODE6}`);
    for (const family of ['ip', 'ip6'] as const) seen(family);
    // A new connection, since the one of before keeps its translation.
    expect([reaches(two, OUTSIDE6), seen('ip6')]).toEqual([true, [NODE6]]);
    expect([reaches(two, OUTSIDE), seen('ip')]).toEqual([true, [podOf(1).address]]);
    expect(pendingIn(vnet('reconcile', '--dry-run'))).toBe('');
    expect(vnet(...from, '--ipv6nat', 'masquerade', '--yes')).toMatchObject({ code: 0, stderr: '' });
  });

  it('leaves the rule of ipv6nat on request, and says what ends with the next reboot', () => {
    const [one] = translate();
    if (one === undefined) throw new Error('too few pods');
    const state = join(azure.root, 'azure-vnet.json');
    writeFileSync(state, dualState());
    const taken = vnet('import', '--from', state, POOL_FILE, '--ipv6nat', 'keep', '--yes');
    expect(taken).toMatchObject({ code: 0, stderr: '' });
    expect(taken.stdout).toContain('until the next reboot');
    expect(document()?.networks['azure']).toMatchObject({ mode: 'bridge' });
    expect(run('ip6tables-save -t nat')).toContain('SNAT');
    sourcesAt(azure.node.fabric.netns, undefined, 'ip6');
    expect([reaches(one, OUTSIDE6), sourcesAt(azure.node.fabric.netns, undefined, 'ip6')]).toEqual([
      true,
      [NODE6],
    ]);
  });
});
