/** The files that an installed node has, in the order in which they are made. Pure. */

/** The means that keep the network converged: the resident process, a timer, or calls alone. */
export const SERVICES = ['watch', 'timer', 'none'] as const;

/** One of SERVICES. */
export type ServiceChoice = (typeof SERVICES)[number];

/** A file, link or setting of an installed node. Shape: paths are those on the node, without `--root`. */
export type InstallItem = { readonly path: string; readonly label: string } & (
  | { readonly kind: 'file'; readonly text: string }
  | { readonly kind: 'program'; readonly source: string; readonly digest: string; readonly size: number }
  | { readonly kind: 'hard-link'; readonly to: string }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'sysctl'; readonly value: string }
);

/** One of the executables to install. Units: `size` bytes. */
export type SourceProgram = { readonly path: string; readonly digest: string; readonly size: number };

/**
 * The input of installItems().
 * Shape: `units` are texts by name; `packaged` are the units with the same text that a package has installed;
 * `fixes` are files of `vnet doctor --fix`.
 */
export type InstallFacts = {
  readonly programs: { readonly vnet: SourceProgram; readonly plugin: SourceProgram };
  readonly service: ServiceChoice;
  readonly hasSystemd: boolean;
  readonly units: ReadonlyMap<string, string>;
  readonly packaged: ReadonlySet<string>;
  readonly ipForward: string | undefined;
  readonly fixes: readonly { readonly path: string; readonly text: string }[];
};

/** Directory of CNI plugins. Source: the default of containerd, CRI-O and kubelet. */
export const CNI_BIN = '/opt/cni/bin';

/** Directory of CNI configurations, read in lexical order. */
export const CNI_CONF = '/etc/cni/net.d';

/** Directory of the administrator's units. Source: systemd.unit(5). */
const UNIT_FOLDER = '/etc/systemd/system';

/** The units that each service enables, and the targets that want them. */
const ENABLED: Readonly<Record<ServiceChoice, readonly (readonly [target: string, unit: string])[]>> = {
  watch: [
    ['multi-user.target', 'vnet-boot.service'],
    ['sockets.target', 'vnet-watch.socket'],
    ['multi-user.target', 'vnet-watch.service'],
  ],
  timer: [
    ['multi-user.target', 'vnet-boot.service'],
    ['timers.target', 'vnet-reconcile.timer'],
  ],
  none: [['multi-user.target', 'vnet-boot.service']],
};

/** Returns the units that run for the service once the node is installed. */
export function startedUnits(service: ServiceChoice): readonly string[] {
  if (service === 'watch') return ['vnet-watch.socket', 'vnet-watch.service'];
  return service === 'timer' ? ['vnet-reconcile.timer'] : [];
}

/**
 * Returns the items in order: settings and programs before the units that run them. The CNI configuration is
 * not among them: it comes after the units have started (conflistItem).
 */
export function installItems(facts: InstallFacts): readonly InstallItem[] {
  return [...sysctlItems(facts), ...programItems(facts), ...unitItems(facts), ...fixItems(facts)];
}

/** Forwarding is for service addresses; it is set only where it is off. */
function sysctlItems({ ipForward }: InstallFacts): readonly InstallItem[] {
  if (ipForward !== '0') return [];
  return [
    {
      kind: 'file',
      path: '/etc/sysctl.d/90-vnet-ip-forward.conf',
      text: '# vnet install: pods reach service addresses through the node.\nnet.ipv4.ip_forward=1\n',
      label: 'sysctl for the next boot',
    },
    { kind: 'sysctl', path: '/proc/sys/net/ipv4/ip_forward', value: '1', label: 'sysctl' },
  ];
}

function programItems({ programs: { vnet, plugin } }: InstallFacts): readonly InstallItem[] {
  const [program, shim] = [`${CNI_BIN}/vnet`, `${CNI_BIN}/azure-vnet`];
  return [
    { ...vnet, kind: 'program', path: program, source: vnet.path, label: 'program' },
    { ...plugin, kind: 'program', path: shim, source: plugin.path, label: 'CNI plugin' },
    { kind: 'hard-link', path: `${shim}-ipam`, to: shim, label: 'IPAM plugin' },
    { kind: 'link', path: '/usr/local/bin/vnet', target: program, label: 'command' },
    { kind: 'link', path: '/usr/local/bin/reconcile', target: program, label: 'command' },
  ];
}

function unitItems({ hasSystemd, units, packaged, service }: InstallFacts): readonly InstallItem[] {
  if (!hasSystemd) return [];
  const files = [...units].filter(([name]) => !packaged.has(name));
  return [
    ...files.map(
      ([name, text]): InstallItem => ({ kind: 'file', path: `${UNIT_FOLDER}/${name}`, text, label: 'unit' }),
    ),
    ...ENABLED[service].map(
      ([target, unit]): InstallItem => ({
        kind: 'link',
        path: `${UNIT_FOLDER}/${target}.wants/${unit}`,
        target: packaged.has(unit) ? `${PACKAGED_UNITS}/${unit}` : `${UNIT_FOLDER}/${unit}`,
        label: 'enabled unit',
      }),
    ),
  ];
}

/** Directory of units that packages install. */
export const PACKAGED_UNITS = '/usr/lib/systemd/system';

function fixItems({ fixes }: InstallFacts): readonly InstallItem[] {
  return fixes.map(({ path, text }) => ({ kind: 'file', path, text, label: 'vnet doctor --fix' }));
}

/** A CNI configuration of the node. Shape: `plugins` are the types in order; undefined if it is not valid JSON. */
type CniConfiguration = { readonly path: string; readonly plugins: readonly string[] | undefined };

/** The CNI configuration: a file to write, the one that already uses azure-vnet, or no name that comes first. */
export type ConflistChoice =
  | { readonly kind: 'item'; readonly item: InstallItem; readonly precedes: readonly string[] }
  | { readonly kind: 'kept'; readonly path: string }
  | { readonly kind: 'blocked'; readonly path: string };

/** Names in descending order; each sorts before the names of most other files. */
const CONFLIST_NAMES = ['10-azure.conflist', '05-azure.conflist', '01-azure.conflist', '00-azure.conflist'];

/**
 * Returns the CNI configuration of the node. A runtime uses the first file in lexical order, so the name sorts
 * before those of all other files; a first file that uses azure-vnet is kept unchanged.
 * Source: libcni, ConfFiles; go-cni with max_conf_num 1.
 */
export function conflistItem(text: string, cniFiles: readonly CniConfiguration[]): ConflistChoice {
  const [first] = cniFiles;
  if (first?.plugins?.[0] === 'azure-vnet') return { kind: 'kept', path: first.path };
  const others = cniFiles.map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
  const name = CONFLIST_NAMES.find((candidate) => others.every((other) => candidate < other));
  if (name === undefined) return { kind: 'blocked', path: first?.path ?? CNI_CONF };
  const path = `${CNI_CONF}/${name}`;
  return {
    kind: 'item',
    item: { kind: 'file', path, text, label: 'CNI configuration' },
    precedes: others,
  };
}
