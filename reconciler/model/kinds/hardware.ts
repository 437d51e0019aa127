/** The identity of an interface besides its name, from attributes that vnet only carries. Pure. */
import type { LinkObject } from './link.ts';

/** Source: linux/if_link.h. */
const IFLA_PROP_LIST = '52';
const IFLA_ALT_IFNAME = 53;
const IFLA_PERM_ADDRESS = '54';
const IFLA_PARENT_DEV_NAME = '56';
const IFLA_PARENT_DEV_BUS_NAME = '57';

/**
 * The identity of an interface.
 * Shape: `permanentMac` is the burned-in MAC, `busPath` as in `pci/0000:00:04.0`; a virtual interface has
 * neither. `altNames` are accepted by the kernel wherever the name is.
 */
export type Hardware = {
  readonly permanentMac?: string;
  readonly busPath?: string;
  readonly altNames: readonly string[];
};

/** Returns the identity of the interface. */
export function hardwareOf({ rest = [] }: Pick<LinkObject, 'rest'>): Hardware {
  const values = new Map(
    rest.map((attribute) => {
      const [type = '', hex = ''] = attribute.split(' ');
      return [type.replace('n', ''), bytesOf(hex)];
    }),
  );
  const mac = values.get(IFLA_PERM_ADDRESS) ?? [];
  const bus = textOf(values.get(IFLA_PARENT_DEV_BUS_NAME) ?? []);
  const device = textOf(values.get(IFLA_PARENT_DEV_NAME) ?? []);
  return {
    ...(mac.length === 6 && mac.some((byte) => byte !== 0) ? { permanentMac: mac.map(pair).join(':') } : {}),
    ...(device === '' ? {} : { busPath: bus === '' ? device : `${bus}/${device}` }),
    altNames: namesIn(values.get(IFLA_PROP_LIST) ?? []),
  };
}

/**
 * Source: netlink(7): length and type of two bytes each, little-endian on both architectures; padded to four.
 */
function namesIn(bytes: readonly number[]): readonly string[] {
  const names: string[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 256;
    if (length < 4) break;
    if (bytes[at + 2] === IFLA_ALT_IFNAME) names.push(textOf(bytes.slice(at + 4, at + length)));
    at += Math.ceil(length / 4) * 4;
  }
  return names;
}

function textOf(bytes: readonly number[]): string {
  return new TextDecoder().decode(Uint8Array.from(bytes)).replace(/\0.*$/s, '');
}

function bytesOf(hex: string): readonly number[] {
  return (hex.match(/../g) ?? []).map((digits) => Number.parseInt(digits, 16));
}

function pair(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
