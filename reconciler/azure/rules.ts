/**
 * Recognises azure-vnet's ebtables rules of bridge mode among others. Pure.
 * Source: network/bridge_networkclient_linux.go and ebtables/ebtables.go of azure-container-networking.
 */
import type { BridgeRule } from '../model/ports/bridge-rules.ts';

/** The purpose of a rule of azure-vnet. Shape: `address` is the pod's, or the node's own for `own-arp`. */
export type AzureRule =
  | { readonly kind: 'source' | 'arp-reply' }
  | { readonly kind: 'pod-arp' | 'pod-ip' | 'own-arp'; readonly address: string; readonly mac: string };

/** The uplink that rules are for. Shape: addresses without length. */
export type RuleUplink = {
  readonly name: string;
  readonly mac: string;
  readonly addresses: readonly string[];
};

/** Options with two names. */
const ALIASES: Readonly<Record<string, string>> = {
  '--to-destination': '--to-dst',
  '--to-source': '--to-src',
  '--ip-destination': '--ip-dst',
  '--protocol': '-p',
  '--source': '-s',
  '--src': '-s',
  '--in-interface': '-i',
  '--out-interface': '-o',
  '--jump': '-j',
  '--arp-opcode': '--arp-op',
};

/** The default values. */
const DEFAULTS: Readonly<Record<string, string>> = { '--arpreply-target': 'drop' };

/** Returns the purpose of the rule; undefined unless azure-vnet writes it in exactly this form. */
export function recogniseRule({ chain, spec }: BridgeRule, uplink: RuleUplink): AzureRule | undefined {
  const options = readOptions(spec);
  if (options === undefined) return undefined;
  const is = (wanted: Readonly<Record<string, string>>): boolean => sameOptions(options, wanted);
  const { name, mac } = uplink;
  if (chain === 'POSTROUTING') {
    const form = { '-s': 'unicast', '-o': name, '-j': 'snat', '--to-src': mac, '--snat-arp': '' };
    return is({ ...form, '--snat-target': 'accept' }) ? { kind: 'source' } : undefined;
  }
  if (chain !== 'PREROUTING') return undefined;
  if (is({ '-p': 'arp', '--arp-op': 'reply', '-i': name, ...toMac('ff:ff:ff:ff:ff:ff') })) {
    return { kind: 'arp-reply' };
  }
  const asked = options.get('--arp-ip-dst') ?? '';
  const answer = options.get('--arpreply-mac') ?? '';
  const request = { '-p': 'arp', '--arp-op': 'request', '--arp-ip-dst': asked, '-j': 'arpreply' };
  if (is({ ...request, '--arpreply-mac': answer, ...DEFAULTS })) {
    const kind = uplink.addresses.includes(asked) && answer === mac ? 'own-arp' : 'pod-arp';
    return { kind, address: asked, mac: answer };
  }
  const [address = '', pod = ''] = [options.get('--ip-dst'), options.get('--to-dst')];
  return is({ '-p': 'ipv4', '-i': name, '--ip-dst': address, ...toMac(pod) })
    ? { kind: 'pod-ip', address, mac: pod }
    : undefined;
}

function toMac(mac: string): Readonly<Record<string, string>> {
  return { '-j': 'dnat', '--to-dst': mac, '--dnat-target': 'accept' };
}

/**
 * Returns the options by name, in lower case; undefined if one is negated or duplicated, or if there are
 * none.
 */
function readOptions(spec: readonly string[]): ReadonlyMap<string, string> | undefined {
  const options = new Map<string, string>();
  for (let at = 0; at < spec.length; ) {
    const word = spec[at] ?? '';
    if (!word.startsWith('-')) return undefined;
    const name = ALIASES[word] ?? word;
    const next = spec[at + 1];
    const hasValue = next !== undefined && !next.startsWith('-');
    if (options.has(name)) return undefined;
    options.set(name, hasValue ? spellValue(name, next) : '');
    at += hasValue ? 2 : 1;
  }
  return options;
}

/** Interface names are compared exactly; words and MACs without case and leading zeros. */
function spellValue(name: string, value: string): string {
  if (name === '-i' || name === '-o') return value;
  const isMac = /^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/i.test(value);
  const text = value.toLowerCase();
  return isMac
    ? text
        .split(':')
        .map((byte) => byte.padStart(2, '0'))
        .join(':')
    : text;
}

function sameOptions(
  options: ReadonlyMap<string, string>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  const names = Object.keys(wanted);
  const unsaid = names.filter((name) => !options.has(name) && DEFAULTS[name] !== undefined);
  return (
    options.size === names.length - unsaid.length &&
    names.every((name) => (options.get(name) ?? DEFAULTS[name]) === wanted[name])
  );
}

/** The rules to remove, and the rules to keep because a skipped pod depends on them. */
export type RuleChoice = {
  readonly uplink: RuleUplink;
  /** Addresses of live pods that were not imported. */
  readonly kept: ReadonlySet<string>;
  /** Whether the address is in the network's subnet. */
  readonly isOfNetwork: (address: string) => boolean;
};

/**
 * Returns azure-vnet's rules that are no longer needed: those of the uplink, and of every address of the
 * network; stale ones would shadow the address's next pod. While a pod depends on azure-vnet's rules, its own
 * and those of the uplink are kept.
 */
export function chooseRules(rules: readonly BridgeRule[], choice: RuleChoice): readonly BridgeRule[] {
  return rules.filter((rule) => {
    const known = recogniseRule(rule, choice.uplink);
    if (known === undefined) return false;
    if (!('address' in known) || known.kind === 'own-arp') return choice.kept.size === 0;
    return choice.isOfNetwork(known.address) && !choice.kept.has(known.address);
  });
}
