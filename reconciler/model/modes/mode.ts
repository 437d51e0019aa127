/**
 * A mode: how networks connect pods, as one record in `model/modes/<mode>.ts`. All other code gets the record
 * by `modeOf(network)`, or its core by `coreOf(network)`, and asks it: only the record knows the sections of
 * its networks. Types only.
 */
import type {
  Endpoint,
  Masquerade,
  Network,
  Pools,
  Route,
  Uplink,
  VnetDocument,
} from '../../../schemas/generated/vnet.ts';
import type { NftFragment } from '../nft-table.ts';
import type { VethPeer } from '../ports/veth-peer.ts';
import type { Observation } from '../ports/kernel.ts';
import type { Failure, Result } from '../result.ts';
import type { LinkObject, NetObject, State } from '../state.ts';
import type { ModeCore } from './core.ts';

/**
 * One mode.
 * Shape: `attach`, `takeover`, `untouched`, `first`, `azure`, `discover` and `live` are optional capabilities; other
 * absent methods mean empty. Methods get networks of this mode only; modeOf() ensures this.
 */
export type Mode<N extends Network = Network> = ModeCore<N> & {
  /** The use case of the mode, for messages that list all modes. */
  readonly use: string;
  /**
   * Returns the desired objects of the network itself, without those of its endpoints. `seen` is the observed
   * State: an object that expires is desired only if observed.
   */
  network(name: string, network: N, seen?: State): readonly NetObject[];
  /**
   * Returns values that the network had before, in the place of those that it no longer needs; another network may need them.
   * `seen` is the observed State.
   */
  restores?(network: N, seen: State): readonly NetObject[];
  /** Returns the network's parts of the nftables tables. */
  rules?(network: N, name: string): readonly NftFragment[];
  /** Returns true for an object that led to a pod of the network: it may be deleted if no endpoint has it. */
  isLeftover?(object: NetObject, network: N): boolean;
  /** Returns the values to check. */
  values?(network: N): NetworkValues;
  /** Returns the contradictions between values of the network, each valid alone. */
  conflicts?(network: N): readonly ValueConflict[];
  /** Returns the network with the masquerade; absent if networks of this mode have none. */
  masqueraded?(network: N, masquerade: Masquerade): N;
  /** The sections of other modes that this one cannot have, each with the reason. */
  readonly refuses?: Readonly<Record<string, string>>;
  /** Returns the links on which the host receives packets from pods: `vnet doctor` checks their sysctls. */
  podLinks?(network: N): readonly string[];
  /** Returns the pod CIDRs of other nodes, each with the way to it. */
  peers?(network: N): readonly string[];
  /** Returns the links to draw. */
  picture?(network: N): NetworkPicture;
  readonly takeover?: Takeover<N>;
  readonly untouched?: Untouched<N>;
  /**
   * Returns the network that the first ADD writes; absent if networks of this mode are written by hand.
   * Errors: `not-found` without an uplink; `refused` if it belongs to another program.
   */
  first?(observation: Observation, request: FirstNetwork): Result<N>;
  /** Returns the network of a bridge that another plugin made, with the gateway's address. */
  adopt?(bridge: LinkObject, request: AdoptedNetwork): N;
  readonly azure?: AzureCounterpart<N>;
  /** Returns the networks of this mode on the node, created by any program. */
  discover?(observation: Observation, ends: readonly VethPeer[]): readonly DiscoveredNetwork<N>[];
  readonly live?: Live<N>;
};

/** A value of a network, and its path from the network's own section. */
export type Located<T> = { readonly path: readonly (string | number)[]; readonly value: T };

/**
 * Values of a network that the schema cannot check: `addresses`, `neighbours` and `viaHost` must each be unique, and only one
 * network of the node may have each of `claims`.
 */
export type NetworkValues = {
  readonly addresses: readonly Located<string>[];
  readonly routes: readonly Located<Route>[];
  readonly neighbours: readonly Located<string>[];
  readonly viaHost?: readonly Located<string>[];
  readonly claims?: readonly Located<string>[];
};

