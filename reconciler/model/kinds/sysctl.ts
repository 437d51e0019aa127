/** Sysctls. Pure. */
import { HOST, type Kind, type KernelObject, type NetnsPath } from './kind.ts';
import type { RouteObject } from './route.ts';

/** Whether IPv6 is disabled on new interfaces: 0, 1, or `none` for a kernel without IPv6 (ipv6.disable=1), which lacks the sysctl. */
export const IPV6_OFF = 'net/ipv6/conf/default/disable_ipv6';

/** Returns the name of the sysctl that disables IPv6 on the interface. */
export function ipv6Switch(dev: string): string {
  return IPV6_OFF.replace('default', dev);
}

/** The setting by which the kernel configures an interface by router advertisements. */
export const ACCEPT_RA = 'ipv6/conf/accept_ra';

/** The setting by which it routes, which makes it ignore them unless accept_ra is 2. */
export const FORWARDING = 'ipv6/conf/forwarding';

/** Returns the name of the setting's sysctl on an interface. */
export function settingOn(name: string, dev: string): string {
  const at = name.lastIndexOf('/');
  return `net/${name.slice(0, at)}/${dev}${name.slice(at)}`;
}

/** A sysctl to read. Shape: `*` in the name stands for each interface of the node with an IPv6 default route. */
export type SysctlPlace = { readonly netns: NetnsPath; readonly name: string };

/** Returns the sysctls to read on a node with these objects. */
export function sysctlsOn(
  places: readonly SysctlPlace[],
  objects: Iterable<KernelObject>,
): readonly SysctlPlace[] {
  if (!places.some(({ name }) => name.includes('*'))) return places;
  const devices = new Set<string>();
  for (const object of objects) if (isIpv6Default(object)) devices.add(object.dev);
  return places.flatMap((place) =>
    place.name.includes('*')
      ? Array.from(devices, (dev) => ({ netns: HOST, name: place.name.replace('*', dev) }))
      : [place],
  );
}

function isIpv6Default(object: KernelObject): object is RouteObject {
  return (
    object.kind === 'route' &&
    object.netns === HOST &&
    'to' in object &&
    object.to === 'default' &&
    'family' in object &&
    object.family === 6
  );
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
  // The node heeds its routers beyond the moment when it begins to forward.
  rank: ({ name }) => (name.endsWith('/all/forwarding') ? 21 : 20),
  describe: ({ name, value }) => [`sysctl ${name}`, value],
  isOurs: () => false,
  needs: ({ name }, desired) =>
    [...desired.bridges()].flatMap(([bridge, key]) => (name.includes(`/${bridge}/`) ? [key] : [])),
};
