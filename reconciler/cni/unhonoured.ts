/**
 * Keys of azure-vnet's configuration that vnet ignores. Pure. Loaded if there is a key that vnet does not
 * know.
 */
import { isRecord } from '../model/objects.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The keys, with their purposes. Source: azure-container-networking v1.4.22, cni/netconfig.go. */
const TOP: Readonly<Record<string, string>> = {
  enableSnatOnHost: 'source translation on the node',
  enableSnatForDns: 'source translation of DNS',
  multiTenancy: 'container network service',
  enableExactMatchForPodName: 'lookup of pods by exact name',
  disableHairpinOnHostInterface: 'no hairpin on the host veth',
  disableIPTableLock: 'iptables without its lock',
  cnsurl: 'container network service',
  executionMode: 'execution mode',
  ipamMode: 'IPAM mode',
  infraVnetAddressSpace: 'address space of the infrastructure network',
  podNamespaceForDualNetwork: 'pods with two networks',
  vlan: 'VLAN of the network',
  vlanid: 'VLAN of the network',
  additionalArgs: 'policies of endpoints',
  windowsSettings: 'settings of Windows',
  logLevel: 'log level',
  logTarget: 'log target',
  adapterName: 'adapter of Windows',
  routes: 'routes outside ipam',
};

const OF_IPAM: Readonly<Record<string, string>> = {
  mode: 'mode of azure-cns',
  defaultRouteInterface: 'default route',
  queryInterval: 'interval of queries to the host endpoint',
};

/** Returns the ignored keys, with their purposes: `enableSnatOnHost (source translation on the node)`. */
export function unhonouredKeys(raw: Fields): readonly string[] {
  const ipam = Object.entries(raw).find(([key]) => key.toLowerCase() === 'ipam')?.[1];
  return [...keysIn(raw, TOP, ''), ...(isRecord(ipam) ? keysIn(ipam, OF_IPAM, 'ipam.') : [])];
}

function keysIn(object: Fields, known: Readonly<Record<string, string>>, prefix: string): readonly string[] {
  const purposes = new Map(Object.entries(known).map(([key, purpose]) => [key.toLowerCase(), purpose]));
  return Object.entries(object).flatMap(([key, value]) => {
    const purpose = purposes.get(key.toLowerCase());
    return purpose === undefined || isUnset(value) ? [] : [`${prefix}${key} (${purpose})`];
  });
}

/** Values that match vnet's behaviour anyway. */
function isUnset(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    value === false ||
    value === '' ||
    value === 0 ||
    value === 'false' ||
    (Array.isArray(value) && value.length === 0)
  );
}
