/** What doctor knows of a node: gathered once, read only, and judged by pure checks. Types only. */
import type { Hindrance } from '../../../model/filter/hindrances.ts';
import type { Ruleset } from '../../../model/filter/ruleset.ts';
import type { LockHolder } from '../../../app/lock-holders.ts';

/** What a kernel feature is. `unknown`: nothing on this node says. */
export type Feature = 'present' | 'absent' | 'unknown';

/** A configuration file. */
export type TextFile = { readonly path: string; readonly text: string };

/** A file of /etc/cni/net.d. Shape: `plugins` are the types of its plugins in order; undefined: it can't be read as JSON. */
export type CniFile = { readonly path: string; readonly plugins: readonly string[] | undefined };

/** A program of ours in the folder of the plugins. Shape: `version` is what it says itself, undefined when it says nothing. */
export type Binary = {
  readonly path: string;
  readonly isThere: boolean;
  readonly isExecutable: boolean;
  readonly version: string | undefined;
};

/** A lock of ours. Shape: `record` is what the last holder wrote: process, verb, since when. */
export type LockFact = {
  readonly path: string;
  readonly holders: readonly LockHolder[];
  readonly record: string;
};

/** Whose configuration may delete what vnet makes. Shape: `isThere`: it runs, or is installed to run. */
export type ManagerFacts = {
  readonly networkd: {
    readonly isThere: boolean;
    readonly settings: readonly TextFile[];
    readonly networks: readonly TextFile[];
  };
  readonly networkManager: { readonly isThere: boolean; readonly settings: readonly TextFile[] };
};

/** What is known of the document and its directory. Units: `freeBytes` bytes. */
export type DocumentFacts = {
  readonly path: string;
  readonly isThere: boolean;
  /** What is wrong with it, undefined when nothing is. */
  readonly problem: string | undefined;
  /** Shape: file:line:column and why. */
  readonly refused: string | undefined;
  readonly stateDirectory: string;
  readonly hasStateDirectory: boolean;
  readonly freeBytes: number | undefined;
  /** The latest time that the node's own files speak of. */
  readonly newestTime: string | undefined;
  readonly baselineProblem: string | undefined;
  /** Temporary files that a killed writer left, by path. */
  readonly leftovers: readonly string[];
};

/**
 * Everything the checks look at. Shape: `bridges`, `uplinks` are those of the document, `macs` theirs by name; `sysctls` by
 * their path.
 */
export type Facts = {
  readonly root: string;
  readonly now: string;
  readonly version: string;
  readonly kernelRelease: string;
  readonly features: Readonly<Record<'bridge' | 'veth' | 'nf_tables' | 'nf_tables_bridge', Feature>>;
  readonly tools: Readonly<Record<'nft' | 'ip', string | undefined>>;
  readonly bridges: readonly string[];
  /** The links on which the node receives packets of pods. */
  readonly podLinks: readonly string[];
  readonly uplinks: readonly string[];
  readonly macs: ReadonlyMap<string, string>;
  readonly sysctls: ReadonlyMap<string, string>;
  readonly forwardPolicy: 'accept' | 'drop' | 'unknown';
  readonly rules: Ruleset;
  /** What keeps packets from the pods. */
  readonly hindrances: readonly Hindrance[];
  readonly ebtablesRules: readonly string[];
  readonly azureFiles: readonly string[];
  readonly managers: ManagerFacts;
  /** Which units of systemd start with the node. */
  readonly enabled: { readonly watchService: boolean; readonly watchSocket: boolean };
  readonly cni: {
    readonly directory: string;
    readonly files: readonly CniFile[];
    readonly binaries: readonly Binary[];
  };
  readonly locks: readonly LockFact[];
  readonly document: DocumentFacts;
};
