/**
 * The first network of a CNI configuration, also where it is written for the plugins `bridge` and `host-local`, as flannel and
 * kubenet write it. Loaded lazily: only a network's first ADD needs it.
 * Source: containernetworking/plugins, plugins/main/bridge and plugins/ipam/host-local; flannel-io/cni-plugin.
 */
import { whenLoaded } from '../../reconciler/document/library.ts';
import type { ChangeOf, Committed, Problem } from '../../reconciler/document/store/store.ts';
import { networkOf } from '../../reconciler/model/networks.ts';
import { captureNetwork } from '../../reconciler/loop/takeover/capture.ts';
import {
  formatAddresses,
  mergeRanges,
  subtractAddresses,
} from '../../reconciler/model/addresses/address-list.ts';
import {
  type Address,
  type AddressRange,
  type Family,
  familyOf,
  isInRange,
  normalisePrefix,
  parseAddress,
  parsePrefix,
  predecessor,
  successor,
} from '../../reconciler/model/addresses/address.ts';
import { poolsOf } from '../../reconciler/model/addresses/families.ts';
import type { FirstNetwork } from '../../reconciler/model/modes/mode.ts';
import { modeOf } from '../../reconciler/model/modes/registry.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';
import type { Observer } from '../../reconciler/model/ports/kernel.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import type { Masquerade, Network, Pools, Probe } from '../../schemas/generated/vnet.ts';
import type { Call, Host, PoolSupply } from '../host.ts';
import { run, type Work } from '../work.ts';
import { authorOfCall } from './detach.ts';
import { CNI_CODES, type CniError, cniError, toCniError } from '../protocol/errors.ts';
import { createReader, field, isJsonObject, type JsonObject } from '../protocol/json.ts';
import { HOST_LOCAL, type IpamConf, type Netconf, type StaticPart } from '../protocol/netconf.ts';

/** Destinations that no address is translated for: the plugin `bridge` excludes multicast, too. */
const MULTICAST = { 4: '224.0.0.0/4', 6: 'ff00::/8' } as const;

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
  const probe = readProbe(raw, wrong);
  const [hairpin, isMasquerading] = ['hairpinMode', 'ipMasq'].map((key) => readBoolean(raw, key, wrong));
  if (wrong.length > 0)
    return invalid(`invalid configuration of network "${netconf.name}"`, wrong.join('\n'));
  const masquerade = isMasquerading === true ? masqueradeOf(netconf, pools) : ipv6NatOf(netconf, pools);
  if (masquerade?.ok === false) return masquerade;
  const request: FirstNetwork = {
    pools,
    ...omitUndefined({ bridge, master, nicMac, routeViaHost, hairpin, sameNode: sameNodeOf(netconf) }),
    // 0 is the plugin's "not set".
    ...(mtu === undefined || mtu === 0 ? {} : { mtuBytes: mtu }),
    ...(masquerade === undefined ? {} : { masquerade: masquerade.value }),
  };
  const network = captureNetwork(kernel, mode, request);
  if (!network.ok) return err(toCniError(network.error, 'uplink'));
  return ok(probe === undefined ? network.value : { ...network.value, probe });
}

/** azure-vnet's modes tunnel and transparent-tunnel are the others with this option. */
function sameNodeOf({ mode, raw }: Netconf): 'fabric' | undefined {
  const { attach } = modeOf({ mode });
  return attach?.tunnelName === field(raw, 'mode') && attach?.tunnelName !== undefined ? 'fabric' : undefined;
}

/** Source: ipMasq of the plugin `bridge`; flannel's routes are the pod CIDRs of the cluster. */
function masqueradeOf({ ipam }: Netconf, pools: Pools): Result<Masquerade, CniError> {
  const direct = ipam.routes.map(({ dst }) => dst).filter((dst) => !isDefault(dst));
  const multicast = poolsOf({ pools }).map(({ family }) => MULTICAST[family]);
  return ok({ enabled: true, direct: [...direct, ...multicast] });
}

