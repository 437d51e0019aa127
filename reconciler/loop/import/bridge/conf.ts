/** Parses the files of the plugins `bridge` and `host-local`. Pure. Source: containernetworking/plugins. */
import { familyOf, parseAddress } from '../../../model/addresses/address.ts';
import { asRecord, isRecord } from '../../../model/objects.ts';
import { fail, ok, type Result } from '../../../model/result.ts';
import type { BridgeConf, LocalLease, LocalRange } from './source.ts';

/** The network and the bridge of kubenet. */
const KUBENET = { network: 'kubenet', bridge: 'cbr0', masquerades: false, ranges: [] } as const;

/** Returns the configuration of kubenet, which has no file: its ranges are the subnets of cbr0. */
export function kubenetConf(): BridgeConf {
  return KUBENET;
}

/** The default of the plugin. */
const DEFAULT_BRIDGE = 'cni0';

/**
 * Returns the configuration that the list's plugin `bridge` has; undefined if it has none.
 * Errors: `refused` for a configuration that vnet cannot take over: another IPAM plugin than host-local, VLANs, a bridge without gateway.
 */
export function bridgeConfOf(
  network: string,
  plugins: readonly Readonly<Record<string, unknown>>[],
): Result<BridgeConf | undefined> {
  const conf = plugins.find(({ type }) => type === 'bridge');
  if (conf === undefined) return ok(undefined);
  const ipam = asRecord(conf['ipam']);
  const why = obstacleOf(conf, ipam);
  if (why !== undefined) {
    const hint =
      'Drain the node, and let the first ADD of azure-vnet create the network. Nothing was changed.';
    return fail('refused', 'import', `network ${network}: ${why}`, { hint });
  }
  const { bridge, hairpinMode, ipMasq } = conf;
  const { dataDir } = ipam;
  return ok({
    network,
    bridge: isText(bridge) ? bridge : DEFAULT_BRIDGE,
    ...(hairpinMode === undefined ? {} : { hairpin: hairpinMode === true }),
    masquerades: ipMasq === true,
    ...(isText(dataDir) ? { dataDir } : {}),
    ranges: rangesOf(ipam),
  });
}

function obstacleOf(
  conf: Readonly<Record<string, unknown>>,
  ipam: Readonly<Record<string, unknown>>,
): string | undefined {
  if (ipam['type'] !== 'host-local')
    return `its addresses come from ${JSON.stringify(ipam['type'] ?? '')}, not host-local`;
  if (Number(conf['vlan'] ?? 0) !== 0 || conf['vlanTrunk'] !== undefined) return 'its pods are in a VLAN';
  return conf['isGateway'] === true || conf['isDefaultGateway'] === true
    ? undefined
    : 'its bridge has no address (isGateway is not true)';
}

/** Of a set of ranges, which gives one address, the first; the older form has one range beside `type`. */
function rangesOf(ipam: Readonly<Record<string, unknown>>): readonly LocalRange[] {
  const sets: unknown = ipam['ranges'] ?? [];
  return [ipam, ...(Array.isArray(sets) ? sets.flat() : [])].flatMap((range: unknown) => {
    if (!isRecord(range) || !isText(range['subnet'])) return [];
    const { subnet, rangeStart, rangeEnd, gateway } = range;
    return [
      {
        subnet,
        ...(isText(rangeStart) ? { rangeStart } : {}),
        ...(isText(rangeEnd) ? { rangeEnd } : {}),
        ...(isText(gateway) ? { gateway } : {}),
      },
    ];
  });
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/**
 * Returns the lease in a file of host-local, whose name is the address; undefined for its other files (`lock`,
 * `last_reserved_ip.0`). Old files have the container ID alone.
 */
export function parseLease(name: string, text: string): LocalLease | undefined {
  // IPv6 addresses have another form on file systems without colons.
  const address = name.replaceAll('_', ':');
  if (parseAddress(address) === undefined || familyOf(address) === undefined) return undefined;
  const [containerId = '', ifName = ''] = text.trim().split(/\s+/);
  if (containerId === '') return undefined;
  return { address, containerId, ...(ifName === '' ? {} : { ifName }) };
}