/** Contradicting values. Shape: both paths are from the network's own section. */
export type ValueConflict = {
  readonly path: Located<unknown>['path'];
  readonly related?: Located<unknown>['path'];
  readonly message: string;
  readonly hint: string;
};

/** A link in a picture. Shape: `facts` are short texts about it. */
export type LinkPicture = { readonly name: string; readonly facts: readonly string[] };

/** A network in a picture: pods are attached to the bridge, the bridge to the uplink. */
export type NetworkPicture = { readonly uplink?: LinkPicture; readonly bridge?: LinkPicture };

/** The capability to move an uplink's addresses and routes to another link, the carrier, and back. */
export type Takeover<N extends Network = Network> = {
  /** Returns the uplink with its original addresses and routes. */
  uplink(network: N): Uplink;
  /** Returns the link that has them after the takeover. */
  carrier(network: N): string;
  /** Returns the network with its uplink replaced. */
  withUplink(network: N, uplink: Uplink): N;
  /** Returns why the uplink must not be touched; undefined if it may. */
  preflight(network: N, state: State): Failure | undefined;
};

/** The capability to name an uplink that the network reads and never changes. */
type Untouched<N extends Network = Network> = {
  uplink(network: N): Pick<Uplink, 'name' | 'mac'>;
  /** Returns the network with another name and MAC of its uplink. */
  withUplink(network: N, uplink: Pick<Uplink, 'name' | 'mac'>): N;
  /** Returns the device by which packets of its pods leave for other networks, if it is not the uplink. */
  otherWayOut?(network: N, state: State): string | undefined;
};

/**
 * A network that is not in the document yet.
 * Shape: all but `pools` are those of the CNI configuration.
 */
export type FirstNetwork = {
  readonly bridge?: string;
  readonly master?: string;
  readonly nicMac?: string;
  readonly routeViaHost?: readonly string[];
  readonly pools: Pools;
  readonly mtuBytes?: number;
  readonly hairpin?: boolean;
  readonly sameNode?: 'fabric';
  readonly masquerade?: Masquerade;
};

/** A network of another plugin. Shape: `antiSpoofing` is false if a pod has addresses that are not recorded. */
export type AdoptedNetwork = Pick<FirstNetwork, 'pools' | 'hairpin' | 'masquerade'> & {
  readonly antiSpoofing: boolean;
};

/**
 * A network recorded by azure-vnet, with its links by name.
 * Shape: `antiSpoofing` is false if it has a pod that azure-vnet did not record: filtering would cut it off.
 */
export type RecordedNetwork = {
  readonly uplink: string;
  readonly bridge: string;
  readonly pools: Pools;
  readonly antiSpoofing?: boolean;
};

/** A network found on the node, with its pods; or the reason why a similar structure is not one. */
export type DiscoveredNetwork<N extends Network = Network> =
  | { readonly network: N; readonly pods: readonly VethPeer[] }
  | { readonly remark: string };

/** The capability to import a network of azure-vnet, and to be rendered in its state files. */
export type AzureCounterpart<N extends Network = Network> = {
  /** azure-vnet's name of the mode. */
  readonly mode: string;
  /** Returns azure-vnet's name for this network: with `sameNode: fabric` it has another one. */
  nameOf(network: N): string;
  /** Returns true if the network drops packets of pods from foreign addresses. */
  isFiltered(network: N): boolean;
  /** Returns the missing recorded links; undefined if the network exists. */
  absence(observation: Observation, links: Pick<RecordedNetwork, 'uplink' | 'bridge'>): string | undefined;
  /** Returns the recorded network with the kernel's values. */
  network(observation: Observation, record: RecordedNetwork): N;
  /** Returns a recorded endpoint as the mode has it; absent: unchanged. */
  endpoint?(endpoint: Endpoint): Endpoint;
};

/** The capability to describe the kernel's state as a document. */
export type Live<N extends Network = Network> = {
  /** Returns the named network of the document with the kernel's values. */
  network(document: VnetDocument, name: string, network: N, observation: Observation): N;
  /** Returns the attached endpoint with the kernel's values; undefined if it has no objects in the kernel. */
  endpoint(id: string, endpoint: Endpoint, observation: Observation): Endpoint | undefined;
};
