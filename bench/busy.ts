/** Loops that keep processors busy while something is measured. */
import { spawn } from 'node:child_process';

/** Ensures so many busy loops, which end with this process, however it ends. Returns their process ids. */
export function startBusyLoops(count: number): readonly number[] {
  // Not even kill -9 leaves them: the kernel ends each process that requested it (PR_SET_PDEATHSIG) with its parent.
  // A parent that ended before the child's request is detected by its process ID.
  const loop = `[ "$PPID" = ${process.pid} ] || exit 1; while :; do :; done`;
  const argv = ['--pdeathsig', 'KILL', 'sh', '-c', loop];
  return Array.from({ length: count }, () => {
    const child = spawn('setpriv', argv, { stdio: 'ignore' });
    child.unref();
    process.on('exit', () => child.kill('SIGKILL'));
    return child.pid ?? 0;
  });
}
