/**
 * Tools for some tests beyond the generally needed ones: clients, emulators, shells, a compiler; by package.
 */
import { REFERENCE } from '../plugin/live-node.ts';
import { EMULATED, OTHER } from './emulator.ts';
import type { Tool } from './tools.ts';

const other = EMULATED[OTHER];

/** Returns the tools that the tests can use; some are large, and only for the long forms. */
export function wantedTools(isLong: boolean): readonly Tool[] {
  const plugins = { needs: REFERENCE ?? '/usr/lib/cni/host-local', package: 'containernetworking-plugins' };
  return [plugins, ...WANTED, ...(isLong ? WANTED_LONG : [])];
}

const WANTED: readonly Tool[] = [
  { needs: 'ebtables', package: 'ebtables' },
  { needs: 'iptables', package: 'iptables' },
  { needs: 'podman', package: 'podman' },
  { needs: 'conmon', package: 'conmon' },
  { needs: 'containerd', package: 'containerd' },
  { needs: 'runc', package: 'runc' },
  { needs: 'busybox', package: 'busybox-static' },
  { needs: 'cc', package: 'gcc' },
  { needs: '/usr/include/stdio.h', package: 'libc6-dev' },
  { needs: 'script', package: 'bsdutils' },
  { needs: 'man', package: 'man-db' },
  { needs: 'groff', package: 'groff-base' },
  { needs: 'zsh', package: 'zsh' },
  { needs: 'fish', package: 'fish' },
  { needs: 'shellcheck', package: 'shellcheck' },
  { needs: 'systemd-analyze', package: 'systemd' },
  { needs: 'apparmor_parser', package: 'apparmor' },
];

const WANTED_LONG: readonly Tool[] = [
  { needs: other.command, package: 'qemu-user-static' },
  { needs: `${other.library}/${other.loader}`, package: other.package },
  { needs: 'systemd-nspawn', package: 'systemd-container' },
  { needs: 'debootstrap', package: 'debootstrap' },
  { needs: 'promtool', package: 'prometheus' },
  { needs: 'chromium', package: 'chromium' },
  { needs: `${other.gnu}-gcc`, package: `gcc-${other.gnu.replace('_', '-')}` },
  // Its kernel headers, for the shim.
  {
    needs: `/usr/${other.gnu}/include/asm/unistd.h`,
    package: `linux-libc-dev-${OTHER === 'x64' ? 'amd64' : OTHER}-cross`,
  },
];
