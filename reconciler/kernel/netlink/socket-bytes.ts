/** Values of socket calls as bytes: options and addresses. Pure. */
import { FLAGS } from '../../model/ports/sys.ts';

/** Returns the value of a socket option that is an int. */
export function intOption(value: number): Uint8Array {
  return new Uint8Array(new Int32Array([value]).buffer);
}

/** Returns the address to bind for these multicast groups (struct sockaddr_nl): the kernel chooses the port. */
export function groupAddress(groups: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(12);
  bytes.set(new Uint8Array(new Uint16Array([FLAGS.AF_NETLINK]).buffer));
  bytes.set(intOption(groups.reduce((mask, group) => mask | (1 << (group - 1)), 0)), 8);
  return bytes;
}
