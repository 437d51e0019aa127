/** The uplink of a network that is not in the document yet. Pure. */
import { normalisePrefix } from '../../addresses/address.ts';
import type { Observation } from '../../ports/kernel.ts';
import { type Failure, failure } from '../../result.ts';
import type { LinkObject } from '../../state.ts';
import type { FirstNetwork } from '../mode.ts';
import { hostAddresses, otherNamed } from './describe-uplink.ts';

/** Returns the interface with the name or altname `master` among the candidates, else the one with an address in the pool's subnet. */
export function findUplink(
  observation: Observation,
  { master, pool }: FirstNetwork,
  candidates: readonly LinkObject[],
): LinkObject | undefined {
  if (master !== undefined) {
    const other = otherNamed(observation.state, master)?.name;
    return candidates.find(({ name }) => name === (other ?? master));
  }
  const holders = holdersOf(observation, pool.subnet);
  return candidates.find(({ name }) => holders.includes(name));
}

/** Returns the names of the interfaces with an address in the subnet. */
export function holdersOf(observation: Observation, subnet: string): readonly string[] {
  const prefix = normalisePrefix(subnet);
  return hostAddresses(observation)
    .filter(({ address }) => normalisePrefix(address) === prefix)
    .map(({ dev }) => dev);
}

/** Returns the Failure of a network whose uplink was not found. */
export function noUplink({ master, pool }: FirstNetwork): Failure {
  const message =
    master === undefined
      ? `no interface has an address of ${pool.subnet}`
      : `no interface ${master} with a MAC address`;
  return failure('not-found', 'find the uplink', message, {
    hint: 'Name the uplink as "master" in the CNI configuration, and configure its address (ip address).',
  });
}
