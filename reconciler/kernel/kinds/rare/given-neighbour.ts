/** Neighbours that a program set and the kernel confirms: they move with an uplink. */
import type { BodyReader } from '../../netlink/reader.ts';
import { NDM_BYTES } from '../ndmsg.ts';

/** Source: NTF_EXT_LEARNED, NTF_EXT_MANAGED of linux/neighbour.h. */
const EXTERN_LEARN = 0x10;
const NDA_FLAGS_EXT = 15;
const MANAGED = 1;

/** Returns true for an entry that a program set, whatever its state: `extern_learn` or `managed`. */
export function isGivenNeighbour(body: BodyReader): boolean {
  if ((body.at8(10) & EXTERN_LEARN) !== 0) return true;
  return ((body.attribute(NDM_BYTES, NDA_FLAGS_EXT)?.at32(0) ?? 0) & MANAGED) !== 0;
}
