/**
 * The first network of a CNI configuration, also where it is written for the plugins `bridge` and `host-local`, as flannel and
 * kubenet write it. Loaded lazily: only a network's first ADD needs it.
 * Source: containernetworking/plugins, plugins/main/bridge and plugins/ipam/host-local; flannel-io/cni-plugin.
 */
import { captureNetwork } from '../../reconciler/loop/takeover/capture.ts';
import {
  formatAddresses,
  mergeRanges,
  subtractAddresses,
} from '../../reconciler/model/addresses/address-list.ts';
import {
  type AddressRange,
  familyOf,
  isInRange,
  normalisePrefix,
  parseAddress,
  parsePrefix,
  predecessor,
  successor,
} from '../../reconciler/model/addresses/address.ts';
import type { FirstNetwork } from '../../reconciler/model/modes/mode.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';
import type { Observer } from '../../reconciler/model/ports/kernel.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import type { Network } from '../../schemas/generated/vnet.ts';
import type { PoolSupply } from '../host.ts';
import { CNI_CODES, type CniError, cniError, toCniError } from '../protocol/errors.ts';
import { createReader, field, isJsonObject, type JsonObject } from '../protocol/json.ts';
import { HOST_LOCAL, type IpamConf, type Netconf } from '../protocol/netconf.ts';

/** Destinations that no address is translated for: the plugin `bridge` excludes multicast, too. */
const MULTICAST = '224.0.0.0/4';

/**
 * Returns the network that the document does not have yet.
 * Errors: 7 for keys of another type; those of the mode if no interface fits.
 */
export function firstNetworkOf(
  kernel: Observer,
  netconf: Netconf,
  { pools, nicMac }: PoolSupply,
): Result<Network, CniError> {
  const { mode, bridge, master, routeViaHost, raw } = netconf;
  const wrong: string[] = [];
  const mtu = createReader(raw, '', wrong).number('mtu');
  const [hairpin, isMasquerading] = ['hairpinMode', 'ipMasq'].map((key) => readBoolean(raw, key, wrong));
  if (wrong.length > 0)
    return invalid(`invalid configuration of network "${netconf.name}"`, wrong.join('\n'));
  const direct = netconf.ipam.routes
    .map(({ dst }) => dst)
    .filter((dst) => familyOf(dst) === 4 && !isDefault(dst));
  const request: FirstNetwork = {
    pools,
    ...omitUndefined({ bridge, master, nicMac, routeViaHost, hairpin }),
    // 0 is the plugin's "not set".
    ...(mtu === undefined || mtu === 0 ? {} : { mtuBytes: mtu }),
    ...(isMasquerading === true ? { masquerade: { enabled: true, direct: [...direct, MULTICAST] } } : {}),
  };
  const network = captureNetwork(kernel, mode, request);
  return network.ok ? network : err(toCniError(network.error, 'uplink'));
}

function isDefault(dst: string): boolean {
  return dst.endsWith('/0');
}

function readBoolean(raw: JsonObject, key: string, wrong: string[]): boolean | undefined {
  const value = field(raw, key);
  if (value === undefined || typeof value === 'boolean') return value;
  wrong.push(`${key} must be true or false`);
  return undefined;
}

/** A range of host-local. Shape: `first` and `last` are the pods' addresses in the subnet. */
type HostLocalRange = AddressRange & { readonly subnet: string; readonly gateway: string | undefined };

/**
 * Returns the `ipam` object with the ranges of host-local as subnet and addresses; unchanged if it has none.
 * Errors: 7 for ranges that are no pool: of two subnets, or IPv6.
 */
export function ipamOfRanges({ raw, ipam }: Netconf): Result<IpamConf, CniError> {
  const wrong: string[] = [];
  const conf = createReader(raw, '', wrong).object('ipam');
  if (conf === undefined || field(conf, 'type') !== HOST_LOCAL) return ok(ipam);
  const sets = createReader(conf, 'ipam', wrong).list('ranges') ?? [];
  const items = [...(field(conf, 'subnet') === undefined ? [] : [conf]), ...sets.flat().filter(isJsonObject)];
  const ranges = items.flatMap((item) => readRange(item, wrong) ?? []);
  if (wrong.length > 0) return invalid('ipam.ranges cannot be used as a pool', wrong.join('\n'));
  const [range] = ranges;
  if (range === undefined) {
    return invalid('ipam has no ranges', 'Set "ranges": [[{"subnet": "10.244.0.0/24"}]].');
  }
  const { subnet, gateway } = range;
  const other = ranges.find((one) => one.subnet !== subnet);
  if (other !== undefined) {
    const how = 'A pool has one subnet: use ranges of one subnet, or a network for each.';
    return invalid(`ipam.ranges has the subnets ${subnet} and ${other.subnet}`, how);
  }
  const own = gateway === undefined ? undefined : parseAddress(gateway);
  const all = subtractAddresses(mergeRanges(ranges), own === undefined ? [] : [{ first: own, last: own }]);
  const isWhole = ranges.some(({ first, last }) => isAllOf(subnet, { first, last }));
  const addresses = isWhole ? [subnet] : formatAddresses(all);
  return ok({ ...ipam, subnet, addresses, ...omitUndefined({ gateway }) });
}

/** Returns the range. Source: host-local's Range.Canonicalize: neither network nor broadcast address. */
function readRange(item: JsonObject, wrong: string[]): HostLocalRange | undefined {
  const reader = createReader(item, 'ipam.ranges', wrong);
  const [text = '', start, end, gateway] = ['subnet', 'rangeStart', 'rangeEnd', 'gateway'].map((key) =>
    reader.text(key),
  );
  const prefix = familyOf(text) === 4 ? parsePrefix(text) : undefined;
  if (prefix === undefined) {
    wrong.push(
      `ipam.ranges: subnet ${JSON.stringify(text)} is not an IPv4 prefix: remove it, or enable IPv4`,
    );
    return undefined;
  }
  const first = start === undefined ? successor(prefix.first) : parseAddress(start);
  const last = end === undefined ? predecessor(prefix.last) : parseAddress(end);
  if (
    first === undefined ||
    last === undefined ||
    !isInRange(first, prefix) ||
    !isInRange(last, prefix) ||
    last < first
  ) {
    wrong.push(`ipam.ranges: ${start ?? ''}-${end ?? ''} is not a range of ${text}`);
    return undefined;
  }
  return { subnet: normalisePrefix(text), first, last, gateway: gateway === '' ? undefined : gateway };
}

function isAllOf(subnet: string, { first, last }: AddressRange): boolean {
  const prefix = parsePrefix(subnet);
  return prefix !== undefined && first === successor(prefix.first) && last === predecessor(prefix.last);
}

function invalid(msg: string, details: string): Result<never, CniError> {
  return err(cniError(CNI_CODES.invalidConfig, msg, details));
}
