/**
 * azure-vnet's ipv6Mode ipv6nat in mode bridge: the gateway of the pods' IPv6 subnet is on the bridge, and a rule of ip6tables gives their packets the address
 * of the node. Mode bridge cannot translate addresses, mode transparent can. Pure. Source: network/bridge_networkclient_linux.go, v1.1.
 */
import type { Network } from '../../../schemas/generated/vnet.ts';
import { normalisePrefix } from '../../model/addresses/address.ts';
import { coreOf } from '../../model/modes/cores.ts';
import { allModes, modeOf } from '../../model/modes/registry.ts';
import type { Observation } from '../../model/ports/kernel.ts';
import { err, failure, type Failure, ok } from '../../model/result.ts';
import type { ImportFinding } from './endpoints.ts';
import type { ImportOrigin } from './proposal.ts';
import type { TranslatedNetwork } from './remarks.ts';

/** The choice for the translation: azure-vnet's rule stays, or the network gets a mode that masquerades. */
export type Ipv6NatChoice = 'keep' | 'masquerade';

/**
 * Returns the origin, which refuses a network with ipv6nat unless the administrator has chosen: its translation is impossible without a change of
 * the mode, which interrupts connections.
 */
export function withIpv6Nat(origin: ImportOrigin, choice: Ipv6NatChoice | undefined): ImportOrigin {
  return {
    ...origin,
    propose: (observation, now) => {
      const proposal = origin.propose(observation, now);
      const translated = proposal.ok ? (proposal.value.translated ?? []) : [];
      if (!proposal.ok || translated.length === 0) return proposal;
      if (choice === undefined) return err(undecided(translated));
      const findings = translated.map((one) => findingOf(one, choice));
      return ok({ ...proposal.value, findings: [...proposal.value.findings, ...findings] });
    },
  };
}

function undecided(translated: readonly TranslatedNetwork[]): Failure {
  const names = translated.map(({ network, prefix }) => `${network} (${prefix})`).join(', ');
  const message = `azure-vnet translates the IPv6 packets of network ${names} (ipv6nat), and mode bridge cannot`;
  const hint =
    'Add --ipv6nat masquerade: the network gets mode transparent and masquerade, pods keep their addresses, open connections break once; or --ipv6nat keep: the rule of azure-vnet stays until the next reboot. Nothing was changed.';
  return failure('refused', 'import', message, { hint });
}

function findingOf({ network, prefix }: TranslatedNetwork, choice: Ipv6NatChoice): ImportFinding {
  const message =
    choice === 'masquerade'
      ? 'ipv6nat of azure-vnet: after the import, the network gets mode transparent and masquerade, and the rules of ip6tables are deleted'
      : `ipv6nat of azure-vnet: its rule of ip6tables gives IPv6 packets of pods the address of the node until the next reboot. Before that, give the network mode transparent and masquerade (direct: ${directOf(prefix).join(', ')}) with vnet apply: pods keep their addresses`;
  return { sort: 'note', subject: `${network} ${prefix}`, message };
}

/** IPv4 is not translated. */
function directOf(prefix: string): readonly string[] {
  return ['0.0.0.0/0', prefix, 'ff00::/8'];
}

/** A rule of azure-vnet in table nat of ip6tables. Shape: `words` follow the name of the chain. */
export type TranslationRule = { readonly prefix: string; readonly words: readonly string[] };

/** Source: azure-vnet, AddSnatRule. */
const SNAT = /^-A POSTROUTING (-s (\S+) -j SNAT --to-source \S+)$/gm;

/** Returns the rules in the output of `ip6tables-save -t nat` that translate these prefixes. */
export function translationRules(text: string, prefixes: readonly string[]): readonly TranslationRule[] {
  const own = new Set(prefixes.map(normalisePrefix));
  return Array.from(text.matchAll(SNAT)).flatMap(([, rule = '', source = '']) => {
    const prefix = normalisePrefix(source);
    return own.has(prefix) ? [{ prefix, words: rule.split(' ') }] : [];
  });
}

