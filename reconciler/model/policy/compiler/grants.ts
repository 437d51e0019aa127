/** The grants of one pod's policies: by group of peers, by block, and to all. Pure. */
import type { PolicyPort } from '../../../../schemas/generated/vnet.ts';
import type { PolicyPod, TransportProtocol } from '../members.ts';
import { ALL_ADDRESSES, type PortBlock } from './blocks.ts';
import { ALL_PORTS, EVERYTHING, NO_PORTS, type PortSet, portsOf, unionOfPorts } from './port-set.ts';
import { ALL_PODS, type Direction, type ParsedPolicy, type PeerGroup, type PolicyRule } from '../rules.ts';

/** A port by name: its number is that of the peer. */
export type PortName = { readonly name: string; readonly protocol: TransportProtocol };

/**
 * A group of peers to which something is granted.
 * Shape: with `named`, the port is the peer's own of this name (egress). Equal grants have one `id`.
 */
export type Grant = { readonly id: string; readonly group: PeerGroup; readonly named?: PortName };

/**
 * The grants of one pod's policies in one direction.
 * Shape: `ports` by the id of the grant, empty for a named port; `blocks` are of both families.
 */
export type OwnGrants = {
  readonly grants: ReadonlyMap<string, Grant>;
  readonly ports: ReadonlyMap<string, PortSet>;
  readonly blocks: readonly PortBlock[];
};

/** Returns the grants of these policies of the pod in the direction. */
export function grantsOf(direction: Direction, pod: PolicyPod, policies: readonly ParsedPolicy[]): OwnGrants {
  const found = new Collected();
  for (const { rules } of policies) {
    for (const rule of rules[direction] ?? []) {
      found.add(rule, direction === 'ingress' ? pod : undefined);
      if (direction === 'egress') found.addNamed(rule);
    }
  }
  return found;
}

class Collected implements OwnGrants {
  readonly grants = new Map<string, Grant>();
  readonly ports = new Map<string, PortSet>();
  readonly blocks: PortBlock[] = [];

  add(rule: PolicyRule, target: PolicyPod | undefined): void {
    const ports = portsOfRule(rule.ports, target);
    if (ports === undefined) return;
    for (const group of rule.groups) this.#grant({ id: group.id, group }, ports);
    for (const { ranges } of rule.blocks) for (const range of ranges) this.blocks.push({ range, ports });
    if (rule.isForAll)
      for (const range of [ALL_ADDRESSES[4], ALL_ADDRESSES[6]]) this.blocks.push({ range, ports });
  }

  /** The number of a destination's port is known only where the destination is a pod. */
  addNamed({ ports = [], groups, blocks, isForAll }: PolicyRule): void {
    for (const { port, protocol = 'TCP' } of ports) {
      if (typeof port !== 'string') continue;
      const named = { name: port, protocol };
      const inBlocks = blocks.map(({ id, ranges }) => ({ ...ALL_PODS, id: `${ALL_PODS.id}@${id}`, ranges }));
      for (const group of [...(isForAll ? [ALL_PODS] : groups), ...inBlocks]) {
        this.#grant({ id: `${group.id}#${protocol}/${port}`, group, named }, NO_PORTS);
      }
    }
  }

  #grant(grant: Grant, ports: PortSet): void {
    this.grants.set(grant.id, grant);
    const before = this.ports.get(grant.id);
    this.ports.set(grant.id, before === undefined ? ports : unionOfPorts([before, ports]));
  }
}

/**
 * Returns the ports of a rule; undefined if it allows none. `target` resolves names; without it they are left out.
 * Source: a name that the pod lacks allows nothing.
 */
export function portsOfRule(
  ports: readonly PolicyPort[] | undefined,
  target?: PolicyPod,
): PortSet | undefined {
  if (ports === undefined) return EVERYTHING;
  const sets = ports.flatMap((port) => portsOfEntry(port, target));
  return sets.length === 0 ? undefined : unionOfPorts(sets);
}

function portsOfEntry({ port, endPort, protocol = 'TCP' }: PolicyPort, target?: PolicyPod): PortSet[] {
  if (port === undefined) return [portsOf(protocol, ALL_PORTS)];
  if (typeof port === 'number') return [portsOf(protocol, { first: port, last: endPort ?? port })];
  return numbersOf({ name: port, protocol }, target).map((number) =>
    portsOf(protocol, { first: number, last: number }),
  );
}

/** Returns the numbers of the pod's ports with the name and protocol. */
export function numbersOf({ name, protocol }: PortName, pod: PolicyPod | undefined): readonly number[] {
  const own = (pod?.ports ?? []).filter((one) => one.name === name && one.protocol === protocol);
  return [...new Set(own.map(({ port }) => port))];
}
