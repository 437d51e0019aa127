/** Cases of CNI and of vnet's own state. */
import type { Facts } from '../../../../reconciler/cli/verbs/doctor/facts.ts';
import type { Case } from './cases-kernel.ts';
import { HEALTHY, withDocument } from './healthy.ts';

const cniFile = (name: string, ...plugins: readonly string[]) => ({
  path: `/etc/cni/net.d/${name}`,
  plugins,
});

const [plugin, ipam] = HEALTHY.cni.binaries;

const cni = (more: Partial<Facts['cni']>): Partial<Facts> => ({ cni: { ...HEALTHY.cni, ...more } });

const unitFile = (name: string, ...lines: readonly string[]) => ({
  path: `/etc/systemd/system/${name}`,
  text: ['[Service]', ...lines, ''].join('\n'),
});

const WITHOUT_PACKETS = unitFile(
  'vnet-watch.service',
  'CapabilityBoundingSet=CAP_NET_ADMIN',
  'RestrictAddressFamilies=AF_NETLINK',
);

const LOCK = { path: '/run/vnet/round.lock', record: '811 vnet reconcile since 2026-11-21T11:50:00.000Z' };

/** Cases of CNI and of vnet's own state. */
export const STATE_CASES: readonly Case[] = [
  [
    'conflist',
    'no configuration with azure-vnet',
    cni({ files: [cniFile('10-flannel.conflist', 'flannel')] }),
    'problem',
    /no file in \/etc\/cni\/net\.d uses azure-vnet/,
  ],
  [
    'conflist',
    'another configuration before it',
    cni({ files: [cniFile('05-cilium.conflist', 'cilium-cni'), cniFile('10-azure.conflist', 'azure-vnet')] }),
    'problem',
    /mv \/etc\/cni\/net\.d\/05-cilium\.conflist/,
  ],
  [
    'conflist',
    'azure-vnet not first in its chain',
    cni({ files: [cniFile('10-azure.conflist', 'tuning', 'azure-vnet')] }),
    'problem',
    /put it first/,
  ],
  [
    'conflist',
    'a truncated file before it',
    cni({
      files: [
        { path: '/etc/cni/net.d/00.conf', plugins: undefined },
        cniFile('10-azure.conflist', 'azure-vnet'),
      ],
    }),
    'problem',
    /00\.conf comes first and is not a CNI/,
  ],
  [
    'binaries',
    'a missing executable',
    cni({ binaries: [{ ...(plugin ?? fail()), isThere: false }] }),
    'problem',
    /not installed/,
  ],
  [
    'binaries',
    'a file that is not executable',
    cni({ binaries: [{ ...(plugin ?? fail()), isExecutable: false }] }),
    'problem',
    /chmod 0755/,
  ],
  [
    'calls',
    'a service without its socket',
    { enabled: { watchService: true, watchSocket: false } },
    'warning',
    /systemctl enable --now vnet-watch\.socket/,
  ],
  [
    'probes',
    'a sandbox of the service without packet sockets',
    {
      probing: ['azure'],
      watchUnit: [WITHOUT_PACKETS],
    },
    'problem',
    /10-vnet-probe\.conf/,
  ],
  [
    'probes',
    'a drop-in with one of its two settings',
    {
      probing: ['azure'],
      watchUnit: [
        WITHOUT_PACKETS,
        unitFile('vnet-watch.service.d/10.conf', 'CapabilityBoundingSet=CAP_NET_RAW'),
      ],
    },
    'problem',
    /allows no packet socket/,
  ],
  [
    'probes',
    'a drop-in with both',
    {
      probing: ['azure'],
      watchUnit: [
        WITHOUT_PACKETS,
        unitFile(
          'vnet-watch.service.d/10.conf',
          'CapabilityBoundingSet=CAP_NET_RAW',
          'RestrictAddressFamilies=AF_PACKET',
        ),
      ],
    },
    'ok',
    /probes addresses: azure/,
  ],
  [
    'version',
    'an older plugin',
    cni({ binaries: [plugin ?? fail(), { ...(ipam ?? fail()), version: '0.0.9' }] }),
    'warning',
    /azure-vnet-ipam is 0\.0\.9/,
  ],
  [
    'version',
    "Microsoft's plugin",
    cni({ binaries: [{ ...(plugin ?? fail()), version: undefined }] }),
    'warning',
    /not from vnet/,
  ],
  [
    'ebtables',
    'rules left by azure-vnet',
    { ebtablesRules: ['-p ARP -i eth0 -j arpreply'] },
    'problem',
    /ebtables -t nat -F PREROUTING/,
  ],
  [
    'azure-files',
    'state files left by azure-vnet',
    { azureFiles: ['/var/run/azure-vnet.json'] },
    'warning',
    /rm \/var\/run\/azure-vnet\.json/,
  ],
  [
    'document',
    'an invalid document',
    withDocument({ problem: 'vnet.yaml:3:4: no' }),
    'problem',
    /vnet validate/,
  ],
  [
    'document',
    'a refused hand edit',
    withDocument({ refused: 'vnet.yaml.refused:3:4: no' }),
    'warning',
    /vnet edit --resolve/,
  ],
  [
    'directory',
    'a missing directory',
    withDocument({ hasStateDirectory: false }),
    'warning',
    /mkdir -p -m 0700/,
  ],
  ['directory', 'a nearly full disk', withDocument({ freeBytes: 20 * 1024 * 1024 }), 'warning', /20 MiB/],
  ['directory', 'a full disk', withDocument({ freeBytes: 1024 }), 'problem', /0 MiB/],
  [
    'writes',
    'a file that cannot be replaced',
    withDocument({ unwritable: '/var/lib/vnet/vnet.yaml cannot be written: the file is immutable' }),
    'problem',
    /immutable.*lsattr/,
  ],
  [
    'leftovers',
    'temporary files of killed processes',
    withDocument({ leftovers: ['/var/lib/vnet/.vnet.yaml.tmp'] }),
    'warning',
    /rm \/var/,
  ],
  [
    'baseline',
    'an unreadable baseline',
    withDocument({ baselineProblem: 'not JSON' }),
    'warning',
    /no drift counts as accepted/,
  ],
  [
    'locks',
    'a lock held for ten minutes',
    { locks: [{ ...LOCK, holders: [{ pid: 811, mode: 'WRITE' }] }] },
    'problem',
    /process 811 \(vnet reconcile\)/,
  ],
  ['locks', 'the record of a free lock', { locks: [{ ...LOCK, holders: [] }] }, 'ok', /no lock/],
  [
    'locks',
    'a lock taken by another process since',
    { locks: [{ ...LOCK, holders: [{ pid: 812, mode: 'WRITE' }] }] },
    'ok',
    /no lock/,
  ],
  [
    'clock',
    'a clock that was set back',
    withDocument({ newestTime: '2026-11-21T13:00:00.000Z' }),
    'warning',
    /set back by 3600 s/,
  ],
];

function fail(): never {
  throw new Error('the healthy node has two binaries');
}
