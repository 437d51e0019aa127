/**
 * The kernel's notifications as a port, implemented by the real monitor (netlink multicast) and a scripted one in tests.
 * Types only.
 */
import type { Result } from '../result.ts';
import type { NetnsPath, NetObject } from '../state.ts';

/** The namespace of an object in some pod: notifications do not identify the namespace. */
export const SOME_POD: NetnsPath = '*';

/**
 * One notification about one object.
 * Shape: `set`: the object now has the values of `object` (only those in `fields`; all comparable ones if
 * absent); `gone`; `touched`: a field that is not in the notification changed. A link in SOME_POD has the
 * name of its host end. `portId` is the socket of the request, 0 if the kernel does not say. `process` is
 * named by the kernel itself: with every change of our table, even if that process has exited, and with
 * nothing else.
 */
export type Notice = {
  readonly verb: 'set' | 'gone' | 'touched';
  readonly object: NetObject;
  readonly fields?: readonly string[];
  readonly portId: number;
  readonly process?: { readonly pid: number; readonly name: string };
};

/** The notifications since the last call. Shape: `isLost`: the kernel's buffer overflowed and some are missing. */
export type Announcements = { readonly notices: readonly Notice[]; readonly isLost: boolean };

/**
 * The destination of a route, as far as a kernel filter compares it.
 * Shape: `to` is a prefix or `default`.
 */
export type Destination = { readonly family: 4 | 6; readonly to: string };

/**
 * The wanted notifications; the kernel drops others early.
 * Shape: `destinations` are those of the document's host routes, and of the prefix routes of its addresses;
 * `podDestinations` those of pods.
 */
export type NotificationFilter = {
  readonly destinations: readonly Destination[];
  readonly podDestinations: readonly Destination[];
  readonly hasIpv6: boolean;
};

/**
 * Receives notifications about host links and objects on them, our table, and addresses and routes of pods.
 */
export interface Monitor {
  /** Ensures that notifications of this interest are received, and as few others as possible. */
  attend(interest: NotificationFilter): Result<void>;
  /** Returns the notifications since the last call, in order. Never blocks. */
  drain(): Announcements;
  /** Stops receiving notifications. */
  close(): void;
}

/**
 * Starts receiving; `ready` is called when there is something to drain, at least once for each notification.
 */
export type OpenMonitor = (ready: () => void) => Result<Monitor>;
