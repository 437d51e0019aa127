/** Common rtnetlink code of the kinds on interfaces: addresses, routes, neighbours, forwarding entries. */
import type { FieldChange, KernelObject, RestAttributes } from '../../model/kinds/kind.ts';
import { ok, type Result } from '../../model/result.ts';
import { keyOf, type NetObject, normaliseObject } from '../../model/state.ts';
import {
  type Applied,
  type ApplyContext,
  changed,
  existing,
  firstDifference,
  type LinkHandle,
  linkHandle,
} from '../apply/context.ts';
import type { BodyReader } from '../netlink/reader.ts';
import { NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, type NetlinkRequest } from '../netlink/message.ts';
import type { Question } from '../netlink/question.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { orAbsent } from '../read.ts';
import type { Subscription, NamespaceView, LinkPlace, Wire } from './wire.ts';

/** An object in rtnetlink's form: its interface by index. */
export type Fact = { readonly index: number };

/** A found object, in rtnetlink's form and as in a State. */
export type FoundObject<T, F> = { readonly fact: F; readonly object: T };

/** An object on an interface. */
export type OnLink = NetObject & KernelObject & { readonly dev: string };

/**
 * A kind's messages.
 * Shape: `message` is the type of an addition; the next two numbers are deletion and query.
 */
export type Codec<T, F extends Fact> = {
  readonly message: number;
  /** Returns the body that describes the object. Law: parse inverts it. */
  encode(fact: F): Uint8Array;
  /** Returns the body that identifies the object to delete, if it differs. */
  encodeRemoval?(fact: F): Uint8Array;
  /** Returns the described object; undefined for objects that are never in a State. */
  parse(body: BodyReader): F | undefined;
  toObject(fact: F, place: LinkPlace): T;
  /** Shape: `indexOf` returns the indexes of further links of the object. */
  toFact(object: T, index: number, indexOf?: (dev: string) => number): F;
};

/** Returns the request that adds the object; the kernel refuses it if the object exists. */
export function additionOf<T, F extends Fact>(codec: Codec<T, F>, fact: F): NetlinkRequest {
  return { type: codec.message, flags: NLM_F_CREATE | NLM_F_EXCL, body: codec.encode(fact) };
}

/** Returns the request that adds the object, in place of the existing one. */
export function replacementOf<T, F extends Fact>(codec: Codec<T, F>, fact: F): NetlinkRequest {
  return { type: codec.message, flags: NLM_F_CREATE | NLM_F_REPLACE, body: codec.encode(fact) };
}

/** Returns the request that deletes the object. */
export function removalOf<T, F extends Fact>(codec: Codec<T, F>, fact: F): NetlinkRequest {
  const body = codec.encodeRemoval === undefined ? codec.encode(fact) : codec.encodeRemoval(fact);
  return { type: codec.message + 1, flags: 0, body };
}

/** Lookup of a kind's objects. */
export type KindLookup<T, F extends Fact> = {
  /** Returns the objects on the interface; on all interfaces if the index is 0. */
  read(socket: NetlinkSocket, index: number): Result<F[]>;
  /**
   * Returns the request for the object with the identity of `want`. Absent, or refused (older kernels): it is searched
   * among those on the interface.
   */
  single?(index: number, want: T): NetlinkRequest;
  /** Returns the object with the identity of `want`. Absent: as `single`, or searched. */
  find?(link: LinkHandle, want: T): Result<FoundObject<T, F> | undefined>;
  /** Returns true if `want` replaces the existing object, which is in no State. */
  givesWay?(link: LinkHandle, want: T): Result<boolean>;
  /** Returns true if the found object is the one to delete; absent: always. */
  isSame?(found: F, have: F): boolean;
};

/** A kind's messages and lookup. */
export type OnWire<T, F extends Fact> = { readonly codec: Codec<T, F>; readonly lookUp: KindLookup<T, F> };

