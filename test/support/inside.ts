/** Tests whose own process is in a namespace. The file has a process of its own (`test/support/processes.ts`). */
import { FLAGS, type Sys } from '../../reconciler/model/ports/sys.ts';

/**
 * Ensures that the calling thread, the process's main one, is in the namespace at that path, and so are the commands that it
 * starts. Returns the function that goes back.
 */
export function enterNetns(sys: Sys, path: string): () => void {
  const home = open(sys, '/proc/thread-self/ns/net');
  const there = open(sys, path);
  const code = sys.setns(there, FLAGS.CLONE_NEWNET);
  sys.close(there);
  if (code < 0) throw new Error(`setns ${path}: errno ${-code}`);
  return () => {
    sys.setns(home, FLAGS.CLONE_NEWNET);
    sys.close(home);
  };
}

function open(sys: Sys, path: string): number {
  const fd = sys.open(path, FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
  if (fd < 0) throw new Error(`open ${path}: errno ${-fd}`);
  return fd;
}
