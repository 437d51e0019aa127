/**
 * The network configuration on stdin as one value. Pure.
 * Source: SPEC.md, "Network configuration"; keys of azure-vnet as in v1.4.22. Keys match case-insensitively,
 * `null` means absent, unknown keys are kept for delegated plugins.
 */
import type { CniVerb } from '../../reconciler/cni/call.ts';
import type { ModeCore } from '../../reconciler/model/modes/core.ts';
import { err, ok, type Result, thrownMessage } from '../../reconciler/model/result.ts';
import type { Network } from '../../schemas/generated/vnet.ts';
import { familyOf } from '../../reconciler/model/addresses/address.ts';
import { isIfName, isName } from './environment.ts';
import { isLikeBridgePlugin, readMode } from './mode.ts';
import { CNI_CODES, type CniError, cniError } from './errors.ts';
import { createReader, field, type FieldReader, isJsonObject, type Json, type JsonObject } from './json.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';
import { type CniRoute, readRoutes } from './route.ts';
import { readAddressRequests, type AddressRequests } from './address-requests.ts';
import { type CniVersion, CNI_VERSIONS, DEFAULT_CNI_VERSION, isCniVersion } from './versions.ts';

/** DNS settings, as in a result. */
export type Dns = {
  readonly nameservers?: readonly string[];
  readonly domain?: string;
  readonly search?: readonly string[];
  readonly options?: readonly string[];
};

/** A static pool, as a configuration describes it. */
export type StaticPart = {
  readonly subnet?: string;
  readonly gateway?: string;
  readonly addresses?: readonly string[];
};

/**
 * The `ipam` object.
 * Shape: `environment` is `azure` (query the host endpoint) or `static` (addresses listed here); absent:
 * static if addresses are listed. `routes` are additional routes of the pod. `ranges` are the subnets of host-local, where they are
 * those of the pools.
 */
export type IpamConf = StaticPart & {
  readonly type: string;
  readonly environment: 'azure' | 'static';
  readonly ipv6?: StaticPart;
  readonly ipAddress?: string;
  readonly ranges?: readonly string[];
  readonly url?: string;
  readonly quarantineSeconds?: number;
  readonly routes: readonly CniRoute[];
};

/** A live attachment, as the runtime lists them for GC. */
export type ValidAttachment = { readonly containerId: string; readonly ifName: string };

/**
 * A decoded configuration.
 * Shape: `mode` applies to a network that is not in the document yet. `isDefaultGateway`: whether the pod
 * gets a default route through our gateway; absent: unless it has one through another interface. `dns` is the
 * runtime's, else the configuration's. `raw` is the unchanged object, for delegation. `validAttachments` is
 * undefined if GC was given no list: nothing may then be collected.
 */
export type Netconf = {
  readonly cniVersion: CniVersion;
  readonly name: string;
  readonly mode: Network['mode'];
  readonly master?: string;
  readonly bridge?: string;
  readonly routeViaHost?: readonly string[];
  readonly document?: string;
  readonly ipam: IpamConf;
  readonly dns?: Dns;
  readonly addressRequests: AddressRequests;
  readonly isDefaultGateway?: boolean;
  readonly disableGC: boolean;
  readonly prevResult?: JsonObject;
  readonly validAttachments?: readonly ValidAttachment[];
  readonly raw: JsonObject;
};

/** Name of our own IPAM: called in-process by azure-vnet, as a program by other main plugins. */
const OWN_IPAM = 'azure-vnet-ipam';

/** An IPAM plugin with ranges: a pool, where the mode knows it as the counterpart of the plugin `bridge`. */
export const HOST_LOCAL = 'host-local';

/** Returns the IPAM plugin to run; undefined for our own, which runs in-process. */
export function foreignIpam({ role, netconf }: NamedIpam): string | undefined {
  const { type } = netconf.ipam;
  return role === OWN_IPAM || type === OWN_IPAM ? undefined : type;
}

type NamedIpam = { readonly role: string; readonly netconf: { readonly ipam: { readonly type: string } } };

/** Returns the JSON object on stdin. Errors: 6, also for empty input. */
export function parseStdin(text: string): Result<JsonObject, CniError> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = thrownMessage(cause);
    return err(cniError(CNI_CODES.decodingFailure, `the configuration on stdin is not JSON: ${reason}`));
  }
  if (isJsonObject(value)) return ok(value);
  return err(cniError(CNI_CODES.decodingFailure, 'the configuration on stdin is not a JSON object'));
}

