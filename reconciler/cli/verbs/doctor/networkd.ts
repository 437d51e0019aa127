/** Checks of systemd-networkd, which manages every interface that one of its .network files matches. Pure. */
import { type Check, type Fix, passed, problem, type Verdict, warning } from './check.ts';
import type { Facts, TextFile } from './facts.ts';
import { isNo, isYes, matchesGlob, parseIni, SAMPLE_VETH, valueIn } from './ini.ts';

/** Returns the drop-in that stops systemd-networkd from deleting foreign routes and rules. */
function foreignRoutesFix(root: string): Fix {
  return {
    kind: 'write',
    path: `${root}/etc/systemd/networkd.conf.d/10-vnet.conf`,
    text: [
      "# vnet doctor --fix: systemd-networkd keeps foreign routes and rules (the pods').",
      '[Network]',
      'ManageForeignRoutes=no',
      'ManageForeignRoutingPolicyRules=no',
      '',
    ].join('\n'),
    reload: 'systemctl restart systemd-networkd',
  };
}

function judgeForeignRoutes({ managers: { networkd }, root }: Facts): Verdict {
  const value = valueIn(networkd.settings, 'Network', 'ManageForeignRoutes');
  if (isNo(value)) return passed('ManageForeignRoutes=no');
  const fix = foreignRoutesFix(root);
  return problem(
    'systemd-networkd deletes foreign routes on a restart or link change (ManageForeignRoutes is on)',
    `write ${fix.path} with [Network] ManageForeignRoutes=no, then systemctl restart systemd-networkd`,
    [fix],
  );
}

function unmanagedFix(root: string, bridges: readonly string[]): Fix {
  return {
    kind: 'write',
    path: `${root}/etc/systemd/network/05-vnet.network`,
    text: [
      '# vnet doctor --fix: vnet manages the bridge and host veths, not systemd-networkd.',
      '[Match]',
      `Name=${[...bridges, 'azv*'].join(' ')}`,
      '',
      '[Link]',
      'Unmanaged=yes',
      '',
    ].join('\n'),
    reload: 'networkctl reload',
  };
}

function judgeNetworkFiles({ managers: { networkd }, bridges, macs, root }: Facts): Verdict {
  const caught = [...bridges, SAMPLE_VETH].flatMap((name) => {
    const kind = name === SAMPLE_VETH ? 'veth' : 'bridge';
    const file = matchingFile(networkd.networks, { name, kind, mac: macs.get(name) });
    const isLeftAlone = file === undefined || isYes(valueIn([file], 'Link', 'Unmanaged'));
    return isLeftAlone ? [] : [`${name === SAMPLE_VETH ? 'azv*' : name} by ${file.path}`];
  });
  if (caught.length === 0) return passed('no .network file matches bridge or veths');
  const fix = unmanagedFix(root, bridges);
  return problem(
    `systemd-networkd configures interfaces of vnet: ${caught.join(', ')}`,
    `write ${fix.path} with [Link] Unmanaged=yes, then networkctl reload`,
    [fix],
  );
}

/** The uplinks that systemd-networkd configures, each with its .network file. */
function takenUplinks({
  managers: { networkd },
  uplinks,
  macs,
}: Facts): readonly { readonly name: string; readonly file: TextFile }[] {
  return uplinks.flatMap((name) => {
    const file = matchingFile(networkd.networks, { name, kind: 'device', mac: macs.get(name) });
    return file === undefined || isYes(valueIn([file], 'Link', 'Unmanaged')) ? [] : [{ name, file }];
  });
}

/**
 * It removes a link from its bridge if the link's file does not put it there.
 * Source: KeepMaster= in systemd.network(5).
 */
