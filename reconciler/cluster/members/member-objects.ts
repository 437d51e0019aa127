/** The parts of the cluster's objects that network policies depend on. Pure. Source: the Kubernetes API, core/v1 and networking.k8s.io/v1. */
import type { PodOfFile } from '../../document/members-file.ts';
import { isRecord } from '../../model/objects.ts';
import type { NamedPort } from '../../model/policy/members.ts';
import type { Labels, NetworkPolicy } from '../../../schemas/generated/vnet.ts';
import type { ApiObject } from '../api/objects.ts';

const ENDED: readonly unknown[] = ['Succeeded', 'Failed'];

/**
 * Returns the pod; undefined for one in the network of its node, and for one that has ended, whose address may belong to another. Shape:
 * `local` if it is to run on the node.
 */
export function toMemberPod({ metadata, spec, status }: ApiObject, node: string): PodOfFile | undefined {
  const [wanted, seen] = [asRecord(spec), asRecord(status)];
  if (wanted['hostNetwork'] === true || ENDED.includes(seen['phase'])) return undefined;
  const { namespace = '', name, labels = {} } = metadata;
  const addresses = [...asList(seen['podIPs']).map(({ ip }) => ip), seen['podIP']];
  const texts = [...new Set(addresses.filter((ip) => typeof ip === 'string' && ip !== ''))].map(String);
  const ports = portsOf([...asList(wanted['containers']), ...asList(wanted['initContainers'])]);
  return {
    namespace,
    name,
    labels,
    ...(texts.length === 0 ? {} : { addresses: texts }),
    ...(ports.length === 0 ? {} : { ports }),
    ...(wanted['nodeName'] === node ? { local: true } : {}),
  };
}

function portsOf(containers: readonly Readonly<Record<string, unknown>>[]): readonly NamedPort[] {
  return containers
    .flatMap(({ ports }) => asList(ports))
    .flatMap(({ name, containerPort, protocol = 'TCP' }): readonly NamedPort[] => {
      const isKnown = protocol === 'TCP' || protocol === 'UDP' || protocol === 'SCTP';
      const isNamed = typeof name === 'string' && typeof containerPort === 'number';
      return isNamed && isKnown ? [{ name, port: containerPort, protocol }] : [];
    });
}

/** Returns the labels of the object. */
export function labelsIn({ metadata: { labels = {} } }: ApiObject): Labels {
  return labels;
}

/** Returns the policy: the server has validated it. */
export function toNetworkPolicy({ spec }: ApiObject): NetworkPolicy {
  const { podSelector = {}, policyTypes, ingress, egress }: Partial<NetworkPolicy> = asRecord(spec);
  return {
    podSelector,
    ...(policyTypes === undefined ? {} : { policyTypes }),
    ...(ingress === undefined ? {} : { ingress }),
    ...(egress === undefined ? {} : { egress }),
  };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function asList(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
