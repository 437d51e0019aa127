/** containerd on the machine of a client's lab. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeImage } from './busybox.ts';
import type { ClientLab } from './client-lab.ts';
import { type Cri, openCri } from './cri.ts';
import { until, whyNot } from './machine.ts';

const IMAGE = 'docker.io/library/vnet-web:1';

/** Returns why containerd cannot be tested here; undefined if it can. */
export function whyNotContainerd(): string | undefined {
  return whyNot(['containerd', 'ctr', 'runc', 'busybox', 'iptables']);
}

/** The web server replaces the pause container, so that a sandbox is a whole pod. */
function configuration(lab: ClientLab): string {
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
  address = "${lab.folder}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${IMAGE}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${lab.recorder.folder}"
    conf_dir = "${lab.netd}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
`;
}

/** Returns a client of the lab's containerd. */
export function criOf(lab: ClientLab): Cri {
  return openCri(socketOf(lab));
}

/** Resolves to the daemon once its network is ready. Errors: rejects with the end of its log. */
export async function startContainerd(lab: ClientLab): Promise<ChildProcess> {
  const [config, log] = [join(lab.folder, 'containerd.toml'), join(lab.folder, 'containerd.log')];
  writeFileSync(config, configuration(lab));
  const daemon = lab.machine.start(['sh', '-c', `exec containerd --config ${config} >> ${log} 2>&1`]);
  await until(() =>
    criOf(lab)
      .isNetworkReady()
      .catch(() => false),
  ).catch(() => Promise.reject(new Error(readFileSync(log, 'utf8').slice(-2_000))));
  return daemon;
}

/** Ensures that the running containerd has the image of its pods. */
export async function importImage(lab: ClientLab): Promise<void> {
  const ctr = ['ctr', '--address', socketOf(lab), '--namespace', 'k8s.io'];
  await lab.machine.must(...ctr, 'image', 'import', '--snapshotter', 'native', makeImage(lab.folder, IMAGE));
}

function socketOf({ folder }: ClientLab): string {
  return join(folder, 'containerd.sock');
}
