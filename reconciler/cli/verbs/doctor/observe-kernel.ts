/** The kernel's features, from files of the node. Read-only. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Facts, Feature } from './facts.ts';
import { textAt } from './files.ts';

/** Options of the kernel build. Source: Kconfig of net/bridge, drivers/net, net/netfilter. */
const OPTIONS = {
  bridge: 'CONFIG_BRIDGE',
  veth: 'CONFIG_VETH',
  nf_tables: 'CONFIG_NF_TABLES',
  nf_tables_bridge: 'CONFIG_NF_TABLES_BRIDGE',
} as const;

/** Returns the features: a loaded module, a loadable one, or the kernel's build configuration. */
export function readFeatures(root: string, release: string): Facts['features'] {
  const config = readConfig(root, release);
  const loaded = textAt(`${root}/proc/modules`) ?? textAt('/proc/modules') ?? '';
  const listed = ['modules.builtin', 'modules.dep'].map((name) =>
    textAt(`${root}/lib/modules/${release}/${name}`),
  );
  const hasModule = (name: keyof typeof OPTIONS): Feature => {
    if (new RegExp(`^${name} `, 'm').test(loaded)) return 'present';
    const lists = listed.filter((text) => text !== undefined);
    if (lists.some((text) => text.includes(`/${name}.ko`))) return 'present';
    const option = optionOf(config, OPTIONS[name]);
    return option ?? (lists.length === 0 ? 'unknown' : 'absent');
  };
  const nfTables = hasModule('nf_tables');
  return {
    bridge: hasModule('bridge'),
    veth: hasModule('veth'),
    nf_tables: nfTables,
    nf_tables_bridge:
      nfTables === 'absent' ? 'absent' : (optionOf(config, OPTIONS.nf_tables_bridge) ?? 'unknown'),
  };
}

function optionOf(config: string | undefined, option: string): Feature | undefined {
  if (config === undefined) return undefined;
  return new RegExp(`^${option}=[ym]$`, 'm').test(config) ? 'present' : 'absent';
}

function readConfig(root: string, release: string): string | undefined {
  const plain = textAt(`${root}/boot/config-${release}`) ?? textAt(`${root}/lib/modules/${release}/config`);
  if (plain !== undefined) return plain;
  const packed = [`${root}/proc/config.gz`, '/proc/config.gz'].find((path) => existsSync(path));
  if (packed === undefined) return undefined;
  try {
    return gunzipSync(readFileSync(packed)).toString('utf8');
  } catch {
    return undefined;
  }
}
