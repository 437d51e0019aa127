/** Checks of NetworkManager, which manages every interface not excluded from it. Pure. */
import { type Check, type Fix, passed, problem, type Verdict } from './check.ts';
import type { Facts } from './facts.ts';
import { matchesGlob, SAMPLE_VETH, valueIn } from './ini.ts';

function judgeNetworkManager({ managers: { networkManager }, bridges, root }: Facts): Verdict {
  if (!networkManager.isThere) return passed('NetworkManager does not run');
  const value = valueIn(networkManager.settings, 'keyfile', 'unmanaged-devices') ?? '';
  const names = value.split(/[;,]/).map((word) => word.trim().replace(/^interface-name:=?/, ''));
  const managed = [...bridges, SAMPLE_VETH].filter((name) => !names.some((word) => matchesGlob(word, name)));
  if (managed.length === 0) return passed('NetworkManager does not manage bridge and veths');
  const devices = [...bridges, 'azv*'].map((name) => `interface-name:${name}`).join(';');
  const fix: Fix = {
    kind: 'write',
    path: `${root}/etc/NetworkManager/conf.d/90-vnet.conf`,
    text: `# vnet doctor --fix: vnet manages the bridge and host veths.\n[keyfile]\nunmanaged-devices=${[value, devices].filter((word) => word !== '').join(';')}\n`,
    reload: 'nmcli general reload conf',
  };
  return problem(
    `NetworkManager manages ${managed.map((name) => (name === SAMPLE_VETH ? 'azv*' : name)).join(', ')}`,
    `write ${fix.path} with [keyfile] unmanaged-devices=${devices}, then nmcli general reload conf`,
    [fix],
  );
}

/** The checks of NetworkManager. */
export const MANAGER_CHECKS: readonly Check[] = [
  { id: 'network-manager', title: 'NetworkManager', judge: judgeNetworkManager },
];
