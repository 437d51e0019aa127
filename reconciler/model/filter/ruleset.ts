/** Packet filter rules of other programs, as far as vnet evaluates them. Types only. */
import type { AddressList } from '../addresses/address-list.ts';

/** Whether a condition holds: for all of the packets, for none, or for some or an unknown part. */
export type Extent = 'all' | 'none' | 'some';

/**
 * One condition of a rule.
 * Shape: `iif` and `oif` are names, a trailing `*` matches any suffix; `state` are conntrack states (and statuses, such as `dnat`); `type`
 * is an EtherType as a word; `protocol` are transport protocols as words; `unrouted`: no route leads back to the source by the link; `mark` is the value under the mask; `bridged` is the physdev match; `other` is a
 * condition that vnet does not evaluate.
 */
export type RuleCondition = { readonly isNegated: boolean } & (
  | { readonly on: 'iif' | 'oif' | 'state' | 'type' | 'protocol'; readonly values: readonly string[] }
  | { readonly on: 'source' | 'destination'; readonly addresses: AddressList }
  | { readonly on: 'mark'; readonly value: number }
  | { readonly on: 'bridged' | 'unrouted' | 'other' }
);

/** The verdict of a rule. Shape: `next` continues with the next rule. */
export type RuleVerdict =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'next' }
  | { readonly kind: 'jump' | 'goto'; readonly target: string };

/** One rule. Shape: `text` identifies it to its owner: its iptables text, or its handle in nft. */
export type Rule = {
  readonly conditions: readonly RuleCondition[];
  readonly verdict: RuleVerdict;
  readonly text: string;
};

/** The families whose hooks see packets of pods. */
export type FilterFamily = 'ip' | 'ip6' | 'inet' | 'bridge' | 'netdev';

/** A hook of the kernel's packet path. */
export type Hook = 'ingress' | 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'egress';

/** A chain. Shape: `hook` of a base chain; `devices` of one at the hook of interfaces (ingress, egress). */
export type FilterChain = {
  readonly name: string;
  readonly hook?: Hook;
  readonly devices?: readonly string[];
  readonly policy: 'accept' | 'drop';
  readonly rules: readonly Rule[];
};

/** A table of one program. Shape: `tool` is the program that shows and changes it. */
export type FilterTable = {
  readonly tool: 'nft' | 'iptables';
  readonly family: FilterFamily;
  readonly name: string;
  readonly chains: ReadonlyMap<string, FilterChain>;
};

/** A chain while its rules are read. */
export type MutableChain = Omit<FilterChain, 'rules'> & { readonly rules: Rule[] };

/** A table while its chains are read. */
export type MutableTable = Omit<FilterTable, 'chains'> & { readonly chains: Map<string, MutableChain> };

/** All foreign tables. Shape: `unread` names the tools that failed, with their reason. */
export type Ruleset = { readonly tables: readonly FilterTable[]; readonly unread: readonly string[] };
