/**
 * The kernel's notifications as a port, implemented by the real monitor (netlink multicast) and a scripted one in tests.
 * Types only.
 */
import type { Result } from '../result.ts';
import type { NetnsPath, NetObject } from '../state.ts';

/** The namespace of an object that is in some pod: announcements do not say in which one. */
export const SOME_POD: NetnsPath = '*';

/**
 * One announcement about one object.
 * Shape: `set`: it is now as `object` says (only `fields` of it are told, all comparable ones when absent); `gone`;
 * `touched`: something of it changed that is not told. A link in SOME_POD has the name of its host's end. `portId` names the
 * socket that asked for the change, 0 where the kernel does not say. `process` is whom the kernel itself names: with every
 * change of our table, even when that process has ended by now, and with nothing else.
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

/** Where a route leads to, as far as a filter in the kernel looks. Shape: `to` is a prefix or `default`. */
export type Destination = { readonly family: 4 | 6; readonly to: string };

/**
 * Of what announcements are wanted; the kernel drops others before they cost anything.
 * Shape: `destinations` are those of the node's routes that the document wants, and of the prefix routes of its addresses;
 * `podDestinations` those of pods'.
 */
export type Interest = {
  readonly destinations: readonly Destination[];
  readonly podDestinations: readonly Destination[];
  readonly hasIpv6: boolean;
};

/** Hears what happens to the node's links and what hangs on them, to our table, and to addresses and routes of pods. */
export interface Monitor {
  /** Ensures that announcements of this interest are heard, and as few others as can be. */
  attend(interest: Interest): Result<void>;
  /** Returns what came since the last time, in order. Never blocks. */
  drain(): Announcements;
  /** Ensures that nothing is heard any more. */
  close(): void;
}

/** Begins to listen; `ready` is called when there is something to drain, at least once for whatever comes. */
export type OpenMonitor = (ready: () => void) => Result<Monitor>;
