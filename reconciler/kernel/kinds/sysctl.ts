/** Sysctls, below /proc/sys. Those below net belong to the thread's network namespace. */
import { IPV6_OFF, type SysctlObject } from '../../model/kinds/sysctl.ts';
import { Bug, err, fail, ok, type Result } from '../../model/result.ts';
import { keyOf, type NetnsPath } from '../../model/state.ts';
import { ERRNO, FLAGS, type Sys } from '../../model/ports/sys.ts';
import { failureOf } from '../../os/errno.ts';
import type { Sockets } from '../sockets.ts';
import type { Wire } from './wire.ts';

const ABSENT: ReadonlySet<number> = new Set([ERRNO.ENOENT, ERRNO.ENOTDIR, ERRNO.ENODEV]);

/** Sysctls. Only those named by a scope are read; the kernel does not announce changes. */
export const sysctlWire: Wire<SysctlObject> = {
  create: ({ sockets }, want) => applySysctl(sockets, want),
  change: ({ sockets }, { want }) => applySysctl(sockets, want),
  remove: (_context, have) => {
    const hint = 'Set another value instead.';
    return fail('unsupported', `delete ${keyOf(have)}`, 'a sysctl cannot be deleted', { hint });
  },
};

/** Returns the named sysctls of the namespace; those that do not exist are omitted. */
export function readSysctls(
  { sys, namespaces }: Sockets,
  netns: NetnsPath,
  asked: readonly { readonly netns: NetnsPath; readonly name: string }[],
): Result<SysctlObject[]> {
  const here = asked.filter((one) => one.netns === netns);
  if (here.length === 0) return ok([]);
  return namespaces.visit(netns, () => {
    const found: SysctlObject[] = [];
    for (const { name } of here) {
      const value = readSysctl(sys, name);
      if (!value.ok) return value;
      const text = value.value ?? (name === IPV6_OFF ? 'none' : undefined);
      if (text !== undefined) found.push({ kind: 'sysctl', netns, name, value: text });
    }
    return ok(found);
  });
}

/** Returns the sysctl's value in the thread's namespace; undefined if it does not exist. */
function readSysctl(sys: Sys, name: string): Result<string | undefined> {
  const step = `read sysctl ${name}`;
  const fd = sys.open(pathOf(name), FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
  if (fd < 0) return ABSENT.has(-fd) ? ok(undefined) : err(failureOf(fd, step));
  const first = sys.readAt(fd, 0, room.length, room);
  const bytes = typeof first !== 'number' && first.length === room.length ? sys.readAll(fd) : first;
  sys.close(fd);
  if (typeof bytes === 'number') return ABSENT.has(-bytes) ? ok(undefined) : err(failureOf(bytes, step));
  return ok(decoder.decode(bytes).trim());
}

/** Reused: a takeover reads hundreds of sysctls, almost all of them numbers. */
const room = new Uint8Array(1024);
const decoder = new TextDecoder();

/** Ensures the value. Errors: `not-found` if there is no such sysctl (in this namespace, for this device). */
function applySysctl({ sys, namespaces }: Sockets, want: SysctlObject): Result<'changed' | 'unchanged'> {
  const step = `set sysctl ${want.name} to ${want.value}`;
  return namespaces.visit(want.netns, () => {
    const have = readSysctl(sys, want.name);
    if (!have.ok) return have;
    if (have.value === undefined) return err(failureOf(ERRNO.ENOENT, step));
    if (have.value === want.value) return ok('unchanged');
    const fd = sys.open(pathOf(want.name), FLAGS.O_WRONLY | FLAGS.O_CLOEXEC, 0);
    if (fd < 0) return err(failureOf(fd, step));
    const code = sys.write(fd, new TextEncoder().encode(`${want.value}\n`));
    sys.close(fd);
    return code < 0 ? err(failureOf(code, step)) : ok('changed');
  });
}

/** Names have slashes, since interface names may have dots. Throws a Bug for a name outside /proc/sys. */
function pathOf(name: string): string {
  if (name.startsWith('/') || name.split('/').includes('..'))
    throw new Bug(`not the name of a sysctl: ${name}`);
  return `/proc/sys/${name}`;
}
