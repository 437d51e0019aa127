/** Finds and runs other CNI plugins on this machine. */
import { spawnSync } from 'node:child_process';
import { findPlugin } from '../reconciler/cni/call.ts';
import type { Programs } from './host.ts';

/** The port to this machine's CNI plugins. */
export const programs: Programs = {
  find: (name, folders) => findPlugin(folders, name),
  run: (file, env, stdin) => {
    const ran = spawnSync(file, [], {
      env: { ...env },
      input: stdin,
      stdio: ['pipe', 'pipe', 'inherit'],
      encoding: 'utf8',
      maxBuffer: 16 * 1024 * 1024,
    });
    const stdout = ran.stdout ?? '';
    // A plugin that exits without reading its stdin has still answered.
    if (ran.error !== undefined && ran.status === null) {
      return { exitCode: 1, stdout, error: ran.error.message };
    }
    if (ran.status !== null) return { exitCode: ran.status, stdout };
    return { exitCode: 1, stdout, error: `ended by signal ${ran.signal ?? 'unknown'}` };
  },
};
