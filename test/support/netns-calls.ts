/**
 * Namespaces as `ip netns add` and `ip netns del` make and delete them, by system calls: three processes for each of the thousands
 * of namespaces of a run would take longer.
 */
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';

/** Bun cannot load koffi: its few tests use ip(8). */
const openLibc =
  process.versions['bun'] === undefined
    ? (await import('../../reconciler/os/sys/koffi.ts')).openLibc
    : undefined;

/** Source: sched.h, sys/mount.h, sys/socket.h, net/if.h, bits/ioctls.h. */
const [CLONE_NEWNET, MS_BIND, MNT_DETACH] = [0x40000000, 4096, 2];
const [AF_INET, SOCK_DGRAM, SOCK_CLOEXEC, SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP] = [
  2, 2, 0o2000000, 0x8913, 0x8914, 1,
];
/** struct ifreq: a name, then the flags. */
const [IFREQ_BYTES, FLAGS_AT] = [40, 16];
const OWN = '/proc/thread-self/ns/net';

type Calls = ReturnType<typeof declareCalls>;
let declared: Calls | undefined;

function declareCalls(open: NonNullable<typeof openLibc>) {
  const declare = open();
  return {
    unshare: declare('int unshare(int)'),
    enter: declare('int setns(int, int)'),
    mount: declare('int mount(const void *, const void *, const void *, unsigned long, const void *)'),
    umount: declare('int umount2(const void *, int)'),
    socket: declare('int socket(int, int, int)'),
    ioctl: declare('int ioctl(int, unsigned long, void *)'),
  };
}

function callsOfLibc(): Calls | undefined {
  if (openLibc !== undefined) declared ??= declareCalls(openLibc);
  return declared;
}

/** Ensures a new namespace with its loopback up at that path of /run/netns; false where system calls cannot be made. */
export function addNamespace(path: string): boolean {
  const calls = callsOfLibc();
  if (calls === undefined) return false;
  closeSync(openSync(path, constants.O_RDONLY | constants.O_CREAT | constants.O_EXCL, 0o400));
  const own = openSync(OWN, 'r');
  // Only this thread is in the new namespace, and for these calls alone.
  let code = calls.unshare(CLONE_NEWNET);
  const isInside = code === 0;
  if (code === 0) code = setUpLoopback(calls);
  if (code === 0) code = calls.mount(encode(OWN), encode(path), encode('none'), MS_BIND, encode(''));
  if (isInside && calls.enter(own, CLONE_NEWNET) !== 0)
    throw new Error('the test cannot return to its network namespace');
  closeSync(own);
  if (code === 0) return true;
  unlinkSync(path);
  throw new Error(`${path} was not made: errno ${String(-code)}`);
}

/** Ensures that the namespace at that path is unmounted and its file gone; false where system calls cannot be made. */
export function deleteNamespace(path: string): boolean {
  const calls = callsOfLibc();
  if (calls === undefined || calls.umount(encode(path), MNT_DETACH) !== 0) return false;
  unlinkSync(path);
  return true;
}

function setUpLoopback({ socket, ioctl }: Calls): number {
  const fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fd;
  const request = Buffer.alloc(IFREQ_BYTES);
  request.write('lo');
  let code = ioctl(fd, SIOCGIFFLAGS, request);
  request.writeInt16LE(request.readInt16LE(FLAGS_AT) | IFF_UP, FLAGS_AT);
  if (code === 0) code = ioctl(fd, SIOCSIFFLAGS, request);
  closeSync(fd);
  return code;
}

function encode(text: string): Uint8Array {
  return Buffer.from(`${text}\0`);
}
