/** Converts a link message to an object of a State. Pure. */
import type { LinkObject, NetnsPath } from '../../model/state.ts';
import type { LinkFact } from './link.ts';

/** A link under construction: its peer is known only after the other end was read. */
export type MutableLink = { -readonly [Field in keyof LinkObject]: LinkObject[Field] };

/** Returns the link of the same namespace on which a VLAN, macvlan, ipvlan … is made, by the names of indexes. */
export function lowerOf(
  { kind, peerIndex, isPeerElsewhere }: LinkFact,
  type: LinkObject['type'],
  nameAt: (index: number) => string | undefined,
): LinkObject['lower'] {
  const dev = type !== 'device' || isPeerElsewhere ? undefined : nameAt(peerIndex);
  return dev === undefined ? undefined : { kind, dev };
}

/** Returns the link as an object, without its peer; `master` is its bridge's name, `''` for none. */
export function linkObject(
  fact: LinkFact,
  place: { readonly netns: NetnsPath; readonly master: string },
): MutableLink {
  const link: MutableLink = {
    kind: 'link',
    netns: place.netns,
    name: fact.name,
    type: fact.kind === 'bridge' || fact.kind === 'veth' || fact.kind === 'ifb' ? fact.kind : 'device',
    up: fact.up,
    mtuBytes: fact.mtuBytes,
    multicast: fact.multicast,
    master: place.master,
  };
  if (fact.mac !== undefined) link.mac = fact.mac;
  if (fact.alias !== undefined) link.alias = fact.alias;
  if (fact.rest !== undefined) link.rest = fact.rest;
  if (fact.hairpin !== undefined) link.port = { hairpin: fact.hairpin };
  return link;
}
