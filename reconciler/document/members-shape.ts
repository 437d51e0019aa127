/** The shape of the file of members, which any program may write. Pure. */
import type { NetworkPolicy } from '../../schemas/generated/vnet.ts';
import { familyOf, normaliseAddress, withoutLength } from '../model/addresses/address.ts';
import { isNumber, isText, listOf, mapOf, optional, withFields } from '../model/objects.ts';

/** Returns true for labels. */
export const isLabels = mapOf(isText);

const isExpression = withFields({ key: isText, operator: isText, values: optional(listOf(isText)) });
const isSelector = withFields({
  matchLabels: optional(isLabels),
  matchExpressions: optional(listOf(isExpression)),
});
const isPeer = withFields({
  podSelector: optional(isSelector),
  namespaceSelector: optional(isSelector),
  ipBlock: optional(withFields({ cidr: isText, except: optional(listOf(isText)) })),
});
const isPort = withFields({
  port: optional((value) => isText(value) || isNumber(value)),
  endPort: optional(isNumber),
  protocol: optional(isText),
});
const isIngress = withFields({ from: optional(listOf(isPeer)), ports: optional(listOf(isPort)) });
const isEgress = withFields({ to: optional(listOf(isPeer)), ports: optional(listOf(isPort)) });

/** Returns true if the value has all types that the compiler relies on. Values within them are the API server's business. */
export const isNetworkPolicy = withFields<NetworkPolicy>({
  podSelector: isSelector,
  policyTypes: optional(listOf(isText)),
  ingress: optional(listOf(isIngress)),
  egress: optional(listOf(isEgress)),
});

const isNamedPort = withFields({ name: isText, port: isNumber, protocol: isText });

/** Returns true if the value has all types that the compiler relies on. */
export const isMemberPod = withFields({
  namespace: isText,
  name: isText,
  labels: optional(isLabels),
  addresses: optional(listOf(isText)),
  ports: optional(listOf(isNamedPort)),
});

/** As nearly all addresses are: a process that answers one call parses no other. */
const PLAIN_IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Returns the address in canonical form, without the prefix length that people may write; nothing for other text. */
export function plainAddress(text: string): readonly string[] {
  if (PLAIN_IPV4.test(text)) return [text];
  const address = normaliseAddress(withoutLength(text));
  return familyOf(address) === undefined ? [] : [address];
}
