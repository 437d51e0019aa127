/** azure-vnet's ebtables rules of bridge mode, in the format of ebtables-restore. Pure. */

/** A node whose pods these rules serve. */
export type RuleSite = {
  readonly uplinkMac: string;
  readonly primary: string;
  readonly pods: readonly { readonly address: string; readonly mac: string }[];
};

/**
 * Returns table nat with two rules per pod, in the order in which azure-vnet appends them.
 * Source: azure-container-networking v1.4.22, network/bridge_networkclient_linux.go,
 * bridge_endpointclient_linux.go, ebtables/ebtables.go.
 */
export function renderEbtables({ uplinkMac, primary, pods }: RuleSite): string {
  const answer = (address: string, mac: string): string =>
    `-A PREROUTING -p ARP --arp-op Request --arp-ip-dst ${address} -j arpreply --arpreply-mac ${mac} --arpreply-target DROP`;
  return [
    '*nat',
    ':PREROUTING ACCEPT',
    ':OUTPUT ACCEPT',
    ':POSTROUTING ACCEPT',
    answer(primary, uplinkMac),
    '-A PREROUTING -p ARP --arp-op Reply -i eth0 -j dnat --to-dst ff:ff:ff:ff:ff:ff --dnat-target ACCEPT',
    ...pods.flatMap(({ address, mac }) => [
      answer(address, mac),
      `-A PREROUTING -p IPv4 -i eth0 --ip-dst ${address} -j dnat --to-dst ${mac} --dnat-target ACCEPT`,
    ]),
    `-A POSTROUTING -s unicast -o eth0 -j snat --to-src ${uplinkMac} --snat-arp --snat-target ACCEPT`,
    '',
  ].join('\n');
}
