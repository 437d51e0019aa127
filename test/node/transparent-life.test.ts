/** Mode transparent beside other programs: Services, several interfaces of a pod, old sandboxes, routes of others. */
import { beforeAll, describe, expect, it } from 'vitest';
import { answers, reaches } from '../lab/ping.ts';
import { hasLiveNodes } from '../plugin/live-node.ts';
import { makeNetns, uniqueName } from '../support/netns.ts';
import { addressOf } from './mode-nodes.ts';
import { useTwoNodes } from './two-nodes.ts';
import { transfer } from './transfer.ts';

const SERVICE = '10.0.0.10';
const BYTES = 500_000;

/** kube-proxy's rules for one Service, in its iptables mode; FORWARD drops what they do not accept. */
const iptablesOf = (backend: string): string => `
iptables -t nat -N KUBE-MARK-MASQ
iptables -t nat -A KUBE-MARK-MASQ -j MARK --or-mark 0x4000
iptables -t nat -N KUBE-SERVICES
iptables -t nat -A KUBE-SERVICES -s ${backend} -d ${SERVICE} -j KUBE-MARK-MASQ
iptables -t nat -A KUBE-SERVICES -d ${SERVICE} -p tcp -j DNAT --to-destination ${backend}
iptables -t nat -A PREROUTING -j KUBE-SERVICES
iptables -t nat -A OUTPUT -j KUBE-SERVICES
iptables -t nat -A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE --random-fully
iptables -A FORWARD -m conntrack --ctstate INVALID -j DROP
iptables -A FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT
iptables -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
`;

/** The same in its nftables mode. */
const nftOf = (backend: string): string => `nft -f - <<'END'
table ip kube-proxy {
  chain services {
    ip daddr ${SERVICE} ip saddr ${backend} meta mark set meta mark | 0x4000
    ip daddr ${SERVICE} dnat to ${backend}
  }
  chain nat-prerouting { type nat hook prerouting priority dstnat
    jump services
  }
  chain nat-output { type nat hook output priority -100
    jump services
  }
  chain nat-postrouting { type nat hook postrouting priority srcnat
    meta mark & 0x4000 == 0x4000 masquerade fully-random
  }
  chain forward { type filter hook forward priority -110
    ct state invalid drop
  }
}
END
`;

describe.skipIf(!hasLiveNodes)('mode transparent beside other programs', () => {
  const { here, pod, far, run } = useTwoNodes({ mode: 'transparent' });
  const isConverged = (): boolean => here().vnet('reconcile', '--dry-run').code === 0;
  beforeAll(() => {
    for (const from of [pod(0), pod(1), far()]) reaches(from, addressOf(pod(0)));
  });

  it.each([
    ['iptables', iptablesOf],
    ['nftables', nftOf],
  ])('reaches Services by the rules of kube-proxy in mode %s', async (_mode, rulesOf) => {
    for (const [from, backend] of [
      [pod(0), pod(1)],
      [pod(1), pod(1)],
      [pod(0), far()],
      [here().netns(), pod(1)],
    ] as const) {
      const own = addressOf(backend);
      run(rulesOf(own));
      const got = await transfer(from, backend, { own, target: SERVICE, bytes: BYTES });
      expect(got).toMatch(new RegExp(`^${BYTES} `));
      // Another pod sees the address of the pod; hairpin packets have that of the node.
      if (from === pod(0)) expect(got).toBe(`${BYTES} ${addressOf(from)}`);
      run(
        'iptables -F; iptables -t nat -F; iptables -t nat -X; nft delete table ip kube-proxy 2>/dev/null || true',
      );
    }
    expect(isConverged()).toBe(true);
  });

  it('connects two interfaces of one pod, each with an address of its own', async () => {
    const one = here().addPod();
    const added = here().call('ADD', one, {}, { CNI_IFNAME: 'net1' });
    expect(added.code).toBe(0);
    const addresses = [addressOf(one), addressOf(one, 4, 'net1')];
    expect(new Set(addresses).size).toBe(2);
    expect(one.mustExec('ip route show default'.split(' ')).stdout).toMatch(
      /^default via 169.254.1.1 dev eth0/,
    );
    expect(one.mustExec('ip route show default'.split(' ')).stdout.trim().split('\n')).toHaveLength(1);
    // Answers leave by the interface of their source, as with the plugin sbr: each port passes its own address only.
    one.mustExec(`ip rule add from ${addresses[1]} table 100`.split(' '));
    one.mustExec('ip route add default via 169.254.1.1 dev net1 onlink table 100'.split(' '));
    for (const address of addresses) {
      expect(reaches(pod(0), address)).toBe(true);
      expect(await answers(here().netns(), address)).toBe(true);
    }
    expect(isConverged()).toBe(true);
    expect(here().call('DEL', one, {}, { CNI_IFNAME: 'net1' }).code).toBe(0);
    expect(await answers(pod(0), addresses[0] ?? '')).toBe(true);
    expect(run('ip route; ip neigh; nft list ruleset')).not.toContain(`${addresses[1]} `);
    expect(here().call('DEL', one).code).toBe(0);
  });

  it('keeps the new sandbox of a pod when the DEL of the old one is late', async () => {
    const [old, fresh] = [makeNetns(uniqueName('pod')), makeNetns(uniqueName('pod'))];
    const name = { CNI_ARGS: 'K8S_POD_NAMESPACE=default;K8S_POD_NAME=web' };
    for (const one of [old, fresh]) expect(here().call('ADD', one, {}, name).code).toBe(0);
    expect(addressOf(old)).not.toBe(addressOf(fresh));
    old.remove();
    expect(here().call('DEL', old, {}, name).code).toBe(0);
    expect(reaches(pod(0), addressOf(fresh))).toBe(true);
    expect(here().call('DEL', old, {}, name).code).toBe(0);
    expect(await answers(far(), addressOf(fresh))).toBe(true);
    expect(isConverged()).toBe(true);
    expect(here().call('DEL', fresh, {}, name).code).toBe(0);
    fresh.remove();
  });

  it('names the route of another program to the address of a pod, and leaves it', async () => {
    const next = '10.240.0.60';
    run(`ip route add ${next}/32 via 10.240.0.1 dev eth0 proto static`);
    const one = makeNetns(uniqueName('pod'));
    const added = here().call('ADD', one, { args: { cni: { ips: [next] } } });
    expect(JSON.parse(added.stdout)).toMatchObject({
      code: 100,
      msg: expect.stringContaining('route 10.240.0.60/32: it belongs to another program (protocol 4)'),
    });
    expect(run(`ip route show ${next}`)).toContain('via 10.240.0.1 dev eth0 proto static');
    expect(isConverged()).toBe(true);
    run(`ip route del ${next}`);
    expect(here().call('ADD', one, { args: { cni: { ips: [next] } } }).code).toBe(0);
    expect(reaches(one, addressOf(far()))).toBe(true);
    expect(here().call('DEL', one).code).toBe(0);
    one.remove();
  });
});
