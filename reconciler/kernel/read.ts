/** Reads links through a namespace's socket. Links that do not exist, or vanish meanwhile, are absent. */
import { ok, type Result } from '../model/result.ts';
import { dumpLinks, getLink, getLinkByIndex, type LinkFact, parseLink } from './netlink/link.ts';
import { type LinkGroup, parseGroup } from './netlink/link-group.ts';
import type { NetlinkRequest } from './netlink/message.ts';
import type { Question, ReadBody } from './netlink/question.ts';
import type { BodyReader } from './netlink/reader.ts';
import type { NetlinkSocket } from './netlink/socket.ts';

/**
 * Returns a function that returns the request for `key`, encoding it only if the key differs from the last
 * one.
 */
export function createQuestion(): (key: string, encode: () => NetlinkRequest) => NetlinkRequest {
  let last: { readonly key: string; readonly request: NetlinkRequest } | undefined;
  return (key, encode) => {
    if (last?.key !== key) last = { key, request: encode() };
    return last.request;
  };
}

/** A scan of a thousand pods queries eth0 in each. */
const linkQuestion = createQuestion();

/** Returns the value; `absent` if the kernel answered not-found. */
export function orAbsent<T, U>(result: Result<T>, absent: U): Result<T | U> {
  return result.ok || result.error.code !== 'not-found' ? result : ok(absent);
}

type ListLinks = <T>(socket: NetlinkSocket, read: ReadBody<T>) => Result<T[]>;

let byNumber: ListLinks | undefined;

/** Ensures that links which no list has as a whole are listed so from now on. */
export function registerListByNumber(list: ListLinks): void {
  byNumber = list;
}

/** Number of attempts to list links at once. */
const FEW_ATTEMPTS = 4;

/** Returns all links of the socket's namespace. */
export function readLinks(socket: NetlinkSocket): Result<LinkFact[]> {
  return listLinks(socket, parseLink, 'list links');
}

function listLinks<T>(socket: NetlinkSocket, read: ReadBody<T>, step: string): Result<T[]> {
  const listed = socket.dump(dumpLinks(), read, step, byNumber && FEW_ATTEMPTS);
  const isTorn = !listed.ok && listed.error.code === 'interrupted';
  return (isTorn && byNumber?.(socket, read)) || listed;
}

/** As readLink() for each name; without those that do not exist. */
export function readNamedLinks(socket: NetlinkSocket, names: Iterable<string>): Result<LinkFact[]> {
  const questions = Array.from(names, (name) => ({
    request: getLink(name),
    read: (body: BodyReader) => namedLink(body, name),
    step: `look up link ${name}`,
  }));
  return readExisting(socket, questions);
}

/** Returns the values of the objects that exist. */
export function readExisting<T>(socket: NetlinkSocket, questions: readonly Question<T>[]): Result<T[]> {
  const found: T[] = [];
  for (const result of socket.gets(questions)) {
    const value = orAbsent(result, undefined);
    if (!value.ok) return value;
    if (value.value !== undefined) found.push(value.value);
  }
  return ok(found);
}

function namedLink(body: BodyReader, name: string): LinkFact | undefined {
  const link = parseLink(body);
  return link.name === name ? link : undefined;
}

/** Returns the groups of all links. */
export function readGroups(socket: NetlinkSocket): Result<LinkGroup[]> {
  return listLinks(socket, parseGroup, 'list the groups of links');
}

/** Returns the link of that name; one that has it as an alternative name is another. */
export function readLink(socket: NetlinkSocket, name: string): Result<LinkFact | undefined> {
  const found = lookUpLink(socket, name);
  return found.ok && found.value?.name !== name ? ok(undefined) : found;
}

/** Returns the link that the kernel takes for that name: it may be an alternative name. */
export function lookUpLink(socket: NetlinkSocket, name: string): Result<LinkFact | undefined> {
  const request = linkQuestion(name, () => getLink(name));
  return orAbsent(socket.get(request, parseLink, `look up link ${name}`), undefined);
}

/** Returns for each name whether no link has it, not even as an alternative name. */
export function freeNames(socket: NetlinkSocket, names: readonly string[]): readonly boolean[] {
  const questions = names.map((name) => ({ request: getLink(name), read: () => true, step: name }));
  return socket.gets(questions).map((answer) => !answer.ok && answer.error.code === 'not-found');
}

/** Returns the link with that index. */
export function readLinkByIndex(socket: NetlinkSocket, index: number): Result<LinkFact | undefined> {
  return orAbsent(socket.get(getLinkByIndex(index), parseLink, `look up link number ${index}`), undefined);
}
