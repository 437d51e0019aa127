/** The kernel's features, from files of the node. Read-only. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Facts, Feature, PolicyFeature } from './facts.ts';
import { textAt } from './files.ts';

/** Options of the kernel build by module. Source: Kconfig of net/bridge, drivers/net, net/netfilter. */
const OPTIONS = {
  bridge: 'CONFIG_BRIDGE',
  veth: 'CONFIG_VETH',
  nf_tables: 'CONFIG_NF_TABLES',
  nf_tables_bridge: 'CONFIG_NF_TABLES_BRIDGE',
} as const;

const POLICY_OPTIONS: Readonly<Record<Exclude<PolicyFeature, 'nf_tables_inet'>, string>> = {
  nf_conntrack: 'CONFIG_NF_CONNTRACK',
  nf_conntrack_netlink: 'CONFIG_NF_CT_NETLINK',
  nft_ct: 'CONFIG_NFT_CT',
  nft_limit: 'CONFIG_NFT_LIMIT',
  nft_log: 'CONFIG_NFT_LOG',
};

/** Returns the features: a loaded module, a loadable one, or the kernel's build configuration. */
export function readFeatures(root: string, release: string): Facts['features'] {
  const { hasModule, hasPart } = lookUp(root, release);
  const nfTables = hasModule('nf_tables', OPTIONS.nf_tables);
  return {
    bridge: hasModule('bridge', OPTIONS.bridge),
    veth: hasModule('veth', OPTIONS.veth),
    nf_tables: nfTables,
    nf_tables_bridge: nfTables === 'absent' ? 'absent' : hasPart(OPTIONS.nf_tables_bridge),
  };
}

/** Returns the features that network policies need. */
export function readPolicyFeatures(root: string, release: string): NonNullable<Facts['policyFeatures']> {
  const { hasModule, hasPart } = lookUp(root, release);
  const has = (name: keyof typeof POLICY_OPTIONS): Feature => hasModule(name, POLICY_OPTIONS[name]);
  return {
    nf_conntrack: has('nf_conntrack'),
    nf_conntrack_netlink: has('nf_conntrack_netlink'),
    nf_tables_inet: hasPart('CONFIG_NF_TABLES_INET'),
    nft_ct: has('nft_ct'),
    nft_limit: has('nft_limit'),
    nft_log: has('nft_log'),
  };
}

/** Shape: a part is no module of its own. */
type Lookup = {
  readonly hasModule: (name: string, option: string) => Feature;
  readonly hasPart: (option: string) => Feature;
};

function lookUp(root: string, release: string): Lookup {
  const config = readConfig(root, release);
  const loaded = textAt(`${root}/proc/modules`) ?? textAt('/proc/modules') ?? '';
  const lists = ['modules.builtin', 'modules.dep'].flatMap(
    (name) => textAt(`${root}/lib/modules/${release}/${name}`) ?? [],
  );
  return {
    hasModule: (name, option) => {
      if (new RegExp(`^${name} `, 'm').test(loaded)) return 'present';
      if (lists.some((text) => text.includes(`/${name}.ko`))) return 'present';
      return optionOf(config, option) ?? (lists.length === 0 ? 'unknown' : 'absent');
    },
    hasPart: (option) => optionOf(config, option) ?? 'unknown',
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
