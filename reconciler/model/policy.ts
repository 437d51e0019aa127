/** What the document says is to be done about what others change, by class of object. Pure. */
import type { Policy, PolicyAction, VnetDocument } from '../../schemas/generated/vnet.ts';
import { kindOf, type NetObject } from './kinds/registry.ts';

/** Returns the class of the object, as the document's policy names it. */
export function classOf(object: NetObject): keyof Policy {
  return kindOf(object).policy;
}

/** Returns what is to be done when others change the object; without a word in the document it is put back. */
export function policyOf(document: Pick<VnetDocument, 'policy'>, object: NetObject): PolicyAction {
  return document.policy?.[classOf(object)] ?? 'repair';
}
