/** podman on the machine of a client's lab. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeRootfs, SERVE } from './busybox.ts';
import { renderOutcome } from '../support/exec.ts';
import type { ClientLab } from './client-lab.ts';

/** podman. Errors: both reject with what it printed. */
export type Podman = {
  /** Resolves to the output of the command. */
  readonly run: (...args: readonly string[]) => Promise<string>;
  /** Resolves to the ID of a new container of network `azure`, which serves a page with its name. */
  readonly start: (name: string, ...more: readonly string[]) => Promise<string>;
};

/** Returns podman of the lab. Shape: all our files are in the lab's folder; the machine's own configuration is not used. */
export function openPodman(lab: ClientLab): Podman {
  const env = configure(lab);
  const run: Podman['run'] = async (...args) => {
    const done = await lab.machine.exec(['podman', ...args], { env });
    if (done.code !== 0) throw new Error(renderOutcome(done));
    return done.stdout.trim();
  };
  return {
    run,
    start: (name, ...more) => {
      const rootfs = join(lab.folder, `rootfs-${name}`);
      makeRootfs(rootfs, `I am ${name}`);
      const where = ['--name', name, '--network', 'azure', '--cgroup-parent', `/${lab.cgroup}`];
      return run('run', '--detach', ...where, ...more, '--rootfs', rootfs, ...SERVE);
    },
  };
}

/** With the CNI backend. */
function configure(lab: ClientLab): Readonly<Record<string, string>> {
  const [containers, storage] = [join(lab.folder, 'containers.conf'), join(lab.folder, 'storage.conf')];
  writeFileSync(
    containers,
    `[network]
network_backend = "cni"
cni_plugin_dirs = ["${lab.recorder.folder}"]
network_config_dir = "${lab.netd}"
default_network = "azure"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[containers]
log_driver = "k8s-file"
`,
  );
  writeFileSync(
    storage,
    '[storage]\ndriver = "vfs"\nrunroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n',
  );
  return { CONTAINERS_CONF: containers, CONTAINERS_STORAGE_CONF: storage };
}
