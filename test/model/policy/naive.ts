/** A naive evaluator of network policies, in the words of the specification: what the compiler is tested against. */
import type {
  LabelSelector,
  NetworkPolicy,
  PolicyPeer,
  PolicyPort,
} from '../../../schemas/generated/vnet.ts';
import { isInRange, parseAddress, parsePrefix } from '../../../reconciler/model/addresses/address.ts';
import type { PolicyPod } from '../../../reconciler/model/policy/members.ts';

export type NaiveWorld = {
  readonly policies: Readonly<Record<string, NetworkPolicy>>;
  readonly namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly pods: readonly PolicyPod[];
};

export type End = { readonly pod?: PolicyPod | undefined; readonly address: string };

export type Service = { readonly protocol: 'TCP' | 'UDP' | 'SCTP' | 'ICMP'; readonly port: number };

/** A pod is isolated if a policy selects it; isolated, it has only what some of these policies allow. */
export function mayConnect(world: NaiveWorld, from: End, to: End, service: Service): boolean {
  if (from.address === to.address) return true;
  const way = (isEgress: boolean): boolean => {
    const [own, peer] = isEgress ? [from, to] : [to, from];
    const { pod } = own;
    if (pod?.isLocal !== true) return true;
    const selecting = Object.entries(world.policies).filter(([name, policy]) => {
      const usual = policy.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
      const types: readonly string[] = policy.policyTypes?.length ? policy.policyTypes : usual;
      if (!types.includes(isEgress ? 'Egress' : 'Ingress')) return false;
      return name.split('/')[0] === pod.namespace && selects(policy.podSelector, pod.labels ?? {});
    });
    if (selecting.length === 0) return true;
    return selecting.some(([name, { ingress = [], egress = [] }]) => {
      const rules = isEgress
        ? egress.map((rule) => ({ ...rule, peers: rule.to }))
        : ingress.map((rule) => ({ ...rule, peers: rule.from }));
      return rules.some(({ peers = [], ports = [] }) => {
        const isPeer = peers.length === 0 || peers.some((one) => isPeerOf(world, name, one, peer));
        return isPeer && (ports.length === 0 || ports.some((one) => isPort(one, to.pod, service)));
      });
    });
  };
  return way(true) && way(false);
}

function isPeerOf(world: NaiveWorld, policy: string, peer: PolicyPeer, { pod, address }: End): boolean {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  if (ipBlock !== undefined) {
    const isIn = (cidr: string): boolean =>
      isInRange(parseAddress(address) ?? 0, parsePrefix(cidr) ?? { first: 1, last: 0 });
    return isIn(ipBlock.cidr) && !(ipBlock.except ?? []).some(isIn);
  }
  if (pod === undefined) return false;
  const labels = { 'kubernetes.io/metadata.name': pod.namespace, ...world.namespaces.get(pod.namespace) };
  const isThere =
    namespaceSelector === undefined
      ? policy.split('/')[0] === pod.namespace
      : selects(namespaceSelector, labels);
  return isThere && selects(podSelector ?? {}, pod.labels ?? {});
}

function isPort(
  { port, endPort, protocol = 'TCP' }: PolicyPort,
  pod: PolicyPod | undefined,
  service: Service,
): boolean {
  if (protocol !== service.protocol) return false;
  if (port === undefined) return true;
  if (typeof port === 'number') return service.port >= port && service.port <= (endPort ?? port);
  return (pod?.ports ?? []).some(
    (one) => one.name === port && one.protocol === protocol && one.port === service.port,
  );
}

function selects(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator === 'Exists') return key in labels;
      if (operator === 'DoesNotExist') return !(key in labels);
      const isIn = key in labels && values.includes(labels[key] ?? '');
      return operator === 'In' ? isIn : !isIn;
    })
  );
}
