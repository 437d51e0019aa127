/**
 * The core of a mode: the part used by CNI calls. Separate from the rest of the mode (mode.ts), since each
 * byte of loaded code slows down ADD. Types only.
 */
import type { Endpoint, Network, Uplink } from '../../../schemas/generated/vnet.ts';
import type { NftSets } from '../kinds/nft-element.ts';
import type { Scope } from '../ports/kernel.ts';
import type { LinkObject, NetnsPath, NetObject, State } from '../state.ts';

/** A bridge whose ports are pods. Shape: `mtuBytes` is undefined if the document does not set it. */
export type HubLink = { readonly name: string; readonly mac: string; readonly mtuBytes: number | undefined };

/** The host links that a network names, by their section in the document. */
export type NetworkLinks = { readonly bridge?: HubLink; readonly uplink?: Uplink };

/** A pod's interface as observed: chained plugins may have changed MAC or MTU after ADD. */
export type OwnLink = Pick<LinkObject, 'mac' | 'mtuBytes'>;

/** An interface of an endpoint, as in the result of an ADD. Shape: `netns` is undefined on the host. */
export type EndpointInterface = {
  readonly name: string;
  readonly mac: string | undefined;
  readonly mtuBytes: number | undefined;
  readonly netns: NetnsPath | undefined;
};

/**
 * The core of one mode.
 * Shape: `attach` is a capability: a mode without it attaches no pods. Methods get networks of this mode
 * only, ensured by coreOf().
 */
export type ModeCore<N extends Network = Network> = {
  readonly name: N['mode'];
  /** Returns the links that the network names. */
  links(network: N): NetworkLinks;
  /** Returns the links and sysctls that must be observed for the network. */
  scope(network: N): Pick<Scope, 'devices' | 'sysctls'>;
  /** Returns the objects that vnet owns because the document lists them, without a mark in the kernel. */
  listed(network: N): readonly NetObject[];
  /** The nftables sets with elements of endpoints. */
  readonly sets?: NftSets;
  readonly attach?: Attaching<N>;
};

/** The capability to attach pods. */
export type Attaching<N extends Network = Network> = {
  /**
   * Returns the desired objects of an attached endpoint, on the host and in the pod; `own` is the pod's
   * interface as observed.
   * Law: with ANY_LINK for `own`, the result has all keys that it has with another value.
   */
  endpoint(id: string, endpoint: Endpoint, network: N, own?: OwnLink): readonly NetObject[];
  /** Returns true if the kernel has everything that an endpoint is attached to. */
  isReady(name: string, network: N, state: State): boolean;
  /** Returns the target of an entry that is keyed by a pod's address; undefined for other objects. */
  leadsTo(object: NetObject): string | undefined;
  /** Returns the interfaces of an endpoint for the result of an ADD, the pod's last. */
  interfaces(id: string, endpoint: Endpoint, network: N): readonly EndpointInterface[];
  /** Returns the MTU of pods attached from now on, if the document sets it. Units: bytes. */
  mtuBytes(network: N): number | undefined;
  /**
   * Returns the gateway of a pod that is alone on its link with it, in the place of the pool's: its address is then a /32 or
   * /128. Absent or undefined: the pod has the subnet of the pool on its link.
   */
  loneGateway?(gateway: string): string | undefined;
  /** The name that azure-vnet has for the mode with `sameNode: fabric`; absent: the mode has no such option. */
  readonly tunnelName?: string;
  /** true: the CNI configuration of the plugin `bridge` (isGateway, ipMasq, ipam host-local) describes a network of the mode. */
  readonly likeBridgePlugin?: true;
  /** Returns the objects in a pod that are read individually; interfaces, addresses and routes are always read. */
  podEntries?(id: string, endpoint: Endpoint, network: N): readonly NetObject[];
  /** Returns the objects of the node that isReady() checks besides the links of scope(). */
  readiness?(network: N): Pick<Scope, 'entries' | 'sysctls'>;
};
