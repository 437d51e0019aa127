/** The kinds on the wire that few CNI calls need: those of takeovers, of limits and of policy routing. */
import { changeAddress, createMoved, removeIpv6Address } from './change-address.ts';
import { isGivenNeighbour } from './given-neighbour.ts';
import { filterWire } from './filter.ts';
import { changeHostVeth } from './learned-neighbours.ts';
import { markLearned } from './learned-route.ts';
import { listLinksByNumber } from './links-by-number.ts';
import { nexthopWire } from './nexthop.ts';
import { nftTableWire } from './nft-table.ts';
import { qdiscWire } from './qdisc.ts';
import { ruleWire } from './rule.ts';
import { readSettled } from './settled-reach.ts';
import { registerRareSteps } from '../rare-steps.ts';
import { registerListByNumber } from '../../read.ts';
import { ensurePolicyTable, readPolicyTable, requestsOf } from '../../policy/engine.ts';
import { deleteFormer } from '../../policy/former-connections.ts';
import { registerPolicyEngine } from '../../policy/loaded.ts';

/** The kinds by name. */
export const RARE_WIRES = {
  'nft-table': nftTableWire,
  nexthop: nexthopWire,
  qdisc: qdiscWire,
  filter: filterWire,
  rule: ruleWire,
};

registerRareSteps({
  readSettled,
  markLearned,
  isGivenNeighbour,
  createMoved,
  changeAddress,
  removeIpv6Address,
  changeHostVeth,
});
registerListByNumber(listLinksByNumber);
registerPolicyEngine({ ensurePolicyTable, readPolicyTable, requestsOf, deleteFormer });
