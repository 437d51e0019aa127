/** The uplink of a network that is not in the document yet. Pure. */
import type { Pools } from '../../../../schemas/generated/vnet.ts';
import { normalisePrefix } from '../../addresses/address.ts';
import { subnetTexts } from '../../addresses/families.ts';
import type { Observation } from '../../ports/kernel.ts';
import { type Failure, failure } from '../../result.ts';
import type { LinkObject } from '../../state.ts';
import type { FirstNetwork } from '../mode.ts';
import { hostAddresses, otherNamed } from './describe-uplink.ts';

/** Returns the interface with the name or altname `master` among the candidates, else the one with an address in the pool's subnet. */
export function findUplink(
  observation: Observation,
  { master, pools }: FirstNetwork,
  candidates: readonly LinkObject[],
): LinkObject | undefined {
  if (master !== undefined) {
    const other = otherNamed(observation.state, master)?.name;
    return candidates.find(({ name }) => name === (other ?? master));
  }
  const holders = holdersOf(observation, pools);
  return candidates.find(({ name }) => holders.includes(name));
}

/** Returns the names of the interfaces with an address in the subnet of a pool. */
export function holdersOf(observation: Observation, pools: Pools): readonly string[] {
  const prefixes = subnetTexts({ pools }).map(normalisePrefix);
  return hostAddresses(observation)
    .filter(({ address }) => prefixes.includes(normalisePrefix(address)))
    .map(({ dev }) => dev);
}

/** Returns the Failure of a network whose uplink was not found. */
export function noUplink({ master, pools }: FirstNetwork): Failure {
  const message =
    master === undefined
      ? `no interface has an address of ${subnetTexts({ pools }).join(' or ')}`
      : `no interface ${master} with a MAC address`;
  return failure('not-found', 'find the uplink', message, {
    hint: 'Name the uplink as "master" in the CNI configuration, and configure its address (ip address).',
  });
}
