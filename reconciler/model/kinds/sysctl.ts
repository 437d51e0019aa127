/** Sysctls. Pure. */
import type { Kind, NetnsPath } from './kind.ts';

/** Whether IPv6 is disabled on new interfaces: 0, 1, or `none` for a kernel without IPv6 (ipv6.disable=1), which lacks the sysctl. */
export const IPV6_OFF = 'net/ipv6/conf/default/disable_ipv6';

/** Returns the name of the sysctl that disables IPv6 on the interface. */
export function ipv6Switch(dev: string): string {
  return IPV6_OFF.replace('default', dev);
}

/** A sysctl. `name` is the path below /proc/sys (`net/ipv6/conf/azure0/accept_ra`). */
export type SysctlObject = {
  readonly kind: 'sysctl';
  readonly netns: NetnsPath;
  readonly name: string;
  readonly value: string;
};

/** Returns the key of the sysctl. */
export function sysctlKeyOf(name: string): string {
  return `sysctl ${name}`;
}

/** Sysctls. Only those named by a scope are read. */
export const sysctlKind: Kind<SysctlObject> = {
  fields: { value: 'value' },
  policy: 'sysctls',
  key: ({ name }) => sysctlKeyOf(name),
  rank: () => 20,
  describe: ({ name, value }) => [`sysctl ${name}`, value],
  isOurs: () => false,
  needs: ({ name }, desired) =>
    [...desired.bridges()].flatMap(([bridge, key]) => (name.includes(`/${bridge}/`) ? [key] : [])),
};
