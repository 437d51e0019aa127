/**
 * Lists the links of a busy namespace. The kernel marks a list as interrupted if a link was created or deleted while it was read; a
 * thousand links take fifty receives, and beside some hundred changes in a second no list of them is ever whole. The numbers alone fit into one
 * receive, which the kernel fills under its lock; each link is then looked up by its number.
 */
import type { Result } from '../../../model/result.ts';
import { getLinkByIndex } from '../../netlink/link.ts';
import type { ReadBody } from '../../netlink/question.ts';
import type { NetlinkSocket } from '../../netlink/socket.ts';
import { BodyWriter } from '../../netlink/writer.ts';
import { readExisting } from '../../read.ts';

/** Counters of links. Source: linux/rtnetlink.h. */
const RTM_GETSTATS = 94;
/** Counters of protocols, of which hardly any link has one. Source: IFLA_STATS_AF_SPEC of linux/if_link.h. */
const AF_SPEC_MASK = 1 << 4;
/** Offset of ifindex in struct if_stats_msg. */
const AT_INDEX = 4;

/**
 * Returns the values from `read` for all links that existed at one moment, without those that have vanished since.
 * Errors: `interrupted` if even the list of numbers was never whole.
 */
export function listLinksByNumber<T>(socket: NetlinkSocket, read: ReadBody<T>): Result<T[]> {
  const body = new BodyWriter().put32(0).put32(0).put32(AF_SPEC_MASK).finish();
  const request = { type: RTM_GETSTATS, flags: 0, body };
  const numbers = socket.dump(request, (answer) => answer.at32(AT_INDEX), 'list the numbers of links');
  if (!numbers.ok) return numbers;
  const questions = numbers.value.map((index) => ({
    request: getLinkByIndex(index),
    read,
    step: `look up link number ${index}`,
  }));
  return readExisting(socket, questions);
}