/** Returns the caller's version; our newest if it names none, or one we do not support. For error output. */
export function answerVersion(raw: JsonObject | undefined): CniVersion {
  const declared = field(raw, 'cniVersion');
  if ((declared === undefined || declared === '') && raw !== undefined) return DEFAULT_CNI_VERSION;
  return typeof declared === 'string' && isCniVersion(declared) ? declared : '1.1.0';
}

/**
 * Returns the configuration. Errors, in the order of skel: 7 if `name` is missing or invalid, or keys are
 * invalid (all are named); 1 for an unsupported version; 7 for an unsupported mode. Invalid keys are ignored
 * for a DEL: it must not fail because the file was replaced after ADD.
 */
export function decodeNetconf(raw: JsonObject, verb?: CniVerb): Result<Netconf, CniError> {
  const name = field(raw, 'name');
  if (typeof name !== 'string' || name === '') return invalid('missing network name: set "name"');
  if (!isName(name)) {
    return invalid(
      `invalid characters in network name ${JSON.stringify(name)}: letters, digits, "_", "." and "-"`,
    );
  }
  // Source: libcni reads an empty version as none.
  const given = field(raw, 'cniVersion') ?? '';
  const declared = given === '' ? DEFAULT_CNI_VERSION : given;
  if (typeof declared !== 'string' || !isCniVersion(declared)) {
    const details = `config is ${JSON.stringify(declared)}, plugin supports [${CNI_VERSIONS.join(' ')}]`;
    return err(cniError(CNI_CODES.incompatibleVersion, 'incompatible CNI versions', details));
  }
  const wrong: string[] = [];
  const fields = readFields(raw, wrong);
  if (wrong.length > 0 && verb !== 'DEL')
    return invalid(`invalid configuration of network "${name}"`, wrong.join('\n'));
  return ok({ ...fields, cniVersion: declared, name, raw });
}

/** The optional part of a Netconf, in one record. */
type Fields = Omit<Netconf, 'cniVersion' | 'name' | 'raw'>;

function readFields(raw: JsonObject, wrong: string[]): Fields {
  const top = createReader(raw, '', wrong);
  const mode = readMode(raw, top.text('mode') ?? '', wrong);
  const master = nonEmpty(top.text('master'));
  const bridge = nonEmpty(top.text('bridge'));
  for (const [key, value] of Object.entries({ master, bridge })) {
    if (value !== undefined && !isIfName(value)) wrong.push(`${key} must be an interface name`);
  }
  return {
    mode: mode.name,
    ipam: readIpam(top.object('ipam'), mode, wrong),
    addressRequests: readAddressRequests(raw, wrong),
    disableGC: readSwitch(raw, 'disableGC', wrong) ?? false,
    ...omitUndefined({
      master,
      bridge,
      routeViaHost: readHostAddresses(top.texts('ipsToRouteViaHost'), wrong),
      document: nonEmpty(top.text('document')),
      dns: readRuntimeDns(top.object('runtimeConfig'), wrong) ?? readDns(top.object('dns'), 'dns', wrong),
      isDefaultGateway: readSwitch(raw, 'isDefaultGateway', wrong),
      prevResult: top.object('prevResult'),
      validAttachments: readAttachments(raw, wrong),
    }),
  };
}

function readIpam(object: JsonObject | undefined, mode: ModeCore, wrong: string[]): IpamConf {
  const ipam = createReader(object, 'ipam', wrong);
  const type = nonEmpty(ipam.text('type')) ?? OWN_IPAM;
  if (type === HOST_LOCAL && isLikeBridgePlugin(mode))
    return {
      type: OWN_IPAM,
      environment: 'static',
      routes: readRoutes(object, 'ipam', wrong),
      ranges: subnetsOfRanges(object),
    };
  if (type !== OWN_IPAM && type !== 'internal') return { type, environment: 'static', routes: [] };
  const part = readPart(ipam);
  const ipv6 = ipam.object('ipv6');
  const environment =
    nonEmpty(ipam.text('environment')) ?? (part.addresses === undefined ? 'azure' : 'static');
  if (environment !== 'azure' && environment !== 'static') {
    wrong.push(`ipam.environment ${JSON.stringify(environment)} is not supported; use "azure" or "static"`);
  }
  return {
    type: OWN_IPAM,
    environment: environment === 'static' ? 'static' : 'azure',
    routes: readRoutes(object, 'ipam', wrong),
    ...part,
    ...omitUndefined({
      ipv6: ipv6 && readPart(createReader(ipv6, 'ipam.ipv6', wrong)),
      ipAddress: nonEmpty(ipam.text('ipAddress')),
      url: nonEmpty(ipam.text('url')),
      quarantineSeconds: readQuarantine(object, wrong),
    }),
  };
}

