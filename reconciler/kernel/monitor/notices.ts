/** Turns notifications into notices about objects: link indexes become names. */
import { type Notice, SOME_POD } from '../../model/ports/monitor.ts';
import { NFT_TABLE, POLICY_TABLE } from '../../model/names.ts';
import { HOST, keyOf, type LinkObject, type NetObject } from '../../model/state.ts';
import { loadedWires } from '../kinds/registry.ts';
import type { ParsedNotice, LinkPlace } from '../kinds/wire.ts';
import { AF_BRIDGE } from '../netlink/bytes.ts';
import { type LinkFact, RTM_DELLINK, RTM_NEWLINK } from '../netlink/link.ts';
import { linkObject } from '../netlink/link-object.ts';
import {
  type LinkNotice,
  linkIndexOf,
  type Message,
  type NftNotice,
  parseLinkMessage,
} from '../netlink/notice.ts';

/** The contents of a link notification, which does not name the peer. */
const LINK_FIELDS = ['type', 'up', 'mac', 'mtuBytes', 'multicast', 'master', 'alias', 'port'];

/** Notices of the node's own namespace. Knows the names of all links, from a list and every announcement since. */
export class NodeNotices {
  readonly #names = new Map<number, string>();
  /** Veths that are up while their peer is down. */
  readonly #lonely = new Set<number>();
  readonly #veths = new Set<number>();

  /** Records the existing links. */
  learn(links: readonly LinkFact[]): void {
    for (const { index, name, kind } of links) {
      this.#names.set(index, name);
      if (kind === 'veth') this.#veths.add(index);
    }
  }

  /**
   * Returns the notices of the messages, in order. An ADD causes twenty messages about one veth, each with all of it: only the first one
   * of a batch and the last are read. Not so for other links, whose addresses and routes may not survive the events in between.
   */
  of(messages: readonly Message[]): readonly Notice[] {
    const last = new Map<number, Message>();
    for (const message of messages) if (isLinkMessage(message)) last.set(placeOfLink(message), message);
    const notices: Notice[] = [];
    for (const message of messages) {
      const isOld = message.type === RTM_NEWLINK && last.get(placeOfLink(message)) !== message;
      if (isOld && this.#veths.has(linkIndexOf(message))) continue;
      for (const notice of this.#ofOne(message)) notices.push(notice);
    }
    return notices;
  }

  /** Returns the notices of a message: two for a renamed link. */
  #ofOne(message: Message): readonly Notice[] {
    const { type, portId } = message;
    if (isLinkMessage({ type })) return this.#ofLinkMessage(message);
    const parsed = parseNotice(message);
    // Objects on an unknown link are ignored.
    const dev = parsed?.index === 0 ? '' : this.#names.get(parsed?.index ?? -1);
    if (parsed === undefined || dev === undefined) return [];
    const nameOf = (index: number): string | undefined => this.#names.get(index);
    return [noticeOf(parsed, { netns: HOST, dev, nameOf }, portId)];
  }

  #ofLinkMessage(message: Message): readonly Notice[] {
    const { portId } = message;
    const notice = parseLinkMessage(message);
    if (notice === undefined) return [];
    if (notice.kind === 'link') {
      return [...this.#ofLink(notice.link, notice.isGone, portId), ...this.#ofPeer(notice, portId)];
    }
    const link = this.#bareLink(notice.index);
    if (link === undefined) return [];
    const object = { ...link, port: { hairpin: notice.hairpin } };
    return [{ verb: 'set', object, fields: ['port'], portId }];
  }

  #ofLink(link: LinkFact, isGone: boolean, portId: number): readonly Notice[] {
    const before = this.#bareLink(link.index);
    const master = this.#names.get(link.masterIndex) ?? '';
    const object = linkObject(link, { netns: HOST, master });
    if (isGone) {
      this.#names.delete(link.index);
      this.#veths.delete(link.index);
      return [{ verb: 'gone', object, portId }];
    }
    this.#names.set(link.index, link.name);
    if (link.kind === 'veth') this.#veths.add(link.index);
    const now: Notice = { verb: 'set', object, fields: LINK_FIELDS, portId };
    const isRenamed = before !== undefined && before.name !== link.name;
    return isRenamed ? [{ verb: 'gone', object: before, portId }, now] : [now];
  }

  /** The pod's end is announced only by its host veth, which loses or regains its carrier. */
  #ofPeer(
    { link, isGone, hasCarrier }: Extract<LinkNotice, { kind: 'link' }>,
    portId: number,
  ): readonly Notice[] {
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
}

function isLinkMessage({ type }: Pick<Message, 'type'>): boolean {
  return type === RTM_NEWLINK || type === RTM_DELLINK;
}

/** The bridge describes its ports in messages of its own. */
function placeOfLink(message: Message): number {
  return 2 * linkIndexOf(message) + (message.body.at8(0) === AF_BRIDGE ? 1 : 0);
}

function parseNotice({ type, body }: Message): ParsedNotice | undefined {
  for (const { subscription } of loadedWires()) {
    const isGone = type === (subscription?.message ?? 0) + 1;
    if (type !== subscription?.message && !isGone) continue;
    const parsed = subscription?.parse?.(body, isGone);
    if (parsed !== undefined) return parsed;
  }
  return undefined;
}

function noticeOf(parsed: ParsedNotice, place: LinkPlace, portId: number): Notice {
  return { verb: parsed.isGone ? 'gone' : 'set', object: parsed.toObject(place), portId };
}

/** Returns the notice of a deletion in a pod; its link is known by index only, so it has no name. */
export function podNotice(message: Message): readonly Notice[] {
  const parsed = parseNotice(message);
  return parsed?.isGone === true ? [noticeOf(parsed, { netns: SOME_POD, dev: '' }, message.portId)] : [];
}

/** Notices of our table. They are held until the kernel names the process that ended the transaction. */
export class NftNotices {
  #held: Notice[] = [];

  /** Returns the notices that are complete with this fact. */
  of(fact: NftNotice | undefined, portId: number): readonly Notice[] {
    if (fact?.kind === 'table' && (fact.table === NFT_TABLE || fact.table === POLICY_TABLE)) {
      const object: NetObject = {
        kind: 'nft-table',
        netns: HOST,
        family: fact.family,
        name: fact.table,
        rules: [],
      };
      const verb = fact.isGone ? 'gone' : 'touched';
      const last = this.#held.at(-1);
      // A transaction may have thousands of elements.
      const isSame =
        last?.verb === verb && last.object.kind === 'nft-table' && keyOf(last.object) === keyOf(object);
      if (!isSame) this.#held.push({ verb, object, portId });
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
