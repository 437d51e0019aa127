/** Errors of a configuration that the document's validation finds. Pure. Loaded by a network's first ADD. */
import type { Problem } from '../../reconciler/document/store/store.ts';
import { CNI_CODES, type CniError, cniError, toCniError } from './errors.ts';

/** The key of the configuration for each path of a network in the document. */
const KEYS: readonly (readonly [path: RegExp, key: string])[] = [
  [/^pools?(?:\.ipv[46])?\.(subnet|gateway|addresses|quarantineSeconds|url)\b/, 'ipam.$1'],
  [/^bridge\.name\b/, 'bridge'],
  [/^uplink\b[^:]*/, 'master'],
  [/^mode\b/, 'mode'],
  [/^: /, 'name: '],
];

/** Source: cloud-init, DataSourceAzure. */
const SECONDARIES =
  'Remove these addresses from the node (ip address del …), or from the pool. cloud-init adds secondary addresses to the NIC: set apply_network_config_for_secondary_ips: false for datasource Azure in /etc/cloud/cloud.cfg.d.';

/**
 * Returns the error of a first ADD with a refused network: code 7 with the keys of the configuration, if
 * validation refused their values; else the code of the problem.
 */
export function netconfFault(problem: Problem, network: string): CniError {
  const prefix = `networks.${network}`;
  if (problem.kind !== 'failure' || problem.code !== 'invalid' || !problem.message.includes(prefix)) {
    return toCniError(problem, 'document');
  }
  const [, ...found] = problem.message.split(prefix);
  const lines = found.map((text) => inWords(text.replace(/^\./, '').replace(/; $/, '')));
  const isOnNode = lines.some((line) => line.includes('is an address of the node'));
  const how = isOnNode ? SECONDARIES : 'Correct the CNI configuration. Nothing was written.';
  return cniError(
    CNI_CODES.invalidConfig,
    `invalid configuration of network "${network}": ${lines[0] ?? ''}`,
    [...(lines.length > 1 ? lines : []), how].join('\n'),
  );
}

function inWords(text: string): string {
  const [path, key] = KEYS.find(([pattern]) => pattern.test(text)) ?? [];
  return path === undefined || key === undefined ? text : text.replace(path, key);
}
