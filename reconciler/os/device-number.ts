/** Numbers of devices. Pure. */

/** Returns the number as in stat(2). Source: include/linux/kdev_t.h, new_encode_dev(). */
export function deviceNumber(major: number, minor: number): number {
  return (minor % 2 ** 8) + major * 2 ** 8 + Math.floor(minor / 2 ** 8) * 2 ** 20;
}
