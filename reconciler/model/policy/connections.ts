/** The allowed connections between pods of this node. Pure. */
import { type Family, familyOf } from '../addresses/address.ts';
import type { PolicyInput } from './compiler/compile.ts';
import { portsOfRule } from './compiler/grants.ts';
import {
  commonPorts,
  EVERYTHING,
  NO_PORTS,
  type PortSet,
  renderPorts,
  unionOfPorts,
} from './compiler/port-set.ts';
import { isPeerOf, selectingPolicies } from './explain.ts';
import { nameOfPod, type PolicyPod } from './members.ts';
import type { Direction } from './rules.ts';

/** The ports on which one pod may send to another. Shape: `allowed` as renderPorts(); pods are `namespace/name`. */
export type PodConnection = { readonly from: string; readonly to: string; readonly allowed: string };

/**
 * Returns the connections between pods of this node, those of `only` if it is named; none between two pods of which neither is isolated in the
 * direction.
 */
export function connectionsOf(input: PolicyInput, only?: string): readonly PodConnection[] {
  const pods = input.pods.filter(({ isLocal, addresses }) => isLocal === true && addresses.length > 0);
  return pods.flatMap((from) =>
    pods.flatMap((to) => {
      const [source, destination] = [nameOfPod(from), nameOfPod(to)];
      if (from === to || (only !== undefined && only !== source && only !== destination)) return [];
      if (!isIsolated(input, 'egress', from) && !isIsolated(input, 'ingress', to)) return [];
      return [{ from: source, to: destination, allowed: renderPorts(portsBetween(input, from, to)) }];
    }),
  );
}

function isIsolated({ policies, unknown }: PolicyInput, direction: Direction, pod: PolicyPod): boolean {
  if (pod.labels === undefined && unknown === 'deny') return true;
  return selectingPolicies(policies, direction, pod).length > 0;
}

/** Shape: where the families differ because of blocks, the part that both have. */
function portsBetween(input: PolicyInput, from: PolicyPod, to: PolicyPod): PortSet {
  const families = ([4, 6] as const).filter((family) => addressIn(from, family) && addressIn(to, family));
  return families.reduce((ports, family) => {
    const out = granted(input, 'egress', { own: from, peer: to, to, family });
    return commonPorts(
      commonPorts(ports, out),
      granted(input, 'ingress', { own: to, peer: from, to, family }),
    );
  }, EVERYTHING);
}

type Ends = {
  readonly own: PolicyPod;
  readonly peer: PolicyPod;
  readonly to: PolicyPod;
  readonly family: Family;
};

function granted(input: PolicyInput, direction: Direction, { own, peer, to, family }: Ends): PortSet {
  if (own.labels === undefined && input.unknown === 'deny') return NO_PORTS;
  const selecting = selectingPolicies(input.policies, direction, own);
  if (selecting.length === 0) return EVERYTHING;
  const end = { pod: peer, address: addressIn(peer, family) ?? '' };
  const rules = selecting.flatMap(({ rules: byDirection }) => byDirection[direction] ?? []);
  const sets = rules
    .filter((rule) => isPeerOf(input, rule, end))
    .flatMap(({ ports }) => portsOfRule(ports, to) ?? []);
  return sets.length === 0 ? NO_PORTS : unionOfPorts(sets);
}

function addressIn({ addresses }: PolicyPod, family: Family): string | undefined {
  return addresses.find((address) => familyOf(address) === family);
}
