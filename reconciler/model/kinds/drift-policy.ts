/** The reaction to drift by class of object, from the document. Pure. */
import type { PolicyAction, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { kindOf, type NetObject } from './registry.ts';

/** The part of a document that says how to react to drift. */
export type DriftPolicies = Pick<VnetDocument, 'policy'>;

/** Returns the reaction to drift of the object; by default it is repaired. */
export function driftActionOf(document: DriftPolicies, object: NetObject): PolicyAction {
  return document.policy?.[kindOf(object).policy] ?? 'repair';
}
