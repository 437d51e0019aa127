/** The uplinks that vnet has taken over, for the status of a node. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { networksWith } from '../../model/capabilities.ts';
import type { NodeNetworkStatus } from '../custom-resources.ts';

/** An interface and the network that has it. */
export type TakenUplink = NonNullable<NodeNetworkStatus['uplinks']>[number];

/** Returns the uplinks of the document that are not released, by interface. */
export function takenUplinks(document: VnetDocument): readonly TakenUplink[] {
  return networksWith(document, 'takeover')
    .flatMap(({ name: network, network: value, mode }) => {
      const { name, released } = mode.takeover.uplink(value);
      return released === true ? [] : [{ name, network }];
    })
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
}
