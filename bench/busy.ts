/** Busy loops beside a measurement. */
import { spawn } from 'node:child_process';

/** Starts busy loops that end with this process in any case. Returns their process IDs. */
export function startBusyLoops(count: number): readonly number[] {
  // Ensured even after kill -9: the kernel ends each process that requested it (PR_SET_PDEATHSIG) with its
  // parent. A parent that ended before the child's request is detected by its process ID.
  const loop = `[ "$PPID" = ${process.pid} ] || exit 1; while :; do :; done`;
  const argv = ['--pdeathsig', 'KILL', 'sh', '-c', loop];
  return Array.from({ length: count }, () => {
    const child = spawn('setpriv', argv, { stdio: 'ignore' });
    child.unref();
    process.on('exit', () => child.kill('SIGKILL'));
    return child.pid ?? 0;
  });
}
