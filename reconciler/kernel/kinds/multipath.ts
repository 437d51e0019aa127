/** Next hops of multipath routes on the wire. Pure. Source: rtnetlink(7), struct rtnexthop of linux/rtnetlink.h. */
import type { NextHop } from '../../model/kinds/route.ts';
import { familyNumber, ipBytes, ipText } from '../netlink/bytes.ts';
import { type BodyReader, knownTypes } from '../netlink/reader.ts';
import type { BodyWriter } from '../netlink/writer.ts';
import { familyOf } from '../../model/addresses/address.ts';
import { Bug } from '../../model/result.ts';
import type { LinkPlace } from './wire.ts';

/** Attribute: the gateway, if of the route's family. */
export const RTA_GATEWAY = 5;
const RTA_MULTIPATH = 9;
/** Attribute: the gateway, with its family. */
export const RTA_VIA = 18;
/** Flag of a next hop: the gateway is on-link. */
export const RTNH_F_ONLINK = 4;
const HOP_BYTES = 8;

const KNOWN_OF_HOP = knownTypes(RTA_GATEWAY, RTA_VIA);

/** A next hop in rtnetlink's form. Shape: as NextHop, with the index of the link. */
export type HopFact = Omit<NextHop, 'dev'> & { readonly index: number };

/** Returns the next hops in the attribute, in order. */
export function parseHops(attribute: BodyReader): readonly HopFact[] {
  const hops: HopFact[] = [];
  for (let at = 0; at + HOP_BYTES <= attribute.length; ) {
    const length = attribute.at16(at);
    if (length < HOP_BYTES) break;
    const hop = attribute.slice(at, length);
    const via = gatewayIn((type) => hop.attribute(HOP_BYTES, type));
    const rest = hop.rest(HOP_BYTES, KNOWN_OF_HOP);
    const weight = hop.at8(3) + 1;
    hops.push({
      index: hop.at32(4),
      ...(via === undefined ? {} : { via }),
      ...(weight === 1 ? {} : { weight }),
      ...((hop.at8(2) & RTNH_F_ONLINK) === 0 ? {} : { onLink: true }),
      ...(rest === undefined ? {} : { rest }),
    });
    at += (length + 3) & ~3;
  }
  return hops;
}

/** Returns the hops with the names of their links; `#<index>` if there is no such link here. */
export function namedHops(facts: readonly HopFact[], { nameOf }: LinkPlace): readonly NextHop[] {
  return facts.map(({ index, ...hop }) => ({ dev: nameOf?.(index) ?? `#${index}`, ...hop }));
}

/** Adds the next hops to the message. */
export function putHops(body: BodyWriter, family: 4 | 6, hops: readonly HopFact[]): void {
  body.nest(RTA_MULTIPATH, () => {
    for (const { index, via, weight = 1, onLink, rest } of hops) {
      body.sized(() => {
        body
          .put8(onLink === true ? RTNH_F_ONLINK : 0)
          .put8(weight - 1)
          .put32(index);
        if (via !== undefined) putGateway(body, family, via);
        body.rest(rest);
      });
    }
  });
}

/** Returns the gateway among the attributes, of any family. */
export function gatewayIn(get: (type: number) => BodyReader | undefined): string | undefined {
  return ipText(get(RTA_GATEWAY)) ?? ipText(get(RTA_VIA)?.from(2));
}

/** Adds the gateway to the message. Errors: throws a Bug for an invalid address. */
export function putGateway(body: BodyWriter, family: 4 | 6, via: string): void {
  const viaFamily = familyOf(via);
  if (viaFamily === undefined) throw new Bug(`not an IP address: ${JSON.stringify(via)}`);
  if (viaFamily === family) {
    body.bytes(RTA_GATEWAY, ipBytes(via));
    return;
  }
  // Struct rtvia: the family, then the address.
  const address = ipBytes(via);
  const value = new Uint8Array(2 + address.length);
  value.set(new Uint8Array(new Uint16Array([familyNumber(viaFamily)]).buffer));
  value.set(address, 2);
  body.bytes(RTA_VIA, value);
}