/**
 * azure-vnet's ipv6nat: pods have addresses of the virtual network in IPv4 and get the address of the node in IPv6.
 * Errors: 7 in mode bridge, whose frames do not pass the IP layer, and without an IPv6 pool.
 */
function ipv6NatOf({ mode, name, raw }: Netconf, pools: Pools): Result<Masquerade, CniError> | undefined {
  if (field(raw, 'ipv6Mode') !== 'ipv6nat') return undefined;
  const wrong = `invalid configuration of network "${name}"`;
  if (pools.ipv6 === undefined) {
    const how =
      'ipv6Mode ipv6nat: the pods need IPv6 addresses: set ipam.ipv6 with "subnet" and "addresses".';
    return invalid(wrong, how);
  }
  if (modeOf({ mode }).refuses?.['masquerade'] !== undefined) {
    const how = `ipv6Mode ipv6nat: mode ${mode} cannot translate addresses. Set "mode": "transparent": pods keep their IPv4 addresses, and get the node's in IPv6.`;
    return invalid(wrong, how);
  }
  return ok({ enabled: true, direct: ['0.0.0.0/0', MULTICAST[6]] });
}

function isDefault(dst: string): boolean {
  return dst.endsWith('/0');
}

/** Shape: `{"timeoutMs": 200}`; its values are checked with the document. */
function readProbe(raw: JsonObject, wrong: string[]): Probe | undefined {
  const section = createReader(raw, '', wrong).object('probe');
  if (section === undefined) return undefined;
  const timeoutMs = createReader(section, 'probe', wrong).number('timeoutMs');
  if (timeoutMs === undefined) wrong.push('probe needs timeoutMs, in milliseconds');
  return { timeoutMs: timeoutMs ?? 0 };
}

function readBoolean(raw: JsonObject, key: string, wrong: string[]): boolean | undefined {
  const value = field(raw, key);
  if (value === undefined || typeof value === 'boolean') return value;
  wrong.push(`${key} must be true or false`);
  return undefined;
}

/** A range of host-local. Shape: `first` and `last` are the pods' addresses in the subnet. */
type HostLocalRange = AddressRange & {
  readonly family: Family;
  readonly subnet: string;
  readonly gateway: string | undefined;
};

/**
 * Returns the `ipam` object with the ranges of host-local as subnet and addresses, those of IPv6 beside those of IPv4;
 * unchanged if it has none.
 * Errors: 7 for ranges that are no pool: of two subnets of one family.
 */
export function ipamOfRanges({ raw, ipam }: Netconf): Result<IpamConf, CniError> {
  const wrong: string[] = [];
  const conf = createReader(raw, '', wrong).object('ipam');
  if (conf === undefined || field(conf, 'type') !== HOST_LOCAL) return ok(ipam);
  const sets = createReader(conf, 'ipam', wrong).list('ranges') ?? [];
  const items = [...(field(conf, 'subnet') === undefined ? [] : [conf]), ...sets.flat().filter(isJsonObject)];
  const ranges = items.flatMap((item) => readRange(item, wrong) ?? []);
  if (wrong.length > 0) return invalid('ipam.ranges cannot be used as a pool', wrong.join('\n'));
  const parts: StaticPart[] = [];
  for (const family of [4, 6] as const) {
    const part = partOf(ranges.filter((range) => range.family === family));
    if (!part.ok) return part;
    if (part.value !== undefined) parts.push(part.value);
  }
  const [first, ipv6] = parts;
  if (first === undefined) {
    return invalid('ipam has no ranges', 'Set "ranges": [[{"subnet": "10.244.0.0/24"}]].');
  }
  return ok({ ...ipam, ...first, ...omitUndefined({ ipv6 }) });
}