/** Returns the wire of a kind on interfaces. */
export function wireOnLink<T extends OnLink, F extends Fact>(
  codec: Codec<T, F>,
  lookUp: KindLookup<T, F>,
): Required<Pick<Wire<T>, 'create' | 'change' | 'remove' | 'list' | 'find' | 'question' | 'podRequest'>> {
  const kind = { codec, lookUp };
  return {
    create: (context, want) => create(kind, context, want),
    change: (context, { want }: FieldChange<T>) => change(kind, context, want),
    remove: (context, have) => remove(kind, context, have),
    podRequest: requestOnLink(codec),
    list: (view) => list(kind, view),
    find: findingOnLink((link, like) => {
      const found = find(kind, link, like);
      return found.ok ? ok(found.value?.object) : found;
    }),
    question: (view, like) => {
      const socket = view.sockets.route(view.netns);
      const index = view.indexOf(like.dev);
      const question = index === undefined ? undefined : questionOf(kind, index, like);
      if (!socket.ok || question === undefined) return undefined;
      const { request, read, step } = question;
      return { socket: socket.value, request, step, read: (body) => read(body)?.object };
    },
  };
}

/** The lookup of an object on its interface. */
export type FindOnLink<T> = (link: LinkHandle, like: T) => Result<T | undefined>;

/** Returns the lookup of a single object in a namespace: see Wire.find. */
export function findingOnLink<T extends OnLink>(findOn: FindOnLink<T>): NonNullable<Wire<T>['find']> {
  return (view, like) => {
    const socket = view.sockets.route(view.netns);
    const index = view.indexOf(like.dev);
    if (!socket.ok || index === undefined) return socket.ok ? ok(undefined) : socket;
    return findOn({ socket: socket.value, index }, like);
  };
}

function create<T extends OnLink, F extends Fact>(
  kind: OnWire<T, F>,
  context: ApplyContext,
  want: T,
): Applied {
  const step = `add ${keyOf(want)}`;
  const link = linkHandle(context, want, step);
  if (!link.ok) return link;
  const adding = { step, replace: false, indexOf: indexesOf(context, want, step) };
  const added = add(kind, link.value, want, adding);
  if (added.ok || added.error.code !== 'exists') return added;
  const have = find(kind, link.value, want);
  if (!have.ok) return have;
  if (have.value !== undefined) return existing(have.value.object, want, step);
  const givesWay = kind.lookUp.givesWay?.(link.value, want) ?? ok(false);
  if (!givesWay.ok) return givesWay;
  return givesWay.value ? add(kind, link.value, want, { ...adding, replace: true }) : added;
}

function change<T extends OnLink, F extends Fact>(
  kind: OnWire<T, F>,
  context: ApplyContext,
  want: T,
): Applied {
  const step = `replace ${keyOf(want)}`;
  const link = linkHandle(context, want, step);
  if (!link.ok) return link;
  const have = find(kind, link.value, want);
  if (!have.ok) return have;
  const isThere = have.value !== undefined && firstDifference(have.value.object, want) === undefined;
  if (isThere) return ok('unchanged');
  // Attributes that a change does not mention are kept, also where the whole object is replaced.
  const rest = want.rest ?? have.value?.object.rest;
  const whole = rest === undefined ? want : { ...want, rest };
  return add(kind, link.value, whole, { step, replace: true, indexOf: indexesOf(context, want, step) });
}

function remove<T extends OnLink, F extends Fact>(
  kind: OnWire<T, F>,
  context: ApplyContext,
  have: T,
): Applied {
  const { codec, lookUp } = kind;
  const step = `delete ${keyOf(have)}`;
  const link = linkHandle(context, have, step);
  if (!link.ok) return link;
  const now = find(kind, link.value, have);
  if (!now.ok) return now;
  const fact = now.value?.fact;
  const wanted = codec.toFact(have, link.value.index, indexesOf(context, have, step));
  if (fact === undefined || lookUp.isSame?.(fact, wanted) === false) return ok('unchanged');
  return changed(link.value.socket.request(removalOf(codec, fact), step));
}

function add<T extends OnLink, F extends Fact>(
  { codec }: OnWire<T, F>,
  { socket, index }: LinkHandle,
  want: T,
  { step, replace, indexOf }: Adding,
): Applied {
  const requestOf = replace ? replacementOf : additionOf;
  return changed(socket.request(requestOf(codec, codec.toFact(want, index, indexOf)), step));
}

