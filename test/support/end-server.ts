import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Returns the temporary server of the node with this root; undefined if there is none. */
export function temporaryServer(root: string): number | undefined {
  const lock = join(root, 'run/vnet/serve.lock');
  const pid = existsSync(lock) ? Number(readFileSync(lock, 'utf8').split(' ')[0]) : 0;
  const commandLine = `/proc/${pid}/cmdline`;
  if (pid === 0 || !existsSync(commandLine)) return undefined;
  return readFileSync(commandLine, 'utf8').split('\0').includes('serve') ? pid : undefined;
}

/** Ensures that the node with this root has no temporary server. */
export function endServer(root: string): void {
  const pid = temporaryServer(root);
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
}
