/** Kernel settings. Pure. */
import type { Kind, NetnsPath } from './kind.ts';

/** A kernel setting. `name` is the path below /proc/sys (`net/ipv6/conf/azure0/accept_ra`). */
export type SysctlObject = {
  readonly kind: 'sysctl';
  readonly netns: NetnsPath;
  readonly name: string;
  readonly value: string;
};

/** Settings. Only those that are asked for are read. */
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
