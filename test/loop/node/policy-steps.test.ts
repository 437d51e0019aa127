import { describe, expect, it } from 'vitest';
import { executeSteps } from '../../../reconciler/loop/node/execute.ts';
import { planEndpointsOn } from '../../../reconciler/loop/node/plan-endpoints.ts';
import { policyStepsOf } from '../../../reconciler/loop/node/policy-steps.ts';
import { subjectOf } from '../../../reconciler/model/ports/kernel.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { convergeEndpoint } from '../../support/converge-endpoint.ts';
import { createMemorySession, type MemorySession } from '../../support/memory-session.ts';
import { must } from '../../support/must.ts';
import { bootedKernel, documentOf, endpointOf, idOf } from '../../support/node.ts';

const POLICED: VnetDocument = {
  ...documentOf([0, 1]),
  policy: { enforce: true, unknownPods: 'allow' },
  networkPolicies: { 'default/all': { podSelector: {} } },
};

/** Returns the fresh addresses that a call for the first pod names, and does its steps. */
function freshIn(session: MemorySession, document: VnetDocument): readonly (readonly string[] | undefined)[] {
  const { plan } = must(planEndpointsOn(session.kernel, document, [idOf(0)], policyStepsOf({})));
  executeSteps(session.kernel, plan.steps);
  return plan.steps.flatMap(({ change }) =>
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
