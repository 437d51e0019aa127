/**
 * The identity of this boot: one for the node, regardless of the sandboxes of its processes. Where boot_id is
 * mounted over (nspawn, nodes in containers), a process with its own /proc reads that of the machine; the first
 * process of a boot records its own.
 */
import { ensureDirectory, readText, replaceCache } from '../os/file.ts';
import { FLAGS, type Sys } from '../model/ports/sys.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { sha1Hex } from '../model/sha1.ts';
import { type NodePaths, rootOf } from './paths.ts';

/** Returns the ID of this boot. Errors: `not-found`. */
export function readBootId(sys: Sys, { bootIds, runDirectory }: NodePaths): Result<string> {
  for (const path of bootIds) {
    const id = readLine(sys, path);
    // Below a root, the ID is that of a simulated node.
    if (id !== undefined) return ok(path.startsWith('/proc/') ? sharedId(sys, runDirectory, id) : id);
  }
  return fail('not-found', 'read the boot id', `none of ${bootIds.join(', ')} is readable`, {
    hint: 'vnet needs /proc to identify the boot.',
  });
}

/** Returns the recorded ID if it is of this boot; else the ID of this boot, which is recorded. */
function sharedId(sys: Sys, runDirectory: string, seen: string): string {
  const path = `${runDirectory}/boot`;
  const [id = '', start = ''] = (readLine(sys, path) ?? '').split(' ');
  if (id === seen && !isOfContainer(start)) return id;
  const started = startOf(sys);
  if (id !== '' && started !== undefined && start === started) return id;
  const own = started !== undefined && isOfContainer(started) ? idOf(`${seen} ${started}`) : seen;
  ensureDirectory(sys, runDirectory, 0o700);
  replaceCache(sys, path, new TextEncoder().encode(`${own} ${started ?? ''}\n`));
  return own;
}

/**
 * Returns the start time of the first process: equal in all processes of a boot, regardless of mounts and the
 * clock. On a machine it always starts with the kernel; there the run directory ends with the boot.
 * Units: ticks since the kernel's start.
 * Source: proc(5): field 22 of /proc/1/stat, after the name in brackets.
 */
function startOf(sys: Sys): string | undefined {
  return readLine(sys, '/proc/1/stat')
    ?.replace(/^.*\) /s, '')
    .split(' ')[19];
}

/** The kernel starts the first process of a machine in its first three seconds. Units: ticks of USER_HZ, which is 100. */
const LATEST_ON_MACHINE_TICKS = 300;

/** A container that starts again is a new boot of its node, with the machine's old ID. */
function isOfContainer(start: string): boolean {
  return Number(start) > LATEST_ON_MACHINE_TICKS;
}

function idOf(text: string): string {
  return sha1Hex(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

/** Returns the trimmed text of the file. */
export function readLine(sys: Sys, path: string): string | undefined {
  return readText(sys, path)?.trim();
}

/** Metadata comes first. Units: bytes. */
const HEAD_BYTES = 4096;

/**
 * Returns the identity of the machine: machine-id and product_uuid; undefined without one of them. A clone of a disk has
 * the first and not the second.
 * Source: machine-id(5); SMBIOS, System Information, UUID.
 */
export function readMachine(sys: Sys, paths: NodePaths): string | undefined {
  const root = rootOf(paths);
  const id = readLine(sys, `${root}/etc/machine-id`);
  const uuid = readLine(sys, `${root}/sys/class/dmi/id/product_uuid`);
  const machine = `${id}/${uuid?.toLowerCase()}`;
  return MACHINE.exec(machine)?.[0] === machine ? machine : undefined;
}

const MACHINE = /[0-9a-f]{32}\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** Returns the name of the node: that of its document, if this machine wrote it under another one. */
export function acceptedName(sys: Sys, paths: NodePaths, own: string): string {
  const text = readHead(sys, paths.document).replaceAll(/(^|\s)#.*$/gm, '');
  const name = /\bnode: *"?([^\s",}]+)/.exec(text)?.[1] ?? own;
  const machine = name === own ? undefined : MACHINE.exec(text)?.[0];
  return machine !== undefined && machine === readMachine(sys, paths) ? name : own;
}

function readHead(sys: Sys, path: string): string {
  const fd = sys.open(path, FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
  if (fd < 0) return '';
  const bytes = sys.readAt(fd, 0, HEAD_BYTES);
  sys.close(fd);
  return typeof bytes === 'number' ? '' : new TextDecoder().decode(bytes);
}
