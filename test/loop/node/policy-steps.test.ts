import { describe, expect, it } from 'vitest';
import { executeSteps } from '../../../reconciler/loop/node/execute.ts';
import { planEndpointsOn } from '../../../reconciler/loop/node/plan-endpoints.ts';
import { policyStepsOf } from '../../../reconciler/loop/node/policy-steps.ts';
import { convergeEndpoints } from '../../../reconciler/loop/round/converge.ts';
import { type Change, subjectOf } from '../../../reconciler/model/ports/kernel.ts';
import { endpointId } from '../../../reconciler/model/names.ts';
import { failure } from '../../../reconciler/model/result.ts';
import { keyOf, linkKeyOf } from '../../../reconciler/model/state.ts';
import type { Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { convergeEndpoint } from '../../support/converge-endpoint.ts';
import { createMemorySession, type MemorySession } from '../../support/memory-session.ts';
import { must } from '../../support/must.ts';
import { staticPool } from '../../support/pools.ts';
import { bootedKernel, containerOf, documentOf, endpointOf, idOf } from '../../support/node.ts';

const POLICED: VnetDocument = {
  ...documentOf([0, 1]),
  policy: { enforce: true, unknownPods: 'allow' },
  networkPolicies: { 'default/all': { podSelector: {} } },
};

/** Returns the fresh addresses that a call for the first pod names, and does its steps. */
function freshIn(session: MemorySession, document: VnetDocument): readonly (readonly string[] | undefined)[] {
  const { plan } = must(planEndpointsOn(session.kernel, document, [idOf(0)]));
  const steps = policyStepsOf({})(document, [idOf(0)], plan.steps);
  executeSteps(session.kernel, steps);
  return steps.flatMap(({ change }) =>
    change.verb === 'update' && subjectOf(change).kind === 'nft-table' ? [change.fresh] : [],
  );
}

describe('the change of the table of policies', () => {
  it('names the addresses of a pod as fresh until it has an interface', async () => {
    const session = createMemorySession(bootedKernel([0, 1]), POLICED);
    must(await convergeEndpoint(session, POLICED, idOf(1)));
    const addresses = endpointOf(0).addresses.map((cidr) => cidr.replace(/\/.*/, ''));
    expect(freshIn(session, POLICED)).toEqual([addresses]);
    expect(freshIn(session, POLICED)).toEqual([undefined]);
    const endpoints = {
      ...POLICED.endpoints,
      [idOf(0)]: endpointOf(0, { leaving: '2026-11-30T12:00:00.000Z' }),
    };
    expect(freshIn(session, { ...POLICED, endpoints })).toEqual([undefined]);
  });
});

/** Returns the calls that succeeded of the first two pods, together, and the host veths that they have then. */
async function together(
  session: MemorySession,
  document: VnetDocument,
): Promise<{ readonly done: readonly string[]; readonly interfaces: readonly string[] }> {
  const ids = [0, 1].map(idOf);
  session.store.replace(document);
  const results = await convergeEndpoints(session, document, ids);
  const { state } = must(session.kernel.observe(WHOLE));
  const hasInterface = (id: string): boolean => {
    const { hostVeth = '' } = document.endpoints?.[id] ?? {};
    return state.has(linkKeyOf(hostVeth));
  };
  return {
    done: ids.filter((id) => results.get(id)?.ok === true),
    interfaces: ids.filter(hasInterface),
  };
}

const WHOLE = { whole: true, devices: [], pods: [], sysctls: [], entries: [] } as const;

const SECOND_MAC = '00:0d:3a:51:c4:91';
const SECOND: Network = {
  mode: 'bridge',
  uplink: { name: 'eth1', mac: SECOND_MAC, mtu: 1500, addresses: [], routes: [] },
  bridge: { name: 'azure1' },
  pools: {
    ipv4: { ...staticPool('10.250.0.10-10.250.0.20'), subnet: '10.250.0.0/16', gateway: '10.250.0.1' },
  },
};

describe('pods that come together', () => {
  const refused = failure('busy', 'change the table', 'no memory');
  const isOf = (kind: string, verb: Change['verb'], set?: string) => (change: Change) => {
    const object = subjectOf(change);
    if (object.kind === 'nft-element' && set !== undefined && object.set !== set) return false;
    return object.kind === kind && change.verb === verb;
  };
  /** Resolves to a node with the network and a pod. */
  const started = async (): Promise<MemorySession> => {
    const document = { ...POLICED, endpoints: { [idOf(2)]: endpointOf(2) } };
    const session = createMemorySession(bootedKernel([0, 1, 2]), document);
    must(await convergeEndpoint(session, document, idOf(2)));
    return session;
  };

  it('have interfaces', async () => {
    const ids = [idOf(0), idOf(1)];
    expect(await together(await started(), POLICED)).toEqual({ done: ids, interfaces: ids });
  });

  it('have none where the table of policies does not isolate them', async () => {
    const session = await started();
    session.kernel.failNext(isOf('nft-table', 'update'), refused);
    expect(await together(session, POLICED)).toEqual({ done: [], interfaces: [] });
  });

  it('have none where their frames do not pass the IP layer', async () => {
    const session = await started();
    session.kernel.failNext(isOf('nft-element', 'create', 'policed4'), refused);
    const other = [idOf(1)];
    expect(await together(session, POLICED)).toEqual({ done: other, interfaces: other });
  });

  it('are isolated before they have interfaces where one waits for its network', async () => {
    const session = await started();
    const { kernel } = session;
    kernel.addDevice({ kind: 'link', netns: '', name: 'eth1', type: 'device', mac: SECOND_MAC });
    const [first, second] = [endpointId('second', containerOf(0), 'eth0'), idOf(1)];
    const document: VnetDocument = {
      ...POLICED,
      networks: { ...POLICED.networks, second: SECOND },
      endpoints: {
        [first]: endpointOf(0, { addresses: ['10.250.0.10/16'], gateway: '10.250.0.1' }),
        [second]: endpointOf(1),
      },
    };
    const seen: string[] = [];
    const noting: MemorySession['kernel'] = {
      ...kernel,
      apply: (changes) => {
        seen.push(...changes.map((change) => `${change.verb} ${keyOf(subjectOf(change))}`));
        return kernel.apply(changes);
      },
    };
    session.store.replace(document);
    const results = await convergeEndpoints({ ...session, kernel: noting }, document, [first, second]);
    expect([...results.values()].filter(({ ok }) => !ok)).toEqual([]);
    const made = seen.indexOf(`create ${linkKeyOf(endpointOf(1).hostVeth ?? '')}`);
    expect(made).toBeGreaterThan(0);
    expect(seen.slice(0, made)).toContain('update nft-table inet vnet_policy');
  });
});
