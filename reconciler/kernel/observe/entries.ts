/** Looks up single entries of the node: neighbours, forwarding entries, elements of our table. */
import { normaliseAddress } from '../../model/addresses/address.ts';
import { ok } from '../../model/result.ts';
import type { Result } from '../../model/result.ts';
import { HOST } from '../../model/state.ts';
import type { NetObject } from '../../model/state.ts';
import type { LinkFact } from '../netlink/link.ts';
import { fdbObject, neighbourObject } from '../objects.ts';
import { readElement } from './nft.ts';
import { readFdb, readNeighbour } from '../read.ts';
import type { Sockets } from '../sockets.ts';

/** Returns those of the entries that are there; what would hang on a link that is not among `links` is not. */
export function observeEntries(
  sockets: Sockets,
  entries: readonly NetObject[],
  links: readonly LinkFact[],
): Result<NetObject[]> {
  const found: NetObject[] = [];
  for (const entry of entries) {
    const looked = lookUp(sockets, entry, links);
    if (!looked.ok) return looked;
    if (looked.value !== undefined) found.push(looked.value);
  }
  return ok(found);
}

function lookUp(
  sockets: Sockets,
  entry: NetObject,
  links: readonly LinkFact[],
): Result<NetObject | undefined> {
  if (entry.kind === 'nft-element') {
    const socket = sockets.nft();
    return socket.ok ? readElement(socket.value, entry, entry.key) : socket;
  }
  if (!('dev' in entry)) return ok(undefined);
  const { dev } = entry;
  const index = links.find(({ name }) => name === dev)?.index;
  const socket = sockets.route(HOST);
  if (!socket.ok || index === undefined) return socket.ok ? ok(undefined) : socket;
  const place = { netns: HOST, dev };
  if (entry.kind === 'neighbour') {
    const fact = readNeighbour(socket.value, index, normaliseAddress(entry.address));
    return fact.ok ? ok(fact.value && neighbourObject(fact.value, place)) : fact;
  }
  if (entry.kind !== 'fdb') return ok(undefined);
  const facts = readFdb(socket.value, index);
  const fact = facts.ok ? facts.value.find(({ mac }) => mac === entry.mac.toLowerCase()) : undefined;
  return facts.ok ? ok(fact && fdbObject(fact, place)) : facts;
}
