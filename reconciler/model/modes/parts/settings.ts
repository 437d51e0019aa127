/** The sysctls of an uplink that its carrier gets too. Pure. */
import type { Uplink } from '../../../../schemas/generated/vnet.ts';
import { type SysctlPlace, sysctlKeyOf } from '../../kinds/sysctl.ts';
import { HOST, type State, type SysctlObject } from '../../state.ts';

/** The setting by which the kernel configures an interface by router advertisements. */
export const ACCEPT_RA = 'ipv6/conf/accept_ra';

/** The setting by which it routes, which makes it ignore them unless accept_ra is 2. */
export const FORWARDING = 'ipv6/conf/forwarding';

/** Returns the name of the setting's sysctl on an interface. */
export function settingOn(name: string, dev: string): string {
  const at = name.lastIndexOf('/');
  return `net/${name.slice(0, at)}/${dev}${name.slice(at)}`;
}

/** Returns the sysctls to observe for a carrier with the settings of its uplink. */
export function settingScope({ name, settings = [] }: Uplink, carrier: string): readonly SysctlPlace[] {
  return [
    ...settings.flatMap((one) => settingsOn(one.name, [carrier, name])),
    ...[ACCEPT_RA, FORWARDING].flatMap((one) => settingsOn(one, [name])),
  ];
}

/** Returns the setting's sysctls on these interfaces. */
export function settingsOn(name: string, devices: readonly string[]): readonly SysctlPlace[] {
  return devices.map((dev) => ({ netns: HOST, name: settingOn(name, dev) }));
}

/** Returns the observed value of the setting on the interface. */
export function valueOn(state: State, name: string, dev: string): string | undefined {
  const setting = state.get(sysctlKeyOf(settingOn(name, dev)));
  return setting?.kind === 'sysctl' ? setting.value : undefined;
}

/** Returns true if the kernel configures the carrier of this uplink by router advertisements. */
export function acceptsRouters({ settings = [] }: Pick<Uplink, 'settings'>): boolean {
  return settings.some(({ name, value }) => name === ACCEPT_RA && value !== '0');
}

/** Returns the settings as sysctls of the carrier; those that the kernel does not have are left out. */
export function settingObjects(
  { name: uplink, settings = [] }: Uplink,
  carrier: string,
  seen: State | undefined,
): readonly SysctlObject[] {
  return settings
    .filter(({ name }) => seen === undefined || valueOn(seen, name, uplink) !== undefined)
    .map(({ name, value }) => ({ kind: 'sysctl', netns: HOST, name: settingOn(name, carrier), value }));
}
