/**
 * The sample's node on a simulated kernel, with azure-vnet's ebtables rules as a list, and a session around
 * both.
 */
import { readFileSync } from 'node:fs';
import {
  type AzureEndpoint,
  type AzureState,
  parseAzurePools,
  parseAzureState,
} from '../../reconciler/azure/state.ts';
import { createSimulatedKernel, type SimulatedKernel } from '../../reconciler/kernel/simulated/simulated.ts';
import { azureOrigin, type ImportSource } from '../../reconciler/loop/import/proposal.ts';
import type { ImportRecord, ImportRequest, ImportSession } from '../../reconciler/loop/import/import.ts';
import type { BridgeRule } from '../../reconciler/model/ports/bridge-rules.ts';
import { type Failure, ok, type Result } from '../../reconciler/model/result.ts';
import { type LinkObject, type NetObject } from '../../reconciler/model/state.ts';
import { createMemorySession, type MemorySession } from '../support/memory-session.ts';
import { must } from '../support/must.ts';
import { POOL_FILE, SAMPLE_MAC, STATE_FILE } from './azure-node.ts';
import { hostRoute } from '../support/objects.ts';

/** The contents of azure-vnet's two files, as the input of an import. */
export function sampleRequest(
  change: (text: string) => string = (text) => text,
): ImportRequest & ImportSource {
  const text = change(readFileSync(STATE_FILE, 'utf8'));
  const source: ImportSource = {
    state: must(parseAzureState(text, STATE_FILE)),
    pools: must(parseAzurePools(readFileSync(POOL_FILE, 'utf8'), POOL_FILE)),
    poolSource: 'azure',
  };
  return {
    ...source,
    ...azureOrigin(source),
    digest: `digest of ${text.length}`,
    limit: 'hitless',
  };
}

/** Returns the endpoints of a state, in the order of the file. */
export function endpointsOf({ uplinks }: AzureState): readonly AzureEndpoint[] {
  return uplinks.flatMap(({ networks }) => networks.flatMap(({ endpoints }) => endpoints));
}

/** Returns the kernel as azure-vnet leaves it. */
export function azureKernel(state: AzureState): SimulatedKernel {
  const kernel = createSimulatedKernel();
  kernel.addDevice({
    kind: 'link',
    netns: '',
    name: 'eth0',
    type: 'device',
    mac: SAMPLE_MAC,
    mtuBytes: 1500,
  });
  const bridge = {
    kind: 'link',
    netns: '',
    name: 'azure0',
    type: 'bridge',
    up: true,
    mac: SAMPLE_MAC,
  } as const;
  make(kernel, bridge);
  const uplink = { kind: 'link', netns: '', name: 'eth0', type: 'device', up: true } as const;
  must(
    kernel.tamper({
      verb: 'update',
      have: uplink,
      want: { ...uplink, master: 'azure0' },
      fields: ['master', 'up'],
    }),
  );
  make(kernel, { kind: 'address', netns: '', dev: 'azure0', address: '10.240.2.35/16', scope: 0 });
  make(kernel, hostRoute('default', 'azure0', { via: '10.240.0.1', protocol: 3, scope: 0 }));
  for (const endpoint of endpointsOf(state)) attach(kernel, endpoint);
  return kernel;
}

function attach(kernel: SimulatedKernel, endpoint: AzureEndpoint): void {
  const { netns, hostVeth, ifName, mac, addresses } = endpoint;
  kernel.addNamespace(netns);
  const pod: LinkObject = { kind: 'link', netns, name: ifName, type: 'veth', up: true, mac };
  const host: LinkObject = {
    kind: 'link',
    netns: '',
    name: hostVeth,
    type: 'veth',
    up: true,
    master: 'azure0',
    peer: { netns, name: ifName },
    port: { hairpin: true },
  };
  must(kernel.tamper({ verb: 'create', want: host, peer: pod }));
  for (const cidr of addresses) {
    const address = cidr.split('/')[0] ?? '';
    make(kernel, { kind: 'address', netns, dev: ifName, address: cidr, scope: 0 });
    make(kernel, { kind: 'neighbour', netns: '', dev: 'azure0', address, mac });
  }
  make(kernel, {
    kind: 'route',
    netns,
    family: 4,
    to: 'default',
    table: 254,
    metric: 0,
    dev: ifName,
    via: '10.240.0.1',
    protocol: 4,
    scope: 0,
  });
}

function make(kernel: SimulatedKernel, want: NetObject): void {
  must(kernel.tamper({ verb: 'create', want }));
}

/** Returns azure-vnet's rules for the sample, as ebtables lists them. */
export function azureRules(state: AzureState): readonly BridgeRule[] {
  const rule = (chain: string, text: string): BridgeRule => ({
    program: 'ebtables',
    chain,
    spec: text.split(' '),
  });
  return [
    rule('POSTROUTING', `-s Unicast -o eth0 -j snat --to-src ${SAMPLE_MAC} --snat-arp --snat-target ACCEPT`),
    rule(
      'PREROUTING',
      `-p ARP --arp-op Request --arp-ip-dst 10.240.2.35 -j arpreply --arpreply-mac ${SAMPLE_MAC}`,
    ),
    rule(
      'PREROUTING',
      '-p ARP -i eth0 --arp-op Reply -j dnat --to-dst ff:ff:ff:ff:ff:ff --dnat-target ACCEPT',
    ),
    ...endpointsOf(state).flatMap(({ addresses: [cidr = ''], mac }) => {
      const address = cidr.split('/')[0] ?? '';
      return [
        rule(
          'PREROUTING',
          `-p ARP --arp-op Request --arp-ip-dst ${address} -j arpreply --arpreply-mac ${mac}`,
        ),
        rule(
          'PREROUTING',
          `-p IPv4 -i eth0 --ip-dst ${address} -j dnat --to-dst ${mac} --dnat-target ACCEPT`,
        ),
      ];
    }),
  ];
}

/**
 * A session to import into.
 * Shape: `rules` and `record` are the present ones; `fail` makes the nth call from now on fail.
 */
export type AzureSession = Omit<MemorySession, 'bridgeRules' | 'records'> &
  ImportSession & {
    readonly rules: () => readonly BridgeRule[];
    readonly record: () => ImportRecord | undefined;
    /** Makes the call of that number, to record or rules, return the failure; no other call is affected. */
    readonly fail: (call: number, failure: Failure) => void;
  };

/** Returns a session around the kernel with these ebtables rules. */
export function azureSession(kernel: SimulatedKernel, initial: readonly BridgeRule[]): AzureSession {
  let rules = initial;
  let record: ImportRecord | undefined;
  let calls = 0;
  let fault: { readonly call: number; readonly failure: Failure } | undefined;
  const answer = <T>(work: () => Result<T>): Result<T> => {
    calls += 1;
    return calls === fault?.call ? { ok: false, error: fault.failure } : work();
  };
  return {
    ...createMemorySession(kernel, undefined),
    bridgeRules: {
      list: () => answer(() => ok({ programs: ['ebtables'], rules })),
      remove: (rule) =>
        answer(() => {
          rules = rules.filter((one) => one !== rule);
          return ok('changed');
        }),
    },
    records: {
      read: () => ok(record),
      write: (next) =>
        answer(() => {
          record = next;
          return ok(undefined);
        }),
    },
    rules: () => rules,
    record: () => record,
    fail: (call, failure) => {
      calls = 0;
      fault = { call, failure };
    },
  };
}
