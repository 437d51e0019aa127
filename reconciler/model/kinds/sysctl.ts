/** Sysctls. Pure. */
import type { Kind, NetnsPath } from './kind.ts';

/** A sysctl. `name` is the path below /proc/sys (`net/ipv6/conf/azure0/accept_ra`). */
export type SysctlObject = {
  readonly kind: 'sysctl';
  readonly netns: NetnsPath;
  readonly name: string;
  readonly value: string;
};

/** Sysctls. Only those named by a scope are read. */
export const sysctlKind: Kind<SysctlObject> = {
  fields: { value: 'value' },
  policy: 'sysctls',
  key: ({ name }) => `sysctl ${name}`,
  rank: () => 20,
  describe: ({ name, value }) => [`sysctl ${name}`, value],
  isOurs: () => false,
  needs: ({ name }, desired) =>
    [...desired.bridges()].flatMap(([bridge, key]) => (name.includes(`/${bridge}/`) ? [key] : [])),
};
