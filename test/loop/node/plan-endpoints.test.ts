import { describe, expect, it } from 'vitest';
import { executeSteps } from '../../../reconciler/loop/node/execute.ts';
import { planEndpointsOn } from '../../../reconciler/loop/node/plan-endpoints.ts';
import { joinPolicySteps } from '../../../reconciler/loop/node/policy-steps.ts';
import { convergeEndpoint } from '../../support/converge-endpoint.ts';
import { subjectOf } from '../../../reconciler/model/ports/kernel.ts';
import type { Step } from '../../../reconciler/plan/step.ts';
import { createMemorySession } from '../../support/memory-session.ts';
import { must } from '../../support/must.ts';
import { bootedKernel, documentOf, endpointOf, idOf } from '../../support/node.ts';

const LEAVING = '2026-11-30T12:00:00.000Z';

/** In place of the step that isolates the pod, or ends its isolation. */
function policyStep(): Step {
  const table = { kind: 'nft-table', netns: '', family: 'inet', name: 'vnet_policy', rules: [] } as const;
  return {
    key: 'nft-table inet vnet_policy',
    owner: idOf(0),
    change: { verb: 'update', want: table, have: table, fields: ['sets'] },
    differences: [],
    reason: 'network policies of the pod',
    disruption: 'hitless',
    pods: [],
    needs: [],
  };
}

/** Returns the steps of an ADD or a DEL with these steps of policies: before its objects are made, or after they are gone. */
async function planned(verb: 'ADD' | 'DEL', policies: readonly Step[]): Promise<readonly string[]> {
  const document = documentOf([0]);
  const session = createMemorySession(bootedKernel([0]), document);
  must(await convergeEndpoint(session, document, idOf(0)));
  const leaving = { ...document, endpoints: { [idOf(0)]: endpointOf(0, { leaving: LEAVING }) } };
  const [first, last] = verb === 'ADD' ? [policies, []] : [[], policies];
  if (verb === 'ADD') {
    const { plan } = must(planEndpointsOn(session.kernel, leaving, [idOf(0)]));
    executeSteps(session.kernel, plan.steps);
  }
  const wanted = verb === 'ADD' ? document : leaving;
  const { plan } = must(planEndpointsOn(session.kernel, wanted, [idOf(0)]));
  return joinPolicySteps(plan.steps, { first, last }).map(
    ({ change }) => `${change.verb} ${subjectOf(change).kind}`,
  );
}

describe('the plan of a pod where policies are enforced', () => {
  it('makes its elements before its interface, in the transaction that isolates it', async () => {
    const steps = await planned('ADD', [policyStep()]);
    const link = steps.indexOf('create link');
    expect(steps.slice(0, 2)).toEqual(['update nft-table', 'create nft-element']);
    expect(link).toBeGreaterThan(steps.lastIndexOf('create nft-element'));
  });

  it('removes its elements after its interface, in the transaction that ends its isolation', async () => {
    const steps = await planned('DEL', [policyStep()]);
    const element = steps.indexOf('delete nft-element');
    expect(element).toBeGreaterThan(steps.lastIndexOf('delete link'));
    expect(new Set(steps.slice(element, -1))).toEqual(new Set(['delete nft-element']));
    expect(steps.at(-1)).toBe('update nft-table');
  });
});

describe('the plan of a pod where none are', () => {
  it.each([
    ['ADD', 'create link', 'create nft-element'],
    ['DEL', 'delete nft-element', 'delete link'],
  ] as const)('of its %s has the order of all plans: %s, then %s', async (verb, before, after) => {
    const steps = await planned(verb, []);
    expect(steps.indexOf(before)).toBeGreaterThanOrEqual(0);
    expect(steps.indexOf(before)).toBeLessThan(steps.indexOf(after));
  });
});
