/** The pods of the clauses, and the form of a clause. */
import type { PolicyPod } from '../../../reconciler/model/policy/members.ts';
import type { NetworkPolicy } from '../../../schemas/generated/vnet.ts';

const web: PolicyPod = {
  namespace: 'x',
  name: 'web',
  labels: { app: 'web' },
  addresses: ['10.0.0.1', 'fd00::1'],
  ports: [
    { name: 'http', port: 80, protocol: 'TCP' },
    { name: 'dns', port: 53, protocol: 'UDP' },
  ],
  isLocal: true,
};
export const db: PolicyPod = {
  namespace: 'x',
  name: 'db',
  labels: { app: 'db', tier: 'data' },
  addresses: ['10.0.0.2', 'fd00::2'],
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  isLocal: true,
};
const other: PolicyPod = {
  namespace: 'y',
  name: 'web',
  labels: { app: 'web' },
  addresses: ['10.0.1.3', 'fd00::3'],
};
export const PODS = { web, db, other } as const;
export const NAMESPACES = new Map([['y', { team: 'blue' }]]);

/** `web>db tcp/80`; an address stands for an end that is no pod. */
export type Probe = string;
export type Clause = {
  readonly clause: string;
  readonly policy: NetworkPolicy | Readonly<Record<string, NetworkPolicy>>;
  readonly allowed?: readonly Probe[];
  readonly denied?: readonly Probe[];
};

export const toWeb = { podSelector: { matchLabels: { app: 'web' } } };
export const all = { podSelector: {} };
