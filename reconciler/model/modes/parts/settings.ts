/** The sysctls of an uplink that its carrier gets too. Pure. */
import type { Uplink } from '../../../../schemas/generated/vnet.ts';
import { ACCEPT_RA, settingOn, type SysctlPlace, sysctlKeyOf } from '../../kinds/sysctl.ts';
import { HOST, type State, type SysctlObject } from '../../state.ts';

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
