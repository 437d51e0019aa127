/**
 * The allowed values of an endpoint's fields: the schema's rules for the scanner, without the validator.
 * Pure.
 */
import type { Endpoint } from '../../../schemas/generated/vnet.ts';
import { patterns } from '../../../schemas/generated/vnet-patterns.ts';
import { familyOf, normaliseAddress } from '../../model/addresses/address.ts';
import type { FieldName } from './render.ts';
import type { FlowValue } from './scalar.ts';

type Check = (value: FlowValue) => boolean;

const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);

const isText: Check = (value) => typeof value === 'string';

const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

/** Unlisted fields are refused; those in `required` must be present. */
const mapOf =
  (fields: Readonly<Record<string, Check>>, required: readonly string[]): Check =>
  (value) => {
    if (typeof value !== 'object' || Array.isArray(value)) return false;
    const entries: [string, FlowValue][] = Object.entries(value);
    return (
      entries.every(([key, field]) => Object.hasOwn(fields, key) && fields[key]?.(field) === true) &&
      required.every((key) => Object.hasOwn(value, key))
    );
  };

const isMetric: Check = (value) => typeof value === 'number' && value >= 0 && value <= 0xffffffff;
const isAddressList: Check = (value) => Array.isArray(value) && value.length > 0 && value.every(isCidr);
const isCidr = matches(patterns.ipCidr);

const isPositive: Check = (value) => typeof value === 'number' && value > 0;
const isLimit = mapOf({ rate: isPositive, burst: isPositive }, ['rate', 'burst']);
const isLabels: Check = (value) =>
  typeof value === 'object' && !Array.isArray(value) && Object.values(value).every(isLabel);
const isLabel: Check = (value) => typeof value === 'string' && value.length <= 63;

const CHECKS: Readonly<Record<keyof Endpoint, Check>> = {
  pod: matches(patterns.podName),
  labels: isLabels,
  netns: isText,
  netnsInode: (value) => typeof value === 'number' && value >= 1,
  hostVeth: matches(patterns.ifName),
  mac: matches(patterns.mac),
  addresses: isAddressList,
  gateway: matches(patterns.ip),
  ipv6Gateway: matches(patterns.ip),
  ipam: (value) => typeof value === 'string' && value !== '',
  routes: listOf(
    mapOf({ to: matches(patterns.destination), via: matches(patterns.ip), metric: isMetric }, ['to']),
  ),
  dns: mapOf(
    {
      nameservers: listOf(matches(patterns.ip)),
      domain: isText,
      search: listOf(isText),
      options: listOf(isText),
    },
    [],
  ),
  bandwidth: mapOf({ ingress: isLimit, egress: isLimit }, []),
  added: matches(patterns.time),
  missing: matches(patterns.time),
  leaving: matches(patterns.time),
};

/** Returns true if the text is the name of an endpoint's field. */
export function isFieldName(text: string): text is FieldName {
  return Object.hasOwn(CHECKS, text);
}

/** Returns true if the schema allows the value in the field. */
export function isFieldValue(name: FieldName, value: FlowValue): boolean {
  return CHECKS[name](value);
}

/** Returns true if the fields, each valid, form a complete endpoint. */
export function isCompleteEndpoint(fields: Partial<Record<FieldName, FlowValue>>): fields is Endpoint {
  return fields.addresses !== undefined && fields.added !== undefined;
}

/** Returns true if the text is a valid endpoint key. */
export function isEndpointId(text: string): boolean {
  return patterns.endpointId.test(text);
}

/** Narrower than the schema, with isCanonical: an address in another form takes the slow path. */
const LEASE = /^(?=.{3,256}$)[A-Za-z0-9][A-Za-z0-9_.-]*\/[0-9a-f.:]+$/;

/** Returns true if key and time form a valid entry of `released`. */
export function isRelease(key: string, time: FlowValue): time is string {
  const address = LEASE.test(key) ? key.slice(key.indexOf('/') + 1) : '';
  const isCanonical = familyOf(address) !== undefined && normaliseAddress(address) === address;
  return isCanonical && typeof time === 'string' && patterns.time.test(time);
}
