/** Advice on valid documents. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { poolsOf } from '../../model/addresses/families.ts';
import { isFabricGateway } from '../../model/modes/parts/off-link.ts';
import { probeOf } from '../../model/networks.ts';

/** Returns a sentence for each value that has no effect: a probe on Azure, whose network answers for every address. */
export function adviseOn({ networks }: VnetDocument): readonly string[] {
  return Object.entries(networks)
    .filter(([, network]) => probeOf(network) !== undefined)
    .filter(([, network]) =>
      poolsOf(network).some(({ pool }) => pool.source === 'azure' || isFabricGateway(pool.gateway)),
    )
    .map(
      ([name]) =>
        `networks.${name}.probe finds nothing on Azure: its network answers for every address, and each ADD waits for it. Remove the section.`,
    );
}
