/**
 * Addresses and MACs requested for a pod. Pure.
 * Source: CONVENTIONS.md, capabilities `ips`, `mac` and `io.kubernetes.cri.pod-annotations`, and `args.cni`.
 */
import { familyOf } from '../../reconciler/model/addresses/address.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import type { CniArgs } from './environment.ts';
import { CNI_CODES, type CniError, cniError } from './errors.ts';
import { createReader, field, isJsonObject, type JsonObject } from './json.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';

/** The request from one source. */
type AddressRequest = { readonly ips: readonly string[]; readonly mac?: string };

/**
 * The requests in a configuration, by source.
 * Shape: `annotations` are the pod annotations that vnet reads, by name: `vnet.azure/ip` and `vnet.azure/mac`
 * for eth0, `vnet.azure/ip.net1` and so on for other interfaces.
 */
export type AddressRequests = {
  readonly runtime: AddressRequest;
  readonly annotations: Readonly<Record<string, string>>;
  readonly args: AddressRequest;
};

/** The request that takes effect: at most one address and one MAC. */
export type RequestedAddresses = { readonly wanted?: readonly string[]; readonly mac?: string };

const ANNOTATION = /^vnet\.azure\/(ip|mac)(\.[^/:\s]{1,15})?$/;

/** Returns the requests in the configuration and appends problems to `wrong`. */
export function readAddressRequests(raw: JsonObject, wrong: string[]): AddressRequests {
  const runtime = createReader(raw, '', wrong).object('runtimeConfig');
  const args = createReader(objectAt(raw, 'args'), 'args', wrong).object('cni');
  return {
    runtime: readAddressRequest(runtime, 'runtimeConfig', wrong),
    annotations: readAnnotations(runtime, wrong),
    args: readAddressRequest(args, 'args.cni', wrong),
  };
}

function readAddressRequest(object: JsonObject | undefined, path: string, wrong: string[]): AddressRequest {
  const reader = createReader(object, path, wrong);
  const mac = reader.text('mac');
  return { ips: reader.texts('ips') ?? [], ...omitUndefined({ mac: mac === '' ? undefined : mac }) };
}

function readAnnotations(runtime: JsonObject | undefined, wrong: string[]): Readonly<Record<string, string>> {
  const path = 'io.kubernetes.cri.pod-annotations';
  const annotations = createReader(runtime, 'runtimeConfig', wrong).object(path) ?? {};
  const reader = createReader(annotations, path, wrong);
  const known = Object.keys(annotations).filter((name) => ANNOTATION.test(name));
  return Object.fromEntries(known.map((name) => [name, reader.text(name) ?? '']));
}

/**
 * Returns the request for the interface. Precedence: runtimeConfig, pod annotations, `args.cni`, CNI_ARGS;
 * for the address, then `fixed` (`ipam.ipAddress`).
 * Errors: 7 for an address or MAC that vnet cannot assign.
 */
export function chooseRequest(
  { runtime, annotations, args: configured }: AddressRequests,
  args: CniArgs,
  { ifName, fixed }: { readonly ifName: string; readonly fixed: string | undefined },
): Result<RequestedAddresses, CniError> {
  const annotated = annotationsFor(annotations, ifName);
  const sources = [runtime, annotated, configured, args, { ips: fixed === undefined ? [] : [fixed] }];
  const wanted = wantedAddresses(sources.map(({ ips }) => ips));
  if (!wanted.ok) return wanted;
  const mac = wantedMac(sources.map((source: AddressRequest) => source.mac));
  return mac.ok ? ok(omitUndefined({ wanted: wanted.value, mac: mac.value })) : mac;
}

function annotationsFor(annotations: Readonly<Record<string, string>>, ifName: string): AddressRequest {
  const suffix = ifName === 'eth0' ? '' : `.${ifName}`;
  const of = (name: string): string | undefined => {
    const text = annotations[`vnet.azure/${name}${suffix}`];
    return text === '' ? undefined : text;
  };
  const ip = of('ip');
  return { ips: ip === undefined ? [] : ip.split(/, */), ...omitUndefined({ mac: of('mac') }) };
}

/** Returns the addresses of the first source that names one. */
function wantedAddresses(
  candidates: readonly (readonly string[])[],
): Result<readonly string[] | undefined, CniError> {
  const ips = candidates.find((list) => list.length > 0);
  const families = ips?.map(familyOf) ?? [];
  if (families.includes(undefined) || new Set(families).size < families.length) {
    return invalid(
      `addresses were requested: ${ips?.join(', ')}; request one IP address of each family at most`,
    );
  }
  return ok(ips);
}

const UNICAST_MAC = /^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$/;

function wantedMac(candidates: readonly (string | undefined)[]): Result<string | undefined, CniError> {
  const mac = candidates.find((candidate) => candidate !== undefined);
  if (mac === undefined || UNICAST_MAC.test(mac)) return ok(mac?.toLowerCase());
  return invalid(
    `the requested MAC ${JSON.stringify(mac)} is not a unicast MAC address such as 02:00:5e:10:00:01`,
  );
}

function objectAt(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = field(object, name);
  return isJsonObject(value) ? value : undefined;
}

function invalid(msg: string): Result<never, CniError> {
  return err(cniError(CNI_CODES.invalidConfig, msg));
}
