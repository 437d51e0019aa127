/**
 * The core of a mode: the part used by CNI calls. Separate from the rest of the mode (mode.ts), since every ADD pays for each
 * byte of code that it loads. Types only.
 */
import type { Endpoint, Network, Uplink } from '../../../schemas/generated/vnet.ts';
import type { NftSets } from '../kinds/nft-element.ts';
import type { Scope } from '../ports/kernel.ts';
import type { LinkObject, NetnsPath, NetObject, State } from '../state.ts';

/** A bridge that pods are ports of. Shape: `mtuBytes` is undefined when the document does not say it. */
export type HubLink = { readonly name: string; readonly mac: string; readonly mtuBytes: number | undefined };

/** The links of the node that a network names, by the section of the document that names them. */
export type NetworkLinks = { readonly bridge?: HubLink; readonly uplink?: Uplink };

/** A pod's interface as observed: chained plugins may have given it another MAC or MTU than ADD did. */
export type OwnLink = Pick<LinkObject, 'mac' | 'mtuBytes'>;

/** An interface of an endpoint, as the result of an ADD lists it. Shape: `netns` is undefined on the node itself. */
export type EndpointInterface = {
  readonly name: string;
  readonly mac: string | undefined;
  readonly mtuBytes: number | undefined;
  readonly netns: NetnsPath | undefined;
};

/**
 * The core of one mode.
 * Shape: `attach` is a capability: a mode without it attaches no pods. Methods are given networks of this mode only, which
 * coreOf() sees to.
 */
export type ModeCore<N extends Network = Network> = {
  readonly name: N['mode'];
  /** Returns the links that the network names. */
  links(network: N): NetworkLinks;
  /** Returns the links and sysctls that must be observed for the network. */
  scope(network: N): Pick<Scope, 'devices' | 'sysctls'>;
  /** Returns the objects that vnet owns because the document lists them: nothing in the kernel marks them. */
  listed(network: N): readonly NetObject[];
  /** The nftables sets whose elements endpoints have. */
  readonly sets?: NftSets;
  readonly attach?: Attaching<N>;
};

/** The capability to give pods their interface. */
export type Attaching<N extends Network = Network> = {
  /**
   * Returns the desired objects of an attached endpoint, on the node and in the pod; `own` is the pod's interface as observed.
   * Law: with ANY_LINK for `own` the result has every key that it has with another one.
   */
  endpoint(id: string, endpoint: Endpoint, network: N, own?: OwnLink): readonly NetObject[];
  /** Returns true when everything that an endpoint is attached to is in the kernel. */
  isReady(name: string, network: N, state: State): boolean;
  /** Returns what an entry that is found by a pod's address leads to; undefined for any other object. */
  leadsTo(object: NetObject): string | undefined;
  /** Returns the interfaces of an endpoint for the result of an ADD, the pod's last. */
  interfaces(id: string, endpoint: Endpoint, network: N): readonly EndpointInterface[];
  /** Returns the MTU of pods that are attached from now on, when the document says it. Units: bytes. */
  mtuBytes(network: N): number | undefined;
  /**
   * The gateway of pods, where it is not the pool's: they are alone on their link with the node, so their addresses have no
   * prefix but their own.
   */
  readonly gateway?: string;
  /** Returns the objects in a pod that are read one by one: interfaces, addresses and routes are read in any case. */
  podEntries?(id: string, endpoint: Endpoint, network: N): readonly NetObject[];
  /** Returns what of the node isReady() looks at besides the links of scope(). */
  readiness?(network: N): Pick<Scope, 'entries' | 'sysctls'>;
};
