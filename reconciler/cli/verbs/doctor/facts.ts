/** Doctor's input: facts of a node, read once and judged by pure checks. Types only. */
import type { FilterProblem } from '../../../model/filter/filter-problems.ts';
import type { Ruleset } from '../../../model/filter/ruleset.ts';
import type { NodeNotice } from '../../../loop/report/notices.ts';
import type { LockHolder } from '../../../app/lock-holders.ts';

/** `unknown`: the node has no information about the feature. */
export type Feature = 'present' | 'absent' | 'unknown';

/** A module of the kernel that network policies need. */
export type PolicyFeature =
  | 'nf_conntrack'
  | 'nf_conntrack_netlink'
  | 'nf_tables_inet'
  | 'nft_ct'
  | 'nft_limit'
  | 'nft_log';

/** A configuration file. */
export type TextFile = { readonly path: string; readonly text: string };

/**
 * A file of /etc/cni/net.d.
 * Shape: `plugins` are the types of its plugins in order; undefined if it is not valid JSON.
 */
export type CniFile = {
  readonly path: string;
  readonly plugins: readonly string[] | undefined;
  readonly master?: string;
  /** Keys of azure-vnet that vnet ignores. */
  readonly unhonoured?: readonly string[];
};

/** One of our programs in the plugin directory. Shape: `version` is its own output; undefined without one. */
export type Binary = {
  readonly path: string;
  readonly isThere: boolean;
  readonly isExecutable: boolean;
  readonly version: string | undefined;
};

/** One of our locks. Shape: `record` was written by the last holder: process, verb, start. */
export type LockFact = {
  readonly path: string;
  readonly holders: readonly LockHolder[];
  readonly record: string;
};

/**
 * Network managers whose configuration may delete vnet's objects.
 * Shape: `isThere`: running, or installed to run.
 */
export type ManagerFacts = {
  readonly networkd: {
    readonly isThere: boolean;
    readonly settings: readonly TextFile[];
    readonly networks: readonly TextFile[];
  };
  readonly networkManager: { readonly isThere: boolean; readonly settings: readonly TextFile[] };
};

/** Facts of the document and its directory. Units: `freeBytes` bytes. */
export type DocumentFacts = {
  readonly path: string;
  readonly isThere: boolean;
  /** Why the document cannot be used; undefined if it can. */
  readonly problem: string | undefined;
  /** Shape: file:line:column and reason. */
  readonly refused: string | undefined;
  readonly stateDirectory: string;
  readonly hasStateDirectory: boolean;
  /** Why the document cannot be replaced. */
  readonly unwritable: string | undefined;
  readonly freeBytes: number | undefined;
  /** The latest timestamp in the node's own files. */
  readonly newestTime: string | undefined;
  readonly baselineProblem: string | undefined;
  /** Temporary files of killed writers, by path. */
  readonly leftovers: readonly string[];
};

/**
 * The input of all checks.
 * Shape: `bridges` and `uplinks` are the document's, `macs` by their names; `sysctls` by path.
 */
export type Facts = {
  readonly root: string;
  readonly now: string;
  readonly version: string;
  readonly kernelRelease: string;
  readonly features: Readonly<Record<'bridge' | 'veth' | 'nf_tables' | 'nf_tables_bridge', Feature>>;
  /** Modules of the kernel for network policies; undefined where none are enforced. */
  readonly policyFeatures: Readonly<Record<PolicyFeature, Feature>> | undefined;
  readonly tools: Readonly<Record<'nft' | 'ip', string | undefined>>;
  readonly bridges: readonly string[];
  /** Evidence that kube-proxy uses IPVS; empty without any. */
  readonly ipvs: readonly string[];
  /** The bridges whose frames to services never reach IPVS, which is in use. */
  readonly besideIpvs: readonly string[];
  /** true if IPVS is in use, and network policies are enforced. */
  readonly policiesBesideIpvs: boolean;
  /** Links on which the host receives packets from pods. */
  readonly podLinks: readonly string[];
  readonly uplinks: readonly string[];
  readonly macs: ReadonlyMap<string, string>;
  readonly sysctls: ReadonlyMap<string, string>;
  readonly forwardPolicy: 'accept' | 'drop' | 'unknown';
  readonly rules: Ruleset;
  /** Packet filters that keep packets from the pods. */
  readonly filterProblems: readonly FilterProblem[];
  readonly notices: readonly NodeNotice[];
  /** Policy routing rules, as printed by ip. */
  readonly routingRules: readonly string[];
  readonly ebtablesRules: readonly string[];
  readonly azureFiles: readonly string[];
  readonly managers: ManagerFacts;
  /** The networks whose ADDs ask for each address whether another machine has it. */
  readonly probing: readonly string[];
  /** vnet-watch.service and its drop-ins, in systemd's order. */
  readonly watchUnit: readonly TextFile[];
  /** systemd units enabled at boot. */
  readonly enabled: { readonly watchService: boolean; readonly watchSocket: boolean };
  readonly cni: {
    readonly directory: string;
    readonly files: readonly CniFile[];
    readonly binaries: readonly Binary[];
  };
  readonly locks: readonly LockFact[];
  readonly document: DocumentFacts;
};
