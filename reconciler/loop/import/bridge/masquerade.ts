/** Masquerade of other programs, in the form of the document. Pure. */
import type { Masquerade, Network } from '../../../../schemas/generated/vnet.ts';
import { familyOf, parsePrefix } from '../../../model/addresses/address.ts';
import { subnetTexts } from '../../../model/addresses/families.ts';
import { modeOf } from '../../../model/modes/registry.ts';
import { isRecord } from '../../../model/objects.ts';
import { fail, ok, type Result } from '../../../model/result.ts';
import type { ImportFinding } from '../endpoints.ts';
import type { ImportOrigin } from '../proposal.ts';

/** Source: ip-masq-agent, linkLocalCIDR and linkLocalCIDRIPv6. */
const LINK_LOCAL = '169.254.0.0/16';
const LINK_LOCAL_IPV6 = 'fe80::/10';

/** The keys of the configuration. Source: kubernetes-sigs/ip-masq-agent, MasqConfig. */
const KEYS = new Set(['nonMasqueradeCIDRs', 'masqLinkLocal', 'masqLinkLocalIPv6', 'resyncInterval']);

/** The masquerade, and remarks about settings without a counterpart. */
export type AgentMasquerade = { readonly masquerade: Masquerade; readonly remarks: readonly string[] };

/**
 * Returns the masquerade of ip-masq-agent's configuration: pods keep their addresses towards nonMasqueradeCIDRs and, unless
 * the configuration masquerades them, link-local destinations.
 * Errors: `invalid` for values that ip-masq-agent refuses.
 */
export function parseMasqAgent(value: unknown, file: string): Result<AgentMasquerade> {
  const refuse = (message: string): Result<AgentMasquerade> =>
    fail('invalid', `read ${file}`, message, { hint: 'Correct it, or leave out --ip-masq-agent.' });
  if (!isRecord(value)) return refuse('it is not a configuration of ip-masq-agent');
  const unknown = Object.keys(value).find((key) => !KEYS.has(key));
  if (unknown !== undefined) return refuse(`${unknown} is not a key of ip-masq-agent`);
  const { nonMasqueradeCIDRs: given, masqLinkLocal, masqLinkLocalIPv6, resyncInterval } = value;
  const list: unknown = given ?? [];
  if (!Array.isArray(list)) return refuse('nonMasqueradeCIDRs is not a list');
  const texts = list.map(String);
  const wrong = texts.find((text) => familyOf(text) === undefined || parsePrefix(text) === undefined);
  if (wrong !== undefined) return refuse(`nonMasqueradeCIDRs: ${wrong} is not a prefix`);
  const direct = [
    ...texts,
    ...(masqLinkLocal === true ? [] : [LINK_LOCAL]),
    ...(masqLinkLocalIPv6 === true ? [] : [LINK_LOCAL_IPV6]),
  ];
  const remarks =
    resyncInterval === undefined
      ? []
      : [
          `resyncInterval ${JSON.stringify(resyncInterval)} has no counterpart: vnet watch repairs its rule at once`,
        ];
  return ok({ masquerade: { enabled: true, direct: [...new Set(direct)] }, remarks });
}

/**
 * Returns the origin with the masquerade of ip-masq-agent in its networks. A network whose mode cannot have it stays without, and
 * a finding names the reason.
 */
export function withMasquerade(origin: ImportOrigin, { masquerade, remarks }: AgentMasquerade): ImportOrigin {
  return {
    ...origin,
    propose: (observation, now) => {
      const proposal = origin.propose(observation, now);
      if (!proposal.ok) return proposal;
      const findings = remarks.map(noteOf);
      const networks = Array.from(proposal.value.networks, ([name, network]): [string, Network] => {
        const direct = [...new Set([...subnetTexts(network), ...masquerade.direct])];
        const mode = modeOf(network);
        const changed = mode.masqueraded?.(network, { ...masquerade, direct });
        if (changed !== undefined) return [name, changed];
        const why = mode.refuses?.['masquerade'] ?? `its mode ${network.mode} has none`;
        findings.push(noteOf(`network ${name} gets no masquerade: ${why}`));
        return [name, network];
      });
      const all = [...proposal.value.findings, ...findings];
      return ok({ ...proposal.value, networks: new Map(networks), findings: all });
    },
  };
}

function noteOf(message: string): ImportFinding {
  return { sort: 'note', subject: 'ip-masq-agent', message };
}

/** A rule of kubenet. Source: kubenet_linux.go, ensureMasqRule. */
const KUBENET = /^-A POSTROUTING(?: ! -d (\S+))? .*"kubenet: SNAT for outbound traffic from cluster"/;

/** Returns the masquerade of kubenet in the output of `iptables-save -t nat`; undefined without its rule. */
export function kubenetMasquerade(rules: string): Masquerade | undefined {
  for (const line of rules.split('\n')) {
    const found = KUBENET.exec(line);
    if (found === null) continue;
    const [, direct] = found;
    return { enabled: true, direct: direct === undefined ? [] : [direct] };
  }
  return undefined;
}

/** Returns the rules of the plugins and of kubenet, which the import leaves in place. */
export function leftRules(rules: string): readonly string[] {
  return rules
    .split('\n')
    .filter((line) => line.startsWith('-A ') && (/ -j CNI-/.test(line) || /"kubenet: SNAT/.test(line)));
}
