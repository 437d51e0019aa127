/** The reaction to drift by class of object, from the document. Pure. */
import type { PolicyAction, VnetDocument } from '../../schemas/generated/vnet.ts';
import type { DriftClass } from './kinds/kind.ts';
import { kindOf, type NetObject } from './kinds/registry.ts';

/** Returns the class of the object, as the document's policy names it. */
export function classOf(object: NetObject): DriftClass {
  return kindOf(object).policy;
}

/** Returns the reaction to drift of the object; by default it is repaired. */
export function policyOf(document: Pick<VnetDocument, 'policy'>, object: NetObject): PolicyAction {
  return document.policy?.[classOf(object)] ?? 'repair';
}
