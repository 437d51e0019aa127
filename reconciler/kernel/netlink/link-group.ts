/** The group of a link, without its other attributes. Pure. Source: linux/if_link.h. */
import type { BodyReader } from './reader.ts';

/** Attribute: the number of the group. */
export const IFLA_GROUP = 27;
/** struct ifinfomsg, and the offset of the index in it. */
const HEADER_BYTES = 16;
const AT_INDEX = 4;

/** A link by its index, and its group. */
export type LinkGroup = { readonly index: number; readonly group: number };

/** Returns the group in an RTM_NEWLINK body. */
export function parseGroup(body: BodyReader): LinkGroup {
  return { index: body.at32(AT_INDEX), group: body.attribute(HEADER_BYTES, IFLA_GROUP)?.at32(0) ?? 0 };
}
