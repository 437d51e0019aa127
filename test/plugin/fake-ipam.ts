/** An IPAM plugin for tests of delegation: gives configured answers and records its calls. */
import type { Programs } from '../../plugin/host.ts';
import { AZURE_CONF } from './caller.ts';

/** A configuration with addresses from another plugin. */
export const DELEGATED_CONF = {
  ...AZURE_CONF,
  myKey: { kept: true },
  ipam: { type: 'host-local', subnet: '10.9.0.0/24' },
};

const LEASE = {
  cniVersion: '1.0.0',
  ips: [{ address: '10.9.0.2/24', gateway: '10.9.0.1' }],
  routes: [{ dst: '0.0.0.0/0' }, { dst: '10.8.0.0/16', gw: '10.9.0.7' }],
  dns: { nameservers: ['192.0.2.3'] },
};

/** Answers by verb that replace the usual ones. */
export type Answers = Readonly<Record<string, { exitCode?: number; stdout?: unknown; error?: string }>>;

/** Returns an IPAM plugin with these answers, and the record of its calls. */
export function fakeIpam(answers: Answers = {}) {
  const calls: { verb: string; file: string; containerId: string; stdin: string }[] = [];
  const programs: Programs = {
    find: (name, folders) => (name === 'host-local' ? `${folders[0]}/${name}` : undefined),
    run: (file, env, stdin) => {
      const verb = env['CNI_COMMAND'] ?? '';
      calls.push({ verb, file, containerId: env['CNI_CONTAINERID'] ?? '', stdin });
      const { exitCode = 0, stdout = verb === 'ADD' ? LEASE : '', error } = answers[verb] ?? {};
      const text = typeof stdout === 'string' ? stdout : JSON.stringify(stdout);
      return { exitCode, stdout: text, ...(error === undefined ? {} : { error }) };
    },
  };
  return { calls, verbs: () => calls.map(({ verb }) => verb), programs };
}
