/** Facts of announcements as notices about objects: numbers of links become names. */
import { SOME_POD } from '../../model/ports/monitor.ts';
import type { Notice } from '../../model/ports/monitor.ts';
import { NFT_TABLE } from '../../model/names.ts';
import { HOST } from '../../model/state.ts';
import type { LinkObject, NetObject } from '../../model/state.ts';
import type { LinkFact } from '../netlink/link.ts';
import type { Fact } from '../netlink/notice.ts';
import { addressObject, fdbObject, linkObject, neighbourObject, routeObject } from '../objects.ts';

/** What an announcement of a link tells: not which link its peer is. */
const LINK_FIELDS = ['type', 'up', 'mac', 'mtuBytes', 'multicast', 'master', 'alias', 'port'];

/** Notices of the node's own namespace. Knows the names of all links, from a list and every announcement since. */
export class NodeNotices {
  readonly #names = new Map<number, string>();
  /** Veths that are up while their other end is down. */
  readonly #lonely = new Set<number>();

  /** Notes the links that are there. */
  learn(links: readonly LinkFact[]): void {
    for (const { index, name } of links) this.#names.set(index, name);
  }

  /** Returns the notices of a fact: two for a link that has another name now. */
  of(fact: Fact | undefined, portId: number): readonly Notice[] {
    switch (fact?.kind) {
      case undefined:
      case 'table':
      case 'elements':
      case 'transaction':
        return [];
      case 'link':
        return [...this.#ofLink(fact.link, fact.isGone, portId), ...this.#ofPeer(fact, portId)];
      case 'port': {
        const link = this.#bareLink(fact.index);
        if (link === undefined) return [];
        const object = { ...link, port: { hairpin: fact.hairpin } };
        return [{ verb: 'set', object, fields: ['port'], portId }];
      }
      case 'address':
        return this.#hanging(fact.address.index, { isGone: fact.isGone, portId }, (place) =>
          addressObject(fact.address, place),
        );
      case 'route':
        return this.#hanging(fact.route.index, { isGone: fact.isGone, portId }, (place) =>
          routeObject(fact.route, place),
        );
      case 'neighbour':
        return this.#hanging(fact.neighbour.index, { isGone: false, portId }, (place) =>
          neighbourObject(fact.neighbour, place),
        );
      case 'no-neighbour':
        return this.#hanging(fact.index, { isGone: true, portId }, (place) => ({
          kind: 'neighbour',
          ...place,
          address: fact.address,
          mac: '',
        }));
      case 'fdb':
        return this.#hanging(fact.fdb.index, { isGone: fact.isGone, portId }, (place) =>
          fdbObject(fact.fdb, place),
        );
    }
  }

  #ofLink(link: LinkFact, isGone: boolean, portId: number): readonly Notice[] {
    const before = this.#bareLink(link.index);
    const master = this.#names.get(link.masterIndex) ?? '';
    const object = linkObject(link, { netns: HOST, master });
    if (isGone) {
      this.#names.delete(link.index);
      return [{ verb: 'gone', object, portId }];
    }
    this.#names.set(link.index, link.name);
    const now: Notice = { verb: 'set', object, fields: LINK_FIELDS, portId };
    const isRenamed = before !== undefined && before.name !== link.name;
    return isRenamed ? [{ verb: 'gone', object: before, portId }, now] : [now];
  }

  /** The end in a pod is heard of by its host's end alone: it has lost its carrier, or found it again. */
  #ofPeer({ link, isGone, hasCarrier }: Extract<Fact, { kind: 'link' }>, portId: number): readonly Notice[] {
    const isLonely = link.kind === 'veth' && link.up && !isGone && !hasCarrier;
    if (isLonely === this.#lonely.has(link.index)) return [];
    if (isLonely) this.#lonely.add(link.index);
    else this.#lonely.delete(link.index);
    const object: LinkObject = { kind: 'link', netns: SOME_POD, name: link.name, type: 'veth' };
    return [{ verb: isLonely ? 'touched' : 'set', object, portId }];
  }

  #bareLink(index: number): LinkObject | undefined {
    const name = this.#names.get(index);
    return name === undefined ? undefined : { kind: 'link', netns: HOST, name, type: 'device' };
  }

  /** What hangs on a link that nobody knows any more is no news. */
  #hanging(
    index: number,
    { isGone, portId }: { readonly isGone: boolean; readonly portId: number },
    convert: (place: { readonly netns: string; readonly dev: string }) => NetObject,
  ): readonly Notice[] {
    const dev = this.#names.get(index);
    if (dev === undefined) return [];
    return [{ verb: isGone ? 'gone' : 'set', object: convert({ netns: HOST, dev }), portId }];
  }
}

/** Returns the notice of what is gone in some pod; its link is known by number only, so it has no name. */
export function podNotice(fact: Fact | undefined, portId: number): readonly Notice[] {
  const place = { netns: SOME_POD, dev: '' };
  if (fact?.kind === 'address' && fact.isGone) {
    return [{ verb: 'gone', object: addressObject(fact.address, place), portId }];
  }
  if (fact?.kind === 'route' && fact.isGone) {
    return [{ verb: 'gone', object: routeObject(fact.route, place), portId }];
  }
  return [];
}

/** Notices of our table. They are held until the kernel says which process ended the transaction. */
export class NftNotices {
  #held: Notice[] = [];

  /** Returns the notices that are complete with this fact. */
  of(fact: Fact | undefined, portId: number): readonly Notice[] {
    if (fact?.kind === 'table' && fact.table === NFT_TABLE) {
      const object: NetObject = {
        kind: 'nft-table',
        netns: HOST,
        family: 'bridge',
        name: NFT_TABLE,
        rules: [],
      };
      this.#held.push({ verb: fact.isGone ? 'gone' : 'touched', object, portId });
    } else if (fact?.kind === 'elements' && fact.table === NFT_TABLE) {
      const { table, set } = fact;
      for (const element of fact.elements) {
        const object: NetObject = { kind: 'nft-element', netns: HOST, table, set, ...element };
        this.#held.push({ verb: fact.isGone ? 'gone' : 'set', object, portId });
      }
    } else if (fact?.kind === 'transaction') {
      const { pid, name } = fact;
      const complete = this.#held.map((notice) => ({ ...notice, process: { pid, name } }));
      this.#held = [];
      return complete;
    }
    return [];
  }
}
