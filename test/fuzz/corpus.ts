/** Input of real runtimes on stdin and in the environment: the seeds of every fuzzed call. */
import type { JsonObject } from '../../plugin/protocol/json.ts';

const STATIC = { type: 'azure-vnet-ipam', subnet: '10.240.0.0/16', addresses: ['10.240.0.36-10.240.0.65'] };

const RESULT: JsonObject = {
  cniVersion: '1.0.0',
  interfaces: [
    { name: 'azure0', mac: '00:0d:3a:51:c4:90' },
    { name: 'azv4e5d2bcb0ec', mac: 'fe:06:ee:aa:b3:38' },
    { name: 'eth0', mac: '0a:28:4c:cd:b6:a3', sandbox: '/run/netns/pod-0' },
  ],
  ips: [{ interface: 2, address: '10.240.0.36/16', gateway: '10.240.0.1' }],
  routes: [{ dst: '0.0.0.0/0', gw: '10.240.0.1' }],
  dns: {},
};

const OLD_RESULT: JsonObject = {
  cniVersion: '0.2.0',
  ip4: { ip: '10.240.0.36/16', gateway: '10.240.0.1', routes: [{ dst: '0.0.0.0/0' }] },
  dns: { nameservers: ['168.63.129.16'] },
};

const AZURE: JsonObject = {
  bridge: 'azure0',
  cniVersion: '1.0.0',
  ipam: STATIC,
  mode: 'bridge',
  name: 'azure',
  type: 'azure-vnet',
};

/** Configurations by their authors. */
export const CONFIGURATIONS: readonly JsonObject[] = [
  AZURE,
  { cniVersion: '1.0.0' },
  { ...AZURE, cniVersion: '0.3.0', prevResult: { ...RESULT, cniVersion: '0.3.0' } },
  { ...AZURE, cniVersion: '0.1.0' },
  { ...AZURE, cniVersion: '0.2.0', prevResult: OLD_RESULT },
  { ...AZURE, prevResult: { ...RESULT, CNIVersion: '1.0.0' } },
  {
    ...AZURE,
    capabilities: { portMappings: true },
    runtimeConfig: {
      portMappings: [{ HostPort: 8081, ContainerPort: 80, Protocol: 'tcp', HostIP: '' }],
      bandwidth: null,
      dns: { Servers: ['168.63.129.16'], Searches: null, Options: null },
      ipRanges: [{ Subnet: '10.240.0.0/16', RangeStart: '', RangeEnd: '', Gateway: '' }],
    },
  },
  { ...AZURE, RuntimeConfig: { ips: ['10.240.0.40/16'], mac: '0a:00:00:00:00:40' } },
  { ...AZURE, args: { cni: { ips: ['10.240.0.41'], labels: [{ key: 'a', value: 'b' }] } } },
  {
    ...AZURE,
    cniVersion: '1.1.0',
    'cni.dev/valid-attachments': [{ containerID: 'c0', ifname: 'eth0' }],
    'cni.dev/attachments': [{ containerID: 'c0', ifname: 'eth0' }],
  },
  { ...AZURE, cniVersion: '1.1.0', 'cni.dev/valid-attachments': [] },
  { cniVersion: '1.0.0', name: 'azure', type: 'bridge', bridge: 'cni0', ipam: { type: 'azure-vnet-ipam' } },
  { ...AZURE, ipam: { type: 'host-local', subnet: '10.9.0.0/24' } },
];

/** Replacement values of a variable or key. No path starts at the root of a file system. */
export const ODD_TEXTS: readonly string[] = [
  '',
  '.',
  '..',
  'dummy',
  '../../etc/passwd',
  'a b',
  'é'.repeat(9),
  '\u0000',
  '\u202e',
  '0.0.0.0/0',
  '10.240.0.36/16',
  '999.1.1.1',
  'ff:ff:ff:ff:ff:ff',
  '1.1.0',
  '9.9.9',
  '__proto__',
  'constructor',
  '{}',
  'null',
  '-1',
  '1e999',
  'x'.repeat(5_000),
  '&anchor *alias !!js/function',
  '# comment\nendpoints: {}',
];

/** Values of CNI_ARGS. */
export const ARGS: readonly string[] = [
  '',
  'IgnoreUnknown=1;K8S_POD_NAME=web',
  'K8S_POD_UID=u;K8S_POD_NAME=web;IgnoreUnknown=1;K8S_POD_INFRA_CONTAINER_ID=c;K8S_POD_NAMESPACE=shop',
  'IgnoreUnknown=1;K8S_POD_NAME=web;MAC=0a:28:4c:cd:b6:a3;IP=10.240.0.44',
  'IP=10.240.0.36',
  'IP=fd00::1;MAC=ff:ff:ff:ff:ff:ff',
  'FOO=BAR',
  'A=B=C',
  ';;=;',
];
