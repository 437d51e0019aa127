/** Steps of takeovers and of changes of the mode within those of the frequent kinds: loaded with the rare kinds, so that no other call pays for them. */
import type { AddressObject } from '../../model/kinds/address.ts';
import type { FieldChange } from '../../model/kinds/kind.ts';
import type { Sys } from '../../model/ports/sys.ts';
import type { LinkObject, NetObject } from '../../model/state.ts';
import type { BodyReader } from '../netlink/reader.ts';
import type { Result } from '../../model/result.ts';
import type { LinkFact, LinkSpec } from '../netlink/link.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import type { Applied, ApplyContext } from '../apply/context.ts';
import type { RouteFact } from './route-codec.ts';

/** An address as listed, without its state. */
type ListedAddress = {
  readonly index: number;
  readonly address: string;
  readonly peer?: string | undefined;
  readonly noPrefixRoute?: boolean | undefined;
  readonly isSecondary?: boolean;
};

/**
 * Addresses and routes of a namespace.
 * Shape: `connected` are the addresses whose prefix routes exist; `routes` are those of no address.
 */
export type AddressesAndRoutes = {
  readonly addresses: readonly ListedAddress[];
  readonly routes: readonly RouteFact[];
  readonly connected: ReadonlySet<ListedAddress>;
};

type RareSteps = {
  /** Returns the result of `read`, repeated while addresses and routes contradict each other. */
  readonly readSettled: <T extends AddressesAndRoutes>(
    socket: NetlinkSocket,
    links: readonly LinkFact[],
    read: () => Result<T>,
  ) => Result<T>;
  /** Ensures that routes among the observed objects of the node that the kernel has learned say so. */
  readonly markLearned: (sys: Sys, objects: NetObject[]) => void;
  /** Returns true for a neighbour that expires, which a program set. */
  readonly isGivenNeighbour: (body: BodyReader) => boolean;
  /** Ensures an address of an uplink, which `add` creates, with its flags and the place of its route. */
  readonly createMoved: (context: ApplyContext, want: AddressObject, add: () => Applied) => Applied;
  /** Ensures the named fields of an address. */
  readonly changeAddress: (context: ApplyContext, change: FieldChange<AddressObject>) => Applied;
  /** Ensures that the IPv6 address does not exist, nor its route, unless another address has that, too. */
  readonly removeIpv6Address: (context: ApplyContext, have: AddressObject) => Applied;
  /** Ensures the change of a host veth by `send`, and that its pod has learned nothing with the former MAC. */
  readonly changeHostVeth: (
    context: ApplyContext,
    change: { readonly want: LinkObject; readonly have: LinkObject; readonly spec: LinkSpec },
    send: (spec: LinkSpec) => Applied,
  ) => Applied;
};

let steps: RareSteps | undefined;

/** Returns the steps; undefined if they are not loaded. */
export function rareSteps(): RareSteps | undefined {
  return steps;
}

/** Ensures that the steps are done from now on. */
export function registerRareSteps(loaded: RareSteps): void {
  steps = loaded;
}
