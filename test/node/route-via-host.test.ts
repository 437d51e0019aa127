/** Addresses on the node that pods reach through it (`ipsToRouteViaHost`), beside the rules of NodeLocal DNSCache. */
import { afterEach, describe, expect, it } from 'vitest';
import { pendingIn } from '../support/exec.ts';
import { DUAL_NICS, GATEWAY } from '../lab/fabric.ts';
import { answers, staysSilent } from '../lab/ping.ts';
import { hasLiveNodes } from '../plugin/live-node.ts';
import { LOCAL_DNS as DNS, LOCAL_DNS6 as DNS6, modeConf } from './mode-cases.ts';
import { addressOf, makeModeNodes, type ModeNode } from './mode-nodes.ts';

describe.skipIf(!hasLiveNodes)('ipsToRouteViaHost', () => {
  let made: ReturnType<typeof makeModeNodes> | undefined;
  afterEach(() => {
    made?.remove();
    made = undefined;
  });

  /** Returns a node with the interface and the rules of NodeLocal DNSCache. */
  function nodeOf(conf: object): ModeNode {
    made = makeModeNodes({ ...conf, ipsToRouteViaHost: [DNS] });
    const [node] = made.nodes;
    const commands = [
      'ip link add nodelocaldns type bridge',
      'ip link set nodelocaldns up',
      `ip addr add ${DNS}/32 dev nodelocaldns`,
      ...['udp', 'tcp'].flatMap((protocol) => [
        `iptables -t raw -A PREROUTING -d ${DNS} -p ${protocol} --dport 53 -j NOTRACK`,
        `iptables -t raw -A OUTPUT -s ${DNS} -p ${protocol} --sport 53 -j NOTRACK`,
        `iptables -A INPUT -d ${DNS} -p ${protocol} --dport 53 -j ACCEPT`,
      ]),
    ];
    node.netns().mustExec(['sh', '-ec', commands.join('\n')]);
    return node;
  }

  it('leads to the node in bridge mode, until the document no longer lists the address', async () => {
    const node = nodeOf({ mode: 'bridge', bridge: 'azure0' });
    const [pod, other] = [node.addPod(), node.addPod()];
    expect(node.document().networks['azure']).toMatchObject({ routeViaHost: [DNS] });
    for (const one of [pod, other]) expect(await answers(one, DNS)).toBe(true);
    expect(await answers(pod, addressOf(other))).toBe(true);
    expect(await answers(pod, GATEWAY)).toBe(true);
    expect(pendingIn(node.vnet('reconcile', '--dry-run'))).toBe('');

    node.netns().mustExec(['nft', 'flush', 'map', 'bridge', 'vnet', 'via_host']);
    expect(await staysSilent(pod, DNS)).toBe(true);
    expect(node.vnet('reconcile').code).toBe(0);
    expect(await answers(pod, DNS)).toBe(true);

    node.edit(/ {4}routeViaHost:\n {6}- 169\.254\.20\.10\n/, '');
    expect(node.vnet('reconcile').code).toBe(0);
    expect(await staysSilent(pod, DNS)).toBe(true);
    expect(node.netns().mustExec('nft list table bridge vnet'.split(' ')).stdout).not.toContain(DNS);
    expect(await answers(pod, GATEWAY)).toBe(true);
  });

  it('leads to the node in IPv6, where pods are alone on their link, until the document no longer lists the address', async () => {
    made = makeModeNodes(modeConf({ mode: 'bridge', bridge: 'azure0' }), DUAL_NICS);
    const [node] = made.nodes;
    const commands = `ip link add nodelocaldns type bridge
      ip link set nodelocaldns up
      ip addr add ${DNS6}/128 dev nodelocaldns nodad
      ip6tables -t raw -A PREROUTING -d ${DNS6} -p udp --dport 53 -j NOTRACK
      ip6tables -A INPUT -d ${DNS6} -p udp --dport 53 -j ACCEPT`;
    node.netns().mustExec(['sh', '-ec', commands]);
    const [pod, other] = [node.addPod(), node.addPod()];
    for (const one of [pod, other]) expect(await answers(one, DNS6)).toBe(true);
    expect(await answers(pod, addressOf(other, 6))).toBe(true);
    expect(pendingIn(node.vnet('reconcile', '--dry-run'))).toBe('');

    node.netns().mustExec(['nft', 'flush', 'map', 'bridge', 'vnet', 'via_host6']);
    expect(await staysSilent(pod, DNS6)).toBe(true);
    expect(node.vnet('reconcile').code).toBe(0);
    expect(await answers(pod, DNS6)).toBe(true);

    node.edit(/ {6}- fd00:20::10\n/, '');
    expect(node.vnet('reconcile').code).toBe(0);
    expect(await staysSilent(pod, DNS6)).toBe(true);
    expect(node.netns().mustExec('nft list table bridge vnet'.split(' ')).stdout).not.toContain(DNS6);
    expect(await answers(pod, addressOf(other, 6))).toBe(true);
  });

  it('needs nothing in mode transparent, where the node routes', async () => {
    const node = nodeOf({ mode: 'transparent' });
    const pod = node.addPod();
    expect(await answers(pod, DNS)).toBe(true);
    expect(await answers(pod, GATEWAY)).toBe(true);
  });

  it('must list addresses', () => {
    const node = nodeOf({ mode: 'bridge' });
    expect(() => node.addPod()).not.toThrow();
    const [first] = node.pods();
    if (first === undefined) throw new Error('no pod');
    const answer = node.call('ADD', first, { ipsToRouteViaHost: ['node-local'] });
    expect(JSON.parse(answer.stdout)).toMatchObject({ code: 7 });
    expect(answer.stdout).toContain('ipsToRouteViaHost');
  });
});