function judgeKeepMaster(facts: Facts): Verdict {
  const losing = takenUplinks(facts).filter(
    ({ file }) =>
      !isYes(valueIn([file], 'Network', 'KeepMaster')) && valueIn([file], 'Network', 'Bridge') === undefined,
  );
  if (losing.length === 0) return passed('systemd-networkd keeps the uplink in its bridge');
  const fixes = losing.map(({ file }): Fix => keepMasterFix(facts.root, nameOf(file)));
  return problem(
    `systemd-networkd removes ${losing.map(({ name, file }) => `${name} (${file.path})`).join(', ')} from the bridge on a restart`,
    `write ${fixes.map(({ path }) => path).join(', ')} with [Network] KeepMaster=yes, then networkctl reload`,
    fixes,
  );
}

function keepMasterFix(root: string, file: string): Fix {
  return {
    kind: 'write',
    path: `${root}/etc/systemd/network/${file}.d/10-vnet-keep-master.conf`,
    text: "# vnet doctor --fix: the uplink is a port of vnet's bridge.\n[Network]\nKeepMaster=yes\n",
    reload: 'networkctl reload',
  };
}

function judgeKeepConfiguration(facts: Facts): Verdict {
  const losing = takenUplinks(facts).filter(({ file }) => {
    const value = valueIn([file], 'Network', 'KeepConfiguration');
    return value === undefined || isNo(value);
  });
  const [first] = losing;
  if (first === undefined) return passed("systemd-networkd keeps the uplink's configuration on a restart");
  const folder = `/etc/systemd/network/${nameOf(first.file)}.d`;
  return warning(
    `systemd-networkd drops the configuration of ${losing.map(({ name }) => name).join(', ')} on a stop or carrier loss (${first.file.path})`,
    `mkdir -p ${folder} && printf '[Network]\\nKeepConfiguration=dhcp\\n' > ${folder}/10-vnet.conf && networkctl reload`,
  );
}

/** The first file in lexical order whose [Match] matches the interface. Source: systemd.network(5). */
function matchingFile(files: readonly TextFile[], link: Link): TextFile | undefined {
  return files
    .toSorted((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1))
    .find(({ text }) => takes(text, link));
}

/** Properties that a [Match] compares. Shape: `device` is hardware; `mac` is unknown for veths. */
type Link = {
  readonly name: string;
  readonly kind: 'device' | 'bridge' | 'veth';
  readonly mac: string | undefined;
};

function nameOf({ path }: TextFile): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function takes(text: string, link: Link): boolean {
  const matches = parseIni(text).filter(({ section }) => section === 'Match');
  return matches.length > 0 && matches.every(({ key, value }) => isMatch(key, value.split(/\s+/), link));
}

function isMatch(key: string, words: readonly string[], { name, kind, mac }: Link): boolean {
  const isHardware = kind === 'device';
  switch (key) {
    case 'Name':
      return words.some((word) => matchesGlob(word, name));
    case 'Type':
      return words.includes(kind === 'veth' ? 'veth' : 'ether') || words.includes('*');
    case 'Kind':
      return words.includes(kind);
    // The bridge has the uplink's MAC.
    case 'MACAddress':
      return words.some((word) => word.toLowerCase() === mac);
    case 'PermanentMACAddress':
      return isHardware && words.some((word) => word.toLowerCase() === mac);
    case 'Driver':
      return isHardware || words.some((word) => matchesGlob(word, kind));
    default:
      // Paths and properties exist for hardware only; their values are unknown here, so any may match.
      return isHardware;
  }
}

function networkdCheck(id: string, title: string, judge: Check['judge']): Check {
  return {
    id,
    title,
    judge: (facts) =>
      facts.managers.networkd.isThere ? judge(facts) : passed('systemd-networkd does not run'),
  };
}

/** The checks of systemd-networkd. */
export const NETWORKD_CHECKS: readonly Check[] = [
  networkdCheck('networkd-foreign-routes', 'networkd: foreign routes', judgeForeignRoutes),
  networkdCheck('networkd-files', 'networkd: .network files', judgeNetworkFiles),
  networkdCheck('networkd-keep-master', 'networkd: uplink in bridge', judgeKeepMaster),
  networkdCheck('networkd-keep-configuration', 'networkd: uplink', judgeKeepConfiguration),
];
