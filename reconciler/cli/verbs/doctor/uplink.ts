/** Checks of uplinks, and of the node outside the document. Pure. */
import type { NodeNotice } from '../../../loop/report/notices.ts';
import { type Check, flagged, passed, problem, type Verdict, warning } from './check.ts';
import type { Facts } from './facts.ts';

/** A notice of severity harm is a problem. */
function noticeCheck(id: NodeNotice['id'], title: string, quiet: string): Check {
  const judge: Check['judge'] = ({ notices }) => {
    const found = notices.filter((notice) => notice.id === id);
    if (found.length === 0) return passed(quiet);
    const level = found.some(({ severity }) => severity === 'harm') ? 'problem' : 'warning';
    const remedies = [...new Set(found.map(({ remedy }) => remedy))];
    return flagged(level, found.map(({ message }) => message).join('; '), remedies.join('; '));
  };
  return { id, title, judge };
}

/** Packets arrive through the bridge once it has the uplink's addresses. Source: ip-rule(8). */
function judgeRoutingRules({ routingRules, uplinks, bridges }: Facts): Verdict {
  const named = routingRules.filter((rule) =>
    uplinks.some((name) => new RegExp(`\\b[io]if ${escaped(name)}(?: |$)`).test(rule)),
  );
  if (named.length === 0) return passed('no policy routing rule matches an uplink');
  const [uplink = '', bridge = ''] = [uplinks[0], bridges[0]];
  return warning(
    `policy routing rules match an uplink on which packets no longer arrive: ${named.join('; ')}`,
    `the same rules for the bridge, beside or instead of them: ip rule add … ${named[0]?.includes('oif') === true ? 'oif' : 'iif'} ${bridge} (not ${uplink})`,
  );
}

function escaped(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function judgeMaster({ cni: { files }, bridges, uplinks }: Facts): Verdict {
  const wrong = files.filter(({ master }) => master !== undefined && bridges.includes(master));
  const [first] = wrong;
  if (first === undefined) return passed('"master" of the CNI configuration is not a bridge of vnet');
  return problem(
    `${first.path}: "master" is ${first.master ?? ''}, the bridge of vnet; it names the NIC`,
    `set "master" to ${uplinks[0] ?? 'the NIC'} and "bridge" to ${first.master ?? ''}, or leave "master" out`,
  );
}

function judgeKeys({ cni: { files } }: Facts): Verdict {
  const found = files.filter(({ unhonoured = [] }) => unhonoured.length > 0);
  if (found.length === 0) return passed('vnet honours all keys of the CNI configuration');
  return warning(
    found.map(({ path, unhonoured = [] }) => `${path}: not honoured: ${unhonoured.join(', ')}`).join('; '),
    'remove these keys, or keep azure-vnet where pods need them',
  );
}

/** The checks of uplinks. */
export const UPLINK_CHECKS: readonly Check[] = [
  noticeCheck('floating', 'floating addresses', 'no address of an uplink moves between nodes'),
  noticeCheck(
    'router-advertisements',
    'router advertisements',
    'no address of a router advertisement expires',
  ),
  noticeCheck('bound-tunnels', 'tunnels of the uplink', 'no tunnel is bound to an uplink'),
  noticeCheck('pod-mtu', 'MTU of the uplink', 'no pod has a larger MTU'),
  noticeCheck('ipv6', 'IPv6', 'no object of the document needs disabled IPv6'),
  noticeCheck(
    'pool-overlap',
    'addresses of the node',
    'no other interface or machine has an address of a pool',
  ),
  noticeCheck('source-routing', 'way out of pods', 'packets of pods leave by the uplink of their network'),
  { id: 'routing-rules', title: 'policy routing', judge: judgeRoutingRules },
  { id: 'cni-keys', title: 'CNI keys', judge: judgeKeys },
  { id: 'cni-master', title: 'CNI master', judge: judgeMaster },
];
