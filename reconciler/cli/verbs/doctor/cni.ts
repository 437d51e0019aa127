/** Checks of the runtime's CNI configuration and programs, and of azure-vnet's leftovers. Pure. */
import { count } from '../../../model/words.ts';
import { type Check, type Fix, passed, problem, type Verdict, warning } from './check.ts';
import type { Facts } from './facts.ts';
import { isListed } from './ini.ts';

/** A runtime uses the first file in lexical order. Source: libcni, ConfFiles; go-cni. */
function judgeConflist({ cni: { files, directory } }: Facts): Verdict {
  const ours = files.find(({ plugins }) => plugins?.includes('azure-vnet') === true);
  const [first] = files;
  if (first === undefined || ours === undefined) {
    return problem(
      `no file in ${directory} uses azure-vnet: vnet does not serve this node's pods`,
      `install examples/10-azure.conflist of vnet as ${directory}/10-azure.conflist`,
    );
  }
  if (first.plugins === undefined) {
    return problem(
      `${first.path} comes first and is not a CNI configuration`,
      `fix it, or move it out of ${directory}`,
    );
  }
  if (first.path !== ours.path) {
    return problem(
      `${first.path} precedes ${ours.path}: the runtime uses ${first.plugins.join(', ')} instead of azure-vnet`,
      `mv ${first.path} ${first.path}.disabled`,
    );
  }
  if (ours.plugins?.[0] !== 'azure-vnet') {
    return problem(
      `azure-vnet is not the first plugin of ${ours.path}: ${(ours.plugins ?? []).join(', ')}`,
      'put it first: the other plugins need its result',
    );
  }
  return passed(`${ours.path}: ${ours.plugins.join(', ')}`);
}

/** As in README. A link to vnet in the plugin's place would be the program itself, or a loop. */
function installCommand(binaries: Facts['cni']['binaries']): string {
  const { path = '' } = binaries[0] ?? {};
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const isAbsent = (name: string): boolean =>
    binaries.some(({ path: file, isThere }) => file === `${folder}${name}` && !isThere);
  const [plugin, ipam] = ['azure-vnet', 'azure-vnet-ipam'];
  const built = ['vnet', plugin].filter((name) => isAbsent(name) && (name !== plugin || isAbsent(ipam)));
  const install = `install -m 0755 ${built.map((name) => `dist/bin/${name}`).join(' ')} ${folder}`;
  return [
    ...(built.length === 0 ? [] : [install]),
    ...(isAbsent(ipam) ? [`ln -f ${folder}${plugin} ${folder}${ipam}`] : []),
    ...(isAbsent(plugin) && !isAbsent(ipam) ? [`ln -f ${folder}${ipam} ${folder}${plugin}`] : []),
  ].join(' && ');
}

function judgeBinaries({ cni: { binaries } }: Facts): Verdict {
  const absent = binaries.filter(({ isThere }) => !isThere).map(({ path }) => path);
  if (absent.length > 0) {
    return problem(`not installed: ${absent.join(', ')}`, installCommand(binaries));
  }
  const blocked = binaries.filter(({ isExecutable }) => !isExecutable).map(({ path }) => path);
  if (blocked.length > 0)
    return problem(`not executable: ${blocked.join(', ')}`, `chmod 0755 ${blocked.join(' ')}`);
  return passed(binaries.map(({ path }) => path).join(', '));
}

/** Without the socket unit, calls made while the service starts or restarts start a temporary server. */
function judgeCalls({ enabled: { watchService, watchSocket } }: Facts): Verdict {
  if (watchService && !watchSocket) {
    return warning(
      'vnet-watch.service is enabled without vnet-watch.socket: calls during its start are not served by it',
      'install examples/systemd/vnet-watch.socket; systemctl enable --now vnet-watch.socket; systemctl restart vnet-watch',
    );
  }
  if (watchService) return passed('vnet watch serves calls; systemd owns its socket');
  return passed(
    'no vnet-watch.service: the first call of a burst starts a server for all others (vnet serve)',
  );
}

/** A probe needs a packet socket, which the service's sandbox excludes: few nodes have a network with probes. Source: packet(7). */
function judgeProbes({ probing, watchUnit, enabled, root }: Facts): Verdict {
  if (probing.length === 0) return passed('no network probes addresses');
  const isAble =
    isListed(watchUnit, 'CapabilityBoundingSet', 'CAP_NET_RAW') &&
    isListed(watchUnit, 'RestrictAddressFamilies', 'AF_PACKET');
  if (!enabled.watchService || isAble) return passed(`probes addresses: ${probing.join(', ')}`);
  const fix: Fix = {
    kind: 'write',
    path: `${root}/etc/systemd/system/vnet-watch.service.d/10-vnet-probe.conf`,
    text: '# vnet doctor --fix: probes are sent and heard by packet sockets.\n[Service]\nCapabilityBoundingSet=CAP_NET_RAW\nRestrictAddressFamilies=AF_PACKET\n',
    reload: 'systemctl daemon-reload && systemctl restart vnet-watch',
  };
  return problem(
    `network ${probing.join(', ')} has a probe, and the sandbox of vnet-watch.service allows no packet socket: addresses are assigned without it`,
    `write ${fix.path} with [Service] CapabilityBoundingSet=CAP_NET_RAW and RestrictAddressFamilies=AF_PACKET, then ${fix.reload}`,
    [fix],
  );
}

function judgeVersion({ cni: { binaries }, version }: Facts): Verdict {
  const others = binaries.filter(({ isExecutable, version: theirs }) => isExecutable && theirs !== version);
  if (others.length === 0) return passed(`vnet and plugins are ${version}`);
  return warning(
    others
      .map(({ path, version: theirs }) => `${path} is ${theirs ?? 'not from vnet'}, this is ${version}`)
      .join('; '),
    'install all of them from one build: azure-vnet and azure-vnet-ipam run the vnet beside them',
  );
}

function judgeEbtables({ ebtablesRules }: Facts): Verdict {
  if (ebtablesRules.length === 0) return passed('no ebtables rules of azure-vnet');
  return problem(
    `${count(ebtablesRules.length, 'ebtables rule')} of azure-vnet left, e.g. ${ebtablesRules[0] ?? ''}: MACs are rewritten before vnet's rules`,
    'ebtables -t nat -F PREROUTING; ebtables -t nat -F POSTROUTING, once no pod of azure-vnet remains (vnet import replaces the rules)',
  );
}

function judgeAzureFiles({ azureFiles }: Facts): Verdict {
  if (azureFiles.length === 0) return passed('no state files of azure-vnet');
  return warning(
    `state files of azure-vnet remain, unused by vnet: ${azureFiles.join(', ')}`,
    `keep them until its pods are gone or imported, then: rm ${azureFiles.join(' ')}`,
  );
}

/** The checks of CNI. */
export const CNI_CHECKS: readonly Check[] = [
  { id: 'conflist', title: 'CNI configuration', judge: judgeConflist },
  { id: 'binaries', title: 'CNI plugins', judge: judgeBinaries },
  { id: 'calls', title: 'server of CNI calls', judge: judgeCalls },
  { id: 'probes', title: 'probes of addresses', judge: judgeProbes },
  { id: 'version', title: 'version mismatch', judge: judgeVersion },
  { id: 'ebtables', title: 'azure-vnet ebtables', judge: judgeEbtables },
  { id: 'azure-files', title: 'azure-vnet files', judge: judgeAzureFiles },
];
