/** What the document says is to be done about what others change, by class of object. Pure. */
import type { Policy, PolicyAction, VnetDocument } from '../../schemas/generated/vnet.ts';
import type { NetObject } from './state.ts';

const CLASSES: Readonly<Record<NetObject['kind'], keyof Policy>> = {
  link: 'links',
  address: 'addresses',
  route: 'routes',
  neighbour: 'neighbours',
  fdb: 'fdb',
  sysctl: 'sysctls',
  'nft-table': 'rules',
  'nft-element': 'rules',
};

/** Returns the class of the object, as the document's policy names it. */
export function classOf(object: NetObject): keyof Policy {
  return CLASSES[object.kind];
}

/** Returns what is to be done when others change the object; without a word in the document it is put back. */
export function policyOf(document: Pick<VnetDocument, 'policy'>, object: NetObject): PolicyAction {
  return document.policy?.[classOf(object)] ?? 'repair';
}
