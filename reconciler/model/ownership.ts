/** Ownership of kernel objects: vnet removes only those with its mark. Pure. */
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { kindOf } from './kinds/registry.ts';
import { coreOf } from './modes/cores.ts';
import { HOST, keyOf, type NetObject, normaliseObject, type ObjectKey } from './state.ts';

/** Returns true if vnet created the observed object, and may delete it. */
export type Ownership = (object: NetObject) => boolean;

/**
 * Returns the ownership rule of this document. Marks: links by alias, routes and neighbours by protocol
 * number, nftables by its own table. Addresses and neighbours moved between uplink and bridge are recognised
 * by the document that lists them. Objects in a pod's namespace are never deleted: chained plugins work
 * there. `former` is the previous document: the addresses that it moved are still ours.
 * Law: an object that is not ours is never in the delete steps of a plan.
 */
export function ownershipOf(document: VnetDocument, former: VnetDocument = document): Ownership {
  const moved = new Set<ObjectKey>();
  for (const { networks } of former === document ? [document] : [document, former]) {
    for (const network of Object.values(networks)) {
      for (const object of coreOf(network).listed(network)) moved.add(keyOf(normaliseObject(object)));
    }
  }
  let veths: ReadonlySet<string> | undefined;
  const marks = {
    listed: moved,
    // Lazy: few kinds ask, and there is a rule for each new document.
    get veths() {
      return (veths ??= hostVethsIn(document));
    },
  };
  return (object) => object.netns === HOST && kindOf(object).isOurs(object, marks);
}

function hostVethsIn({ endpoints = {} }: VnetDocument): ReadonlySet<string> {
  const veths = new Set<string>();
  for (const { hostVeth } of Object.values(endpoints)) if (hostVeth !== undefined) veths.add(hostVeth);
  return veths;
}