/**
 * azure-vnet takes the mark of kube-proxy from every packet of IPv6, so that its own rule translates it; without that rule, kube-proxy's must. As
 * ip6tables-save shows it. Source: azure-vnet, connectExternalInterface.
 */
const UNMARK = ['POSTROUTING', '-j', 'MARK', '--set-xmark', '0x0/0xffffffff'] as const;

/** Returns true if the output of `ip6tables-save -t mangle` has the rule of azure-vnet that removes the mark. */
export function hasUnmarking(text: string): boolean {
  return text.split('\n').includes(`-A ${UNMARK.join(' ')}`);
}

/** A command, and its inverse. Shape: `subject` is for people. */
export type LeftoverRemoval = {
  readonly subject: string;
  readonly command: readonly string[];
  readonly undo: readonly string[];
};

/**
 * Returns the commands that delete azure-vnet's remains of a rule: the gateway's address, which would be the source of translated packets, the rule that
 * removes marks (`isUnmarking`: it exists), then the rule itself; without the rule nothing is left to delete. Shape: the address is on the uplink, as
 * the network has no bridge any more.
 */
export function removalsOf(
  rule: TranslationRule,
  network: Network | undefined,
  isUnmarking: boolean,
): readonly LeftoverRemoval[] {
  const { ipv6 } = network?.pools ?? {};
  const uplink = network === undefined ? undefined : coreOf(network).links(network).uplink;
  const address = ipv6 && `${ipv6.gateway}/${ipv6.subnet.split('/')[1] ?? ''}`;
  const place = address === undefined || uplink === undefined ? undefined : [address, 'dev', uplink.name];
  const nat = ['ip6tables', '-t', 'nat'];
  return [
    ...(place === undefined
      ? []
      : [
          {
            subject: `address ${place.join(' ')}`,
            command: ['ip', '-6', 'addr', 'del', ...place],
            undo: ['ip', '-6', 'addr', 'add', ...place],
          },
        ]),
    ...(isUnmarking
      ? [
          {
            subject: `ip6tables -t mangle ${UNMARK.join(' ')}`,
            command: ['ip6tables', '-t', 'mangle', '-D', ...UNMARK],
            undo: ['ip6tables', '-t', 'mangle', '-I', ...UNMARK],
          },
        ]
      : []),
    {
      subject: `ip6tables -t nat POSTROUTING ${rule.words.join(' ')}`,
      command: [...nat, '-D', 'POSTROUTING', ...rule.words],
      undo: [...nat, '-A', 'POSTROUTING', ...rule.words],
    },
  ];
}

/**
 * Returns the network in a mode without a bridge, with masquerade for the packets of the prefix; undefined if its mode masquerades already.
 * Its pods keep their addresses.
 */
export function masqueradedNetwork(
  network: Network,
  prefix: string,
  observation: Observation,
): Network | undefined {
  if (modeOf(network).masqueraded !== undefined) return undefined;
  const { uplink } = coreOf(network).links(network);
  const { azure, attach } = modeOf(network);
  const mode = allModes().find((one) => one.azure !== undefined && one.masqueraded !== undefined);
  if (uplink === undefined || mode?.azure === undefined) return undefined;
  const { pools, dns } = network;
  const isOpen = azure?.isFiltered(network) === false;
  const isByFabric = azure !== undefined && azure.nameOf(network) === attach?.tunnelName;
  const record = { uplink: uplink.name, bridge: '', pools, ...(isOpen ? { antiSpoofing: false } : {}) };
  const plain = {
    ...mode.azure.network(observation, record),
    ...(isByFabric ? { sameNode: 'fabric' as const } : {}),
    ...(dns === undefined ? {} : { dns }),
  };
  return mode.masqueraded?.(plain, { enabled: true, direct: [...directOf(prefix)] });
}
