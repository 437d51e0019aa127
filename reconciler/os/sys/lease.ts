/** Leases of files. Source: fcntl(2). */
const F_SETSIG = 10;
const F_SETLEASE = 1024;
const F_WRLCK = 1;
const F_UNLCK = 2;
/** Ignored by default. A process that opens the file at this moment breaks the lease, and the holder gets the signal. */
const SIGURG = 23;

/** Returns true if the file, opened for writing, is open nowhere else: only then it can be leased for writing. */
export function isOpenAlone(
  fcntl: (fd: number, command: number, argument: number) => number,
  fd: number,
): boolean {
  fcntl(fd, F_SETSIG, SIGURG);
  if (fcntl(fd, F_SETLEASE, F_WRLCK) < 0) return false;
  return fcntl(fd, F_SETLEASE, F_UNLCK) === 0;
}