type Adding = { readonly step: string; readonly replace: boolean; readonly indexOf: (dev: string) => number };

/** An index that no link has: the kernel refuses objects on it. */
const NO_INDEX = 0x7fffffff;

/** Returns the lookup of link indexes in the object's namespace. */
function indexesOf(context: ApplyContext, { netns }: OnLink, step: string): (dev: string) => number {
  return (dev) => {
    const link = linkHandle(context, { netns, dev }, step);
    return link.ok ? link.value.index : NO_INDEX;
  };
}

function find<T extends OnLink, F extends Fact>(
  { codec, lookUp }: OnWire<T, F>,
  link: LinkHandle,
  want: T,
): Result<FoundObject<T, F> | undefined> {
  if (lookUp.find !== undefined) return lookUp.find(link, want);
  const question = questionOf({ codec, lookUp }, link.index, want);
  if (question !== undefined) {
    const { request, read, step } = question;
    const one = orAbsent(link.socket.get(request, read, step), undefined);
    if (one.ok) return one;
  }
  const facts = lookUp.read(link.socket, link.index);
  if (!facts.ok) return facts;
  const key = keyOf(normaliseObject(want));
  const found = facts.value.map((fact) => ({ fact, object: codec.toObject(fact, want) }));
  return ok(found.find(({ object }) => keyOf(object) === key));
}

/** Returns the question for the object; undefined if a single one does not find it. */
export function questionOf<T extends OnLink, F extends Fact>(
  { codec, lookUp }: OnWire<T, F>,
  index: number,
  want: T,
): Question<FoundObject<T, F>> | undefined {
  const request = lookUp.single?.(index, want);
  return (
    request && {
      request,
      read: (body) => {
        const fact = codec.parse(body);
        return fact?.index === index ? { fact, object: codec.toObject(fact, want) } : undefined;
      },
      step: `look up ${keyOf(want)}`,
    }
  );
}

function list<T extends OnLink, F extends Fact>(
  { codec, lookUp }: OnWire<T, F>,
  view: NamespaceView,
): Result<readonly T[]> {
  const { netns } = view;
  const nameOf = (index: number): string | undefined => view.nameOf(index);
  const socket = view.sockets.route(netns);
  const facts = socket.ok ? lookUp.read(socket.value, 0) : socket;
  if (!facts.ok) return facts;
  const objects: T[] = [];
  for (const fact of facts.value) {
    const dev = view.nameOf(fact.index);
    if (dev !== undefined) objects.push(codec.toObject(fact, { netns, dev, nameOf }));
  }
  return ok(objects);
}

/** Returns the notifications of the kind. */
export function subscriptionOf<T extends OnLink, F extends Fact>(
  codec: Codec<T, F>,
  more: Omit<Subscription, 'message' | 'parse'>,
): Subscription {
  return {
    ...more,
    message: codec.message,
    parse: (body, isGone) => {
      const fact = codec.parse(body);
      if (fact === undefined) return undefined;
      return { index: fact.index, isGone, toObject: (place) => codec.toObject(fact, place) };
    },
  };
}

/** Returns the request that creates a single object: see Wire.request. */
export function requestOnLink<T extends OnLink, F extends Fact>(
  codec: Codec<T, F>,
): (context: ApplyContext, want: T) => NetlinkRequest | undefined {
  return (context, want) => {
    const link = linkHandle(context, want, `add ${keyOf(want)}`);
    return link.ok ? additionOf(codec, codec.toFact(want, link.value.index)) : undefined;
  };
}

/** Returns the attributes without the default one; undefined if none remain. */
export function withoutDefault(rest: RestAttributes | undefined, usual: string): RestAttributes | undefined {
  const others = rest?.filter((attribute) => attribute !== usual);
  return others?.length === 0 ? undefined : others;
}

/** Adds to the object those named fields that the fact has. */
export function addFields<T extends object, Field extends keyof T>(
  object: T,
  fact: { readonly [Name in Field]?: T[Name] | undefined },
  names: readonly Field[],
): T {
  for (const name of names) {
    const value = fact[name];
    if (value !== undefined) object[name] = value;
  }
  return object;
}
