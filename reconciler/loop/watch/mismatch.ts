/** Which announcements speak against the document: only those make anybody look. Pure. */
import { type Notice, SOME_POD } from '../../model/ports/monitor.ts';
import { kindOf } from '../../model/kinds/registry.ts';
import { KERNEL_PROTOCOL } from '../../model/names.ts';
import {
  type AddressObject,
  HOST,
  keyOf,
  linkKeyOf,
  type NetObject,
  normaliseObject,
  type RouteObject,
} from '../../model/state.ts';
import { differingFields } from '../../plan/compare.ts';
import { connectionOf, exclusiveKeyOf, type Expectation } from './expectation.ts';

/**
 * Returns what is announced as what it says of an object of a State: a route that the kernel makes for an address says of
 * the address whether it has its prefix route. Undefined for such a route of an address that is nobody's business.
 */
export function asStateNotice(notice: Notice, { desired, connected }: Expectation): Notice | undefined {
  const { verb, object, portId } = notice;
  if (object.kind !== 'route' || object.protocol !== KERNEL_PROTOCOL) return notice;
  const want = desired.get(keyOf(object));
  if (want?.kind === 'route' && want.protocol === KERNEL_PROTOCOL) return notice;
  const address =
    object.netns === SOME_POD ? addressOf(object) : connected.get(connectionOf(object.dev, object.to));
  if (address === undefined) return undefined;
  return {
    verb: 'set',
    object: { ...address, prefixRoute: verb === 'set' },
    fields: ['prefixRoute'],
    portId,
  };
}

/** The address that a route of the kernel's own is for: it is the route's source. IPv6 names none. */
function addressOf({ netns, dev, to, source }: RouteObject): AddressObject | undefined {
  if (source === undefined) return undefined;
  return { kind: 'address', netns, dev, address: `${source}${to.slice(to.indexOf('/'))}` };
}

/**
 * Returns true when what is announced is not as expected.
 * Law: whatever makes a kernel that is as desired hold anything else of ours is at odds, as far as it is announced.
 */
export function contradicts(notice: Notice, expectation: Expectation): boolean {
  const { desired, owns, inPods } = expectation;
  const object = normaliseObject(notice.object);
  if (object.netns === SOME_POD) {
    if (object.kind === 'link')
      return notice.verb === 'touched' && desired.has(keyOf({ ...object, netns: HOST }));
    const isWhole = object.kind === 'address' && object.prefixRoute !== false;
    return (notice.verb === 'gone' || !isWhole) && inPods.has(keyOf(object));
  }
  const want = desired.get(keyOf(object));
  if (notice.verb === 'touched') return true;
  if (notice.verb === 'gone') return want !== undefined;
  const kind = kindOf(object);
  if (kind.isLearned?.(object) === true) return false;
  if (want === undefined) return owns(object) || isElsewhere(object, expectation) || isLease(object, desired);
  const told = notice.fields;
  return differingFields(want, object).some(
    (field) => told?.includes(field) ?? kind.untold?.includes(field) !== true,
  );
}

/** Returns true for an announcement that tells only a part of what the kernel has of the object. */
export function isPartialNotice({ verb, fields }: Notice): boolean {
  return verb === 'set' && fields?.length === 1;
}

/** What DHCP gives an uplink belongs on its bridge. */
function isLease(object: NetObject, desired: Expectation['desired']): boolean {
  if (kindOf(object).isLease?.(object) !== true || !('dev' in object)) return false;
  const uplink = desired.get(linkKeyOf(object.dev));
  return uplink?.kind === 'link' && uplink.type === 'device' && uplink.master !== '';
}

/** What can be in one place only is announced from its new place, and not from the one that it left. */
function isElsewhere(object: NetObject, { exclusive }: Expectation): boolean {
  const key = exclusiveKeyOf(object);
  return key !== undefined && exclusive.has(key);
}

/**
 * Returns true when more may be gone than was announced, even if what was announced is back: the kernel flushes the
 * routes and secondary addresses of a link that goes down or loses an address, and says nothing of them.
 */
export function mayRemoveOthers(notice: Notice): boolean {
  const { verb, object } = notice;
  // What is told of a bridge's port does not say what link it is.
  if (object.netns !== HOST || isPartialNotice(notice)) return false;
  if (object.kind === 'address') return verb === 'gone';
  return object.kind === 'link' && object.type !== 'veth';
}
