/** Tests whose own process is in a namespace. The file has a process of its own (`test/support/processes.ts`). */
import { afterAll, beforeAll } from 'vitest';
import { FLAGS, type Sys } from '../../reconciler/model/ports/sys.ts';
import { makeNetns, type Netns, uniqueName } from './netns.ts';

/**
 * Ensures that the tests of this describe() run in a namespace of their own. In the shared one, other files change links all the time:
 * they interrupt each list of links, and add links to the groups that are deleted together.
 */
export function useOwnNetns(sys: () => Sys): void {
  let host: Netns;
  let leave: () => void;
  beforeAll(() => {
    host = makeNetns(uniqueName('host'));
    leave = enterNetns(sys(), host.path);
  });
  afterAll(() => {
    leave();
    host.remove();
  });
}

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
