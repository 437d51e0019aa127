/** Looks up a process in /proc before it exits. */
import { readText } from '../os/file.ts';
import type { Process } from '../loop/report/attribution.ts';
import { isTool } from '../loop/report/remedy.ts';
import type { Sys } from '../model/ports/sys.ts';

/**
 * Returns the process, and its parent if it is a tool that other programs run; undefined if it has exited.
 */
export function processOf(sys: Sys, pid: number): Process | undefined {
  const name = nameOf(sys, pid);
  if (name === undefined || !isTool(name)) return name === undefined ? undefined : { pid, name };
  const parent = parentOf(sys, pid);
  const parentName = parent === undefined ? undefined : nameOf(sys, parent);
  return parent === undefined || parentName === undefined
    ? { pid, name }
    : { pid, name, parent: { pid: parent, name: parentName } };
}

/** Source: proc_pid_comm(5). */
function nameOf(sys: Sys, pid: number): string | undefined {
  return readText(sys, `/proc/${pid}/comm`)?.trim();
}

/** Source: PPid of proc_pid_status(5). */
function parentOf(sys: Sys, pid: number): number | undefined {
  const found = /^PPid:\s+(\d+)$/m.exec(readText(sys, `/proc/${pid}/status`) ?? '')?.[1];
  return found === undefined || found === '0' ? undefined : Number(found);
}
