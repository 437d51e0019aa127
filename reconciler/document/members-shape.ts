/** The shape of the file of members, which any program may write. Pure. */
import type { NetworkPolicy } from '../../schemas/generated/vnet.ts';
import { familyOf, normaliseAddress, withoutLength } from '../model/addresses/address.ts';
import { isRecord } from '../model/objects.ts';

/** Returns true if the value has all types that the compiler relies on. Values within them are the API server's business. */
export function isNetworkPolicy(value: unknown): value is NetworkPolicy {
  if (!isRecord(value) || !isSelector(value['podSelector'])) return false;
  const { policyTypes = [], ingress = [], egress = [] } = value;
  return (
    isListOf(policyTypes, isText) &&
    isListOf(ingress, (rule) => isRule(rule, 'from')) &&
    isListOf(egress, (rule) => isRule(rule, 'to'))
  );
}

/** Returns true if the value has all types that the compiler relies on. */
export function isMemberPod(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { namespace, name, labels = {}, addresses = [], ports = [] } = value;
  return (
    isText(namespace) &&
    isText(name) &&
    isLabels(labels) &&
    isListOf(addresses, isText) &&
    isListOf(ports, isNamedPort)
  );
}

/** Returns true for labels. */
export function isLabels(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every(isText);
}

function isNamedPort(value: unknown): boolean {
  return (
    isRecord(value) && isText(value['name']) && typeof value['port'] === 'number' && isText(value['protocol'])
  );
}

function isRule(rule: unknown, field: 'from' | 'to'): boolean {
  if (!isRecord(rule)) return false;
  const { [field]: peers = [], ports = [] } = rule;
  return isListOf(peers, isPeer) && isListOf(ports, isPort);
}

function isPeer(peer: unknown): boolean {
  if (!isRecord(peer)) return false;
  const { podSelector = {}, namespaceSelector = {}, ipBlock } = peer;
  return (
    isSelector(podSelector) && isSelector(namespaceSelector) && (ipBlock === undefined || isBlock(ipBlock))
  );
}

function isBlock(block: unknown): boolean {
  if (!isRecord(block)) return false;
  const { cidr, except = [] } = block;
  return isText(cidr) && isListOf(except, isText);
}

function isPort(entry: unknown): boolean {
  if (!isRecord(entry)) return false;
  const { port = 0, endPort = 0, protocol = '' } = entry;
  return (isText(port) || typeof port === 'number') && typeof endPort === 'number' && isText(protocol);
}

function isSelector(selector: unknown): boolean {
  if (!isRecord(selector)) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return isLabels(matchLabels) && isListOf(matchExpressions, isExpression);
}

function isExpression(expression: unknown): boolean {
  if (!isRecord(expression)) return false;
  const { key, operator, values = [] } = expression;
  return isText(key) && isText(operator) && isListOf(values, isText);
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** As nearly all addresses are: a process that answers one call parses no other. */
const PLAIN_IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Returns the address in canonical form, without the prefix length that people may write; nothing for other text. */
export function plainAddress(text: string): readonly string[] {
  if (PLAIN_IPV4.test(text)) return [text];
  const address = normaliseAddress(withoutLength(text));
  return familyOf(address) === undefined ? [] : [address];
}
