/**
 * Parses the host endpoint's list of this machine's interfaces. The one file that imports fast-xml-parser.
 * Pure; loaded only to parse an answer.
 */
import { isRecord } from '../model/objects.ts';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import {
  type AddressRange,
  type Family,
  familyOfAddress,
  isInRange,
  normaliseMac,
  normalisePrefix,
  parseAddress,
  parsePrefix,
} from '../model/addresses/address.ts';
import { type Failure, failure, ok, err, type Result } from '../model/result.ts';

/**
 * One subnet of one interface; an interface with two subnets is listed twice.
 * Shape: `mac` in lower case with colons, `*` matches every interface; `subnet` is a prefix of the family; an
 * address may be a block (`/28`); the primary address is the node's own.
 */
export type FabricInterface = {
  readonly mac: string;
  readonly isPrimary: boolean;
  readonly family: Family;
  readonly subnet: string;
  readonly addresses: readonly { readonly address: string; readonly isPrimary: boolean }[];
};

/** An answer of the host endpoint. Shape: `passedOver` has one line for each unusable entry. */
export type FabricAnswer = {
  readonly interfaces: readonly FabricInterface[];
  readonly passedOver: readonly string[];
};

const LISTS = new Set(['Interface', 'IPSubnet', 'IPAddress']);

/**
 * Returns the subnets of every interface, in the order of the answer. A malformed entry is skipped: one odd
 * address must not stop the pods of a node.
 * Errors: `invalid` if the text is not such a list.
 * Source: azure-container-networking ipam/azure.go; `getinterfaceinfov1` as observed on an AKS node.
 */
export function parseInterfaces(xml: string): Result<FabricAnswer> {
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
  if (!isRecord(root) || !('Interfaces' in root)) {
    return err(notUnderstood('the answer has no <Interfaces>'));
  }
  const passedOver: string[] = [];
  const nodes = children(root['Interfaces'], 'Interface');
  const interfaces = nodes.flatMap((node) => readInterface(node, (line) => void passedOver.push(line)));
  return ok({ interfaces, passedOver });
}

type PassOver = (line: string) => void;

function readInterface(node: Node, passOver: PassOver): readonly FabricInterface[] {
  const name = attribute(node, 'MacAddress');
  const digits = name.replace(/[:-]/g, '');
  if (name !== '*' && !/^[0-9A-Fa-f]{12}$/.test(digits)) {
    passOver(`interface "${name}": not a MAC address`);
    return [];
  }
  const mac = name === '*' ? name : normaliseMac(digits.replace(/..(?=.)/g, '$&:'));
  return children(node, 'IPSubnet').flatMap((subnetNode) => {
    const subnet = attribute(subnetNode, 'Prefix');
    const range = parsePrefix(subnet);
    if (range === undefined) {
      passOver(`interface ${mac}: subnet "${subnet}" is not a prefix`);
      return [];
    }
    const family = familyOfAddress(range.first);
    const addresses = children(subnetNode, 'IPAddress').flatMap((child) => {
      const written = attribute(child, 'Address');
      const address = readAddress(written, range);
      if (address !== undefined) return [{ address, isPrimary: isTrue(child) }];
      passOver(`interface ${mac}: "${written}" is not an IPv${family} address of ${subnet}`);
      return [];
    });
    return [{ mac, isPrimary: isTrue(node), family, subnet: normalisePrefix(subnet), addresses }];
  });
}

/**
 * Returns the address or block of the text if it is in the subnet, else undefined. `10.240.0.36/16` is one
 * address with the subnet's length; `10.240.0.48/28` is a block, since its host bits are zero.
 */
function readAddress(text: string, subnet: AddressRange): string | undefined {
  const [address = '', length] = text.split('/');
  const value = parseAddress(address);
  if (value === undefined || !isInRange(value, subnet)) return undefined;
  if (length === undefined) return address;
  const block = parsePrefix(text);
  if (block === undefined) return undefined;
  if (block.first !== value || block.first === block.last) return address;
  const isInside = block.last <= subnet.last && !(block.first === subnet.first && block.last === subnet.last);
  return isInside ? text : undefined;
}

type Node = Readonly<Record<string, unknown>>;

/** The parser represents an element without children as text. */
function children(node: unknown, name: string): readonly Node[] {
  const list = isRecord(node) ? node[name] : undefined;
  return Array.isArray(list) ? list.map((child: unknown) => (isRecord(child) ? child : {})) : [];
}

function attribute(node: Node, name: string): string {
  const value = node[`@${name}`];
  return typeof value === 'string' ? value.replaceAll(/\s/g, '') : '';
}

function isTrue(node: Node): boolean {
  return attribute(node, 'IsPrimary').toLowerCase() === 'true';
}

function notUnderstood(message: string): Failure {
  return failure('invalid', "read the host endpoint's answer", message, {
    hint: 'Check which service answers at this URL (networks.<name>.pools.*.url, VNET_HOST_ENDPOINT). The pool is unchanged.',
  });
}
