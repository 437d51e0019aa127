/** Rules of network policies that the schema cannot check. Pure; off the ADD path. */
import type {
  LabelSelector,
  NetworkPolicy,
  PolicyPeer,
  PolicyPort,
  VnetDocument,
} from '../../../schemas/generated/vnet.ts';
import { familyOf, isInRange, parsePrefix } from '../../model/addresses/address.ts';
import { type Finding, type Path, valueAt } from './finding.ts';

/** Returns all violations in network policies and in the enforcement of them. */
export function checkPolicies(document: VnetDocument): Finding[] {
  const findings = (document.policy?.nodeCidrs ?? []).flatMap((cidr, index) =>
    checkPrefix(cidr, ['policy', 'nodeCidrs', index]),
  );
  for (const [name, policy] of Object.entries(document.networkPolicies ?? {})) {
    findings.push(...checkPolicy(policy, ['networkPolicies', name]));
  }
  return findings;
}

function checkPolicy({ podSelector, ingress = [], egress = [] }: NetworkPolicy, path: Path): Finding[] {
  return [
    ...checkSelector(podSelector, [...path, 'podSelector']),
    ...ingress.flatMap(({ from, ports }, index) => checkRule({ from }, ports, [...path, 'ingress', index])),
    ...egress.flatMap(({ to, ports }, index) => checkRule({ to }, ports, [...path, 'egress', index])),
  ];
}

function checkRule(
  peers: Readonly<Record<string, readonly PolicyPeer[] | undefined>>,
  ports: readonly PolicyPort[] | undefined,
  path: Path,
): Finding[] {
  const found = Object.entries(peers).flatMap(([key, list]) =>
    (list ?? []).flatMap((peer, index) => checkPeer(peer, [...path, key, index])),
  );
  return [...found, ...(ports ?? []).flatMap((port, index) => checkPort(port, [...path, 'ports', index]))];
}

function checkPeer({ podSelector, namespaceSelector, ipBlock }: PolicyPeer, path: Path): Finding[] {
  const hasSelector = podSelector !== undefined || namespaceSelector !== undefined;
  if (!hasSelector && ipBlock === undefined) {
    const hint = 'add podSelector, namespaceSelector or ipBlock; for all peers remove the whole list';
    return [{ code: 'empty-peer', place: valueAt(...path), message: 'the peer selects nothing', hint }];
  }
  if (hasSelector && ipBlock !== undefined) {
    const message = 'ipBlock cannot be combined with selectors';
    const hint = 'write two peers: they are alternatives';
    return [{ code: 'two-peers', place: valueAt(...path, 'ipBlock'), message, hint }];
  }
  return [
    ...checkSelector(podSelector, [...path, 'podSelector']),
    ...checkSelector(namespaceSelector, [...path, 'namespaceSelector']),
    ...(ipBlock === undefined ? [] : checkBlock(ipBlock, [...path, 'ipBlock'])),
  ];
}

function checkBlock({ cidr, except = [] }: NonNullable<PolicyPeer['ipBlock']>, path: Path): Finding[] {
  const findings = checkPrefix(cidr, [...path, 'cidr']);
  const whole = parsePrefix(cidr);
  for (const [index, text] of except.entries()) {
    const place = [...path, 'except', index];
    const range = parsePrefix(text);
    findings.push(...checkPrefix(text, place));
    if (whole === undefined || range === undefined) continue;
    if (isInRange(range.first, whole) && isInRange(range.last, whole)) continue;
    findings.push({
      code: 'outside-block',
      place: valueAt(...place),
      message: `${text} is not within ${cidr}`,
      hint: 'an exception is a part of the block: correct it, or remove it',
      related: valueAt(...path, 'cidr'),
    });
  }
  return findings;
}

function checkPrefix(text: string, path: Path): Finding[] {
  if (text.includes('/') && familyOf(text) !== undefined && parsePrefix(text) !== undefined) return [];
  const message = `expected a prefix, such as 10.240.0.0/16 or fd00::/64, got "${text}"`;
  const hint = 'write a single address with its length: 10.240.0.4/32';
  return [
    {
      code: 'bad-value',
      place: valueAt(...path),
      message,
      ...(familyOf(text) === undefined ? {} : { hint }),
    },
  ];
}

function checkPort({ port, endPort }: PolicyPort, path: Path): Finding[] {
  if (typeof port === 'string' && !PORT_NAME.test(port)) {
    const message = `expected a port number or the name of a port, such as http, got "${port}"`;
    const hint = 'a name has up to 15 lower-case letters, digits and "-", and at least one letter';
    return [{ code: 'bad-value', place: valueAt(...path, 'port'), message, hint }];
  }
  if (endPort === undefined) return [];
  if (typeof port !== 'number') {
    const message = 'endPort needs a port number in port';
    const hint = 'add "port:" with the first port of the range, or remove endPort';
    return [{ code: 'no-first-port', place: valueAt(...path, 'endPort'), message, hint }];
  }
  if (endPort >= port) return [];
  const message = `endPort ${endPort} is less than port ${port}`;
  const hint = 'exchange the two numbers, or remove endPort';
  return [
    {
      code: 'bad-value',
      place: valueAt(...path, 'endPort'),
      message,
      hint,
      related: valueAt(...path, 'port'),
    },
  ];
}

/** Source: RFC 6335, 5.1: a service name. */
const PORT_NAME = /^(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/;

function checkSelector(selector: LabelSelector | undefined, path: Path): Finding[] {
  return (selector?.matchExpressions ?? []).flatMap(({ operator, values = [] }, index) => {
    const place = [...path, 'matchExpressions', index];
    const needsValues = operator === 'In' || operator === 'NotIn';
    if (needsValues === values.length > 0) return [];
    const message = needsValues ? `${operator} needs values` : `${operator} cannot have values`;
    const hint = needsValues
      ? 'add "values:" with at least one value, or use Exists or DoesNotExist'
      : 'remove "values:", or use In or NotIn';
    return [{ code: 'bad-requirement', place: valueAt(...place, 'operator'), message, hint }];
  });
}