/** The subnets of host-local; whether they are valid is checked where they become pools. */
function subnetsOfRanges(ipam: JsonObject | undefined): readonly string[] {
  return [ipam, field(ipam, 'ranges')].flat(2).flatMap((range) => {
    const subnet = isJsonObject(range) ? field(range, 'subnet') : undefined;
    return typeof subnet === 'string' ? [subnet] : [];
  });
}

function readPart(reader: FieldReader): StaticPart {
  return omitUndefined({
    subnet: nonEmpty(reader.text('subnet')),
    gateway: nonEmpty(reader.text('gateway')),
    addresses: reader.texts('addresses'),
  });
}

/** azure-vnet writes numbers as text. */
function readQuarantine(ipam: JsonObject | undefined, wrong: string[]): number | undefined {
  const value = field(ipam, 'quarantineSeconds');
  if (value === undefined || value === '') return undefined;
  const seconds = Number(value);
  if (typeof value === 'object' || !Number.isSafeInteger(seconds) || seconds < 0) {
    wrong.push('ipam.quarantineSeconds must be a number of seconds');
    return undefined;
  }
  return seconds;
}

/** Source: libcni accepts the text "true" for the boolean. */
function readSwitch(raw: JsonObject, name: string, wrong: string[]): boolean | undefined {
  const value = field(raw, name);
  if (value === undefined || typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  wrong.push(`${name} must be true or false`);
  return undefined;
}

/** Capability `dns`: overrides the result's. Source: CONVENTIONS.md; go-cni capitalises its keys. */
function readRuntimeDns(runtime: JsonObject | undefined, wrong: string[]): Dns | undefined {
  const path = 'runtimeConfig.dns';
  const dns = readDns(createReader(runtime, 'runtimeConfig', wrong).object('dns'), path, wrong);
  return Object.values(dns ?? {}).some((value) => value.length > 0) ? dns : undefined;
}

/** Returns the DNS settings of the object at this path; undefined if absent. */
export function readDns(object: JsonObject | undefined, path: string, wrong: string[]): Dns | undefined {
  if (object === undefined) return undefined;
  const dns = createReader(object, path, wrong);
  return omitUndefined({
    nameservers: dns.texts('nameservers') ?? dns.texts('servers'),
    domain: nonEmpty(dns.text('domain')),
    search: dns.texts('search') ?? dns.texts('searches'),
    options: dns.texts('options'),
  });
}

/** azure-vnet's key for addresses on the node, such as node-local DNS; an empty list counts as none. */
function readHostAddresses(
  texts: readonly string[] | undefined,
  wrong: string[],
): readonly string[] | undefined {
  for (const text of texts ?? []) {
    if (familyOf(text) === undefined)
      wrong.push(`ipsToRouteViaHost: ${JSON.stringify(text)} is not an IP address`);
  }
  return texts?.length === 0 ? undefined : texts;
}

/** GC's list is sent under either of two keys. Source: containernetworking/cni issue 1101. */
function readAttachments(raw: JsonObject, wrong: string[]): readonly ValidAttachment[] | undefined {
  const top = createReader(raw, '', wrong);
  const lists = [top.list('cni.dev/valid-attachments'), top.list('cni.dev/attachments')];
  const given = lists.filter((list) => list !== undefined);
  if (given.length === 0) return undefined;
  return given.flat().flatMap((item: Json) => {
    const entry = isJsonObject(item) ? item : {};
    const [containerId, ifName] = [field(entry, 'containerID'), field(entry, 'ifname')];
    if (typeof containerId === 'string' && typeof ifName === 'string') return [{ containerId, ifName }];
    wrong.push('cni.dev/valid-attachments must list objects with containerID and ifname');
    return [];
  });
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function invalid(msg: string, details = ''): Result<never, CniError> {
  return err(cniError(CNI_CODES.invalidConfig, msg, details));
}