/** Returns the pool of the ranges, which are of one family; undefined if there are none. */
function partOf(ranges: readonly HostLocalRange[]): Result<StaticPart | undefined, CniError> {
  const [range] = ranges;
  if (range === undefined) return ok(undefined);
  const { subnet, gateway } = range;
  const other = ranges.find((one) => one.subnet !== subnet);
  if (other !== undefined) {
    const how = 'A pool has one subnet: use ranges of one subnet, or a network for each.';
    return invalid(`ipam.ranges has the subnets ${subnet} and ${other.subnet}`, how);
  }
  const own = gateway === undefined ? undefined : parseAddress(gateway);
  const all = subtractAddresses(mergeRanges(ranges), own === undefined ? [] : [{ first: own, last: own }]);
  const isWhole = ranges.some(({ family, first, last }) => {
    const prefix = parsePrefix(subnet);
    return prefix !== undefined && first === successor(prefix.first) && last === lastOf(prefix, family);
  });
  const addresses = isWhole ? [subnet] : formatAddresses(all);
  return ok({ subnet, addresses, ...omitUndefined({ gateway }) });
}

/** Returns the range. Source: host-local's Range.Canonicalize: neither the first address nor IPv4's broadcast address. */
function readRange(item: JsonObject, wrong: string[]): HostLocalRange | undefined {
  const reader = createReader(item, 'ipam.ranges', wrong);
  const [text = '', start, end, gateway] = ['subnet', 'rangeStart', 'rangeEnd', 'gateway'].map((key) =>
    reader.text(key),
  );
  const [prefix, family] = [parsePrefix(text), familyOf(text)];
  if (prefix === undefined || family === undefined) {
    wrong.push(`ipam.ranges: subnet ${JSON.stringify(text)} is not a prefix, such as 10.244.0.0/24`);
    return undefined;
  }
  const first = start === undefined ? successor(prefix.first) : parseAddress(start);
  const last = end === undefined ? lastOf(prefix, family) : parseAddress(end);
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
  return {
    family,
    subnet: normalisePrefix(text),
    first,
    last,
    gateway: gateway === '' ? undefined : gateway,
  };
}

function lastOf({ last }: AddressRange, family: Family): Address {
  return family === 4 ? predecessor(last) : last;
}

function invalid(msg: string, details: string): Result<never, CniError> {
  return err(cniError(CNI_CODES.invalidConfig, msg, details));
}

/** The first write of a network. Shape: `changeOf` returns the change for a network that the document does not have yet. */
type FirstWrite<T> = {
  readonly supplied: PoolSupply;
  readonly changeOf: (network?: Network) => ChangeOf<T>;
};

/**
 * Returns the result of a transaction whose network does not exist yet, made while nothing else changes the uplink: its configuration
 * is captured and written to the document.
 */
export function* writeFirstNetwork<T>(
  { session }: Host,
  call: Call,
  { supplied, changeOf }: FirstWrite<T>,
): Work<Result<Result<Committed<T>, Problem>, CniError>> {
  // All at once: each part missing in the work below would repeat it.
  yield* run(() =>
    Promise.all([
      session.kernel.prepare(),
      session.library.load('creation'),
      session.library.load('archive'),
    ]),
  );
  const work = (): Result<Result<Result<Committed<T>, Problem>, CniError>, Problem> => {
    const read = session.store.read();
    if (!read.ok) return read;
    // Another call may have just written it.
    const isKnown = networkOf(read.value?.document, call.netconf.name) !== undefined;
    const network = isKnown ? ok(undefined) : firstNetworkOf(session.kernel, call.netconf, supplied);
    if (!network.ok) return ok(network);
    const committed = session.store.transact(authorOfCall(call), changeOf(network.value));
    const isFault = !committed.ok && committed.error.kind === 'failure' && committed.error.code === 'invalid';
    return committed.ok || isFault ? ok(ok(committed)) : committed;
  };
  const done = yield* run(() =>
    whenLoaded(session.library, () => {
      const held = session.rounds.hold('exclusive', () => ok(work()));
      return held.ok ? held.value : ok(err(toCniError(held.error, 'kernel')));
    }),
  );
  return done.ok ? done.value : err(toCniError(done.error, 'document'));
}
