/**
 * The host endpoint's list of this machine's interfaces, from XML to values. The one file that imports fast-xml-parser.
 * Pure; loaded only when an answer has to be read.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import {
  normaliseMac,
  normalisePrefix,
  parseCidr,
  parseIpv4,
  parsePrefixIpv4,
} from '../model/addresses/address.ts';
import { type Failure, failure, ok, err, type Result } from '../model/result.ts';

/**
 * One subnet of one interface; an interface with two subnets comes twice.
 * Shape: `mac` in lower case with colons; `subnet` an IPv4 prefix; the primary address is the node's own.
 */
export type FabricInterface = {
  readonly mac: string;
  readonly isPrimary: boolean;
  readonly subnet: string;
  readonly addresses: readonly { readonly address: string; readonly isPrimary: boolean }[];
};

const LISTS = new Set(['Interface', 'IPSubnet', 'IPAddress']);

/**
 * Returns the IPv4 subnets of every interface, in the order of the answer; IPv6 is left out.
 * Errors: `invalid` when the text is not such a list, or one address of it makes no sense: half an answer would shrink
 * the pool.
 * Source: azure-container-networking ipam/azure.go; `getinterfaceinfov1` as answered on an AKS node.
 */
export function parseInterfaces(xml: string): Result<readonly FabricInterface[]> {
  const text = xml.replace(/^\uFEFF/, '').trim();
  if (text === '') return err(notUnderstood('the answer is empty'));
  const verdict = XMLValidator.validate(text);
  if (verdict !== true) {
    const { msg, line } = verdict.err;
    return err(notUnderstood(`the answer is not XML: ${msg} (line ${line})`));
  }
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseAttributeValue: false,
    processEntities: false,
    isArray: (name) => LISTS.has(name),
  });
  const root: unknown = parser.parse(text);
  if (!isNode(root) || !('Interfaces' in root)) {
    return err(notUnderstood('the answer has no <Interfaces>'));
  }
  const found: FabricInterface[] = [];
  for (const node of children(root['Interfaces'], 'Interface')) {
    const read = readInterface(node);
    if (!read.ok) return read;
    found.push(...read.value);
  }
  return ok(found);
}

function readInterface(node: Node): Result<readonly FabricInterface[]> {
  const digits = attribute(node, 'MacAddress').replace(/[:-]/g, '');
  if (!/^[0-9A-Fa-f]{12}$/.test(digits)) {
    return err(notUnderstood(`"${attribute(node, 'MacAddress')}" is not a MAC address`));
  }
  const mac = normaliseMac(digits.replace(/..(?=.)/g, '$&:'));
  const found: FabricInterface[] = [];
  for (const subnetNode of children(node, 'IPSubnet')) {
    const subnet = attribute(subnetNode, 'Prefix');
    const range = parsePrefixIpv4(subnet);
    if (range === undefined) {
      if (parseCidr(subnet) !== undefined) continue;
      return err(notUnderstood(`"${subnet}" is not a prefix`));
    }
    const addresses = children(subnetNode, 'IPAddress').map((child) => ({
      address: attribute(child, 'Address'),
      isPrimary: isTrue(child),
    }));
    const strange = addresses.find(({ address }) => !isWithin(address, range));
    if (strange !== undefined) {
      return err(notUnderstood(`"${strange.address}" is not an address of ${subnet}`));
    }
    found.push({ mac, isPrimary: isTrue(node), subnet: normalisePrefix(subnet), addresses });
  }
  return ok(found);
}

function isWithin(address: string, range: { readonly first: number; readonly last: number }): boolean {
  const value = parseIpv4(address);
  return value !== undefined && value >= range.first && value <= range.last;
}

type Node = Readonly<Record<string, unknown>>;

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An element without children is text to the parser, and so has none here. */
function children(node: unknown, name: string): readonly Node[] {
  const list = isNode(node) ? node[name] : undefined;
  return Array.isArray(list) ? list.map((child: unknown) => (isNode(child) ? child : {})) : [];
}

function attribute(node: Node, name: string): string {
  const value = node[`@${name}`];
  return typeof value === 'string' ? value.trim() : '';
}

function isTrue(node: Node): boolean {
  return attribute(node, 'IsPrimary').toLowerCase() === 'true';
}

function notUnderstood(message: string): Failure {
  return failure('invalid', "read the host endpoint's answer", message, {
    hint: 'Check which service answers at this URL (networks.<name>.pool.url, VNET_HOST_ENDPOINT). The pool is unchanged.',
  });
}
