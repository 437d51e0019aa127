import { describe, expect, it } from 'vitest';
import { chooseRules, recogniseRule } from '../../reconciler/azure/rules.ts';
import type { BridgeRule } from '../../reconciler/model/ports/bridge-rules.ts';

const UPLINK = { name: 'eth0', mac: '00:0d:3a:51:c4:90', addresses: ['10.240.0.35'] };

function rule(text: string): BridgeRule {
  const [chain = '', ...spec] = text.split(' ');
  return { program: 'ebtables', chain, spec };
}

const SOURCE =
  'POSTROUTING -s Unicast -o eth0 -j snat --to-src 00:0d:3a:51:c4:90 --snat-arp --snat-target ACCEPT';
const OWN_ARP =
  'PREROUTING -p ARP --arp-op Request --arp-ip-dst 10.240.0.35 -j arpreply --arpreply-mac 00:0d:3a:51:c4:90';
const REPLY =
  'PREROUTING -p ARP -i eth0 --arp-op Reply -j dnat --to-dst ff:ff:ff:ff:ff:ff --dnat-target ACCEPT';
const POD_ARP =
  'PREROUTING -p ARP --arp-op Request --arp-ip-dst 10.240.0.36 -j arpreply --arpreply-mac 0a:00:00:00:00:01';
const POD_IP =
  'PREROUTING -p IPv4 -i eth0 --ip-dst 10.240.0.36 -j dnat --to-dst 0a:00:00:00:00:01 --dnat-target ACCEPT';

describe('rules of azure-vnet', () => {
  it.each([
    ['source', SOURCE],
    ['own-arp', OWN_ARP],
    ['arp-reply', REPLY],
    ['pod-arp', POD_ARP],
    ['pod-arp', `${POD_ARP} --arpreply-target DROP`],
    ['pod-ip', POD_IP],
    [
      'source',
      SOURCE.replace('00:0d', '0:d').replace('--to-src', '--to-source').replace('Unicast', 'unicast'),
    ],
    ['pod-ip', POD_IP.replace('--to-dst', '--to-destination').replace('0a:00:00:00:00:01', 'A:0:0:0:0:1')],
  ])('are known in every spelling: %s, %s', (kind, text) => {
    expect(recogniseRule(rule(text), UPLINK)?.kind).toBe(kind);
  });

  it.each([
    SOURCE.replace('eth0', 'eth1'),
    SOURCE.replace('51:c4:90', '51:c4:91'),
    SOURCE.replace(' --snat-arp', ''),
    SOURCE.replace('POSTROUTING', 'OUTPUT'),
    REPLY.replace('ACCEPT', 'CONTINUE'),
    POD_ARP.replace('-j arpreply', '--arp-ip-src 10.0.0.1 -j arpreply'),
    POD_ARP.replace('--arp-ip-dst', '! --arp-ip-dst'),
    `${POD_ARP} --arpreply-target ACCEPT`,
    POD_IP.replace('-i eth0 ', ''),
    POD_IP.replace('--ip-dst', '--ip-proto 6 --ip-dst'),
    POD_IP.replace('-j dnat --to-dst 0a:00:00:00:00:01 --dnat-target ACCEPT', '-j ACCEPT'),
    'PREROUTING -j ACCEPT',
  ])('are not mistaken for others: %s', (text) => {
    expect(recogniseRule(rule(text), UPLINK)).toBeUndefined();
  });

  it('are removed for addresses of the network, stale ones too; those of the uplink stay while any pod needs them', () => {
    const stale = POD_IP.replace('10.240.0.36', '10.240.0.99');
    const elsewhere = POD_IP.replace('10.240.0.36', '192.0.2.9');
    const rules = [SOURCE, OWN_ARP, REPLY, POD_ARP, POD_IP, stale, elsewhere, 'PREROUTING -j ACCEPT'].map(
      rule,
    );
    const choice = { uplink: UPLINK, isOfNetwork: (address: string) => address.startsWith('10.240.') };
    expect(chooseRules(rules, { ...choice, kept: new Set() })).toEqual(rules.slice(0, 6));
    const kept = chooseRules(rules, { ...choice, kept: new Set(['10.240.0.36']) });
    expect(kept).toEqual([rules[5]]);
  });
});
