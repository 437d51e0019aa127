/** The notifications that contradict the document: only those trigger a scan. Pure. */
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
 * Returns the notification as one about an object of a State: a kernel prefix route indicates that its
 * address has one. Undefined for such a route of a foreign address.
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

/** The address of a kernel route is its source. IPv6 has none. */
function addressOf({ netns, dev, to, source }: RouteObject): AddressObject | undefined {
  if (source === undefined) return undefined;
  return { kind: 'address', netns, dev, address: `${source}${to.slice(to.indexOf('/'))}` };
}

/**
 * Returns true if the notification contradicts the expected state.
 * A route in a pod that the kernel itself deletes goes with its interface or its addresses, which are announced as well and, other than a
 * default route, are those of one pod: after the DEL of a pod they are no longer desired.
 * Law: every change that leaves a matching kernel with another object of ours contradicts it, if announced.
 */
export function contradicts(notice: Notice, expectation: Expectation): boolean {
  const { desired, owns, inPods } = expectation;
  const object = normaliseObject(notice.object);
  if (object.netns === SOME_POD) {
    if (object.kind === 'link')
      return notice.verb === 'touched' && desired.has(keyOf({ ...object, netns: HOST }));
    if (object.kind === 'route' && notice.portId === 0) return false;
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

/** Returns true for a notification with only a part of the object. */
export function isPartialNotice({ verb, fields }: Notice): boolean {
  return verb === 'set' && fields?.length === 1;
}

/** Addresses and routes that DHCP adds to an uplink belong on its bridge. */
function isLease(object: NetObject, desired: Expectation['desired']): boolean {
  if (kindOf(object).isLease?.(object) !== true || !('dev' in object)) return false;
  const uplink = desired.get(linkKeyOf(object.dev));
  return uplink?.kind === 'link' && uplink.type === 'device' && uplink.master !== '';
}

/** An object that can be in one place only is announced at its new place, not at the old one. */
function isElsewhere(object: NetObject, { exclusive }: Expectation): boolean {
  const key = exclusiveKeyOf(object);
  return key !== undefined && exclusive.has(key);
}

/**
 * Returns true if more objects may be gone than announced, even if the announced one is back: the kernel flushes the
 * routes and secondary addresses of a link that goes down or loses an address, without notifications.
 */
export function mayRemoveOthers(notice: Notice): boolean {
  const { verb, object } = notice;
  // A notification about a bridge port does not identify the link.
  if (object.netns !== HOST || isPartialNotice(notice)) return false;
  if (object.kind === 'address') return verb === 'gone';
  return object.kind === 'link' && object.type !== 'veth';
}
