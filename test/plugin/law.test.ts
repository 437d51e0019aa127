import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planNode } from '../../reconciler/loop/node/plan-node.ts';
import { createCaller, type Caller } from './caller.ts';
import { longOr } from '../support/long.ts';

/** One call of a runtime: verb, pod, interface, executable and namespace. */
const CALL = fc.record({
  verb: fc.constantFrom('ADD', 'ADD', 'DEL', 'CHECK'),
  pod: fc.nat({ max: 4 }),
  ifName: fc.constantFrom('eth0', 'eth0', 'net1'),
  role: fc.constantFrom('azure-vnet' as const, 'azure-vnet' as const, 'azure-vnet-ipam' as const),
  netns: fc.constantFrom('own', 'own', 'own', 'moved'),
});

type Call = typeof CALL extends fc.Arbitrary<infer T> ? T : never;

function run(node: Caller, { verb, pod, ifName, role, netns }: Call) {
  const moved = netns === 'moved' ? { CNI_NETNS: `/run/netns/pod-${pod + 5}` } : {};
  return node.call(verb, { pod, role, env: { CNI_IFNAME: ifName, ...moved } });
}

function addressesOf(node: Caller): readonly string[] {
  return Object.values(node.document().endpoints ?? {}).flatMap(({ addresses }) => [...addresses]);
}

/** Makes the call and returns the properties that it violated. */
async function violations(node: Caller, call: Call): Promise<readonly string[]> {
  const reply = await run(node, call);
  const [document, objects] = [node.document(), node.kernelObjects()];
  const addresses = addressesOf(node);
  const planned = objects.has('link azure0') ? planNode(node.kernel, document) : undefined;
  const again = call.verb === 'CHECK' || reply.exitCode !== 0 ? undefined : await run(node, call);
  const broken = {
    'a DEL that fails': call.verb === 'DEL' && reply.exitCode !== 0,
    'an address held twice': new Set(addresses).size !== addresses.length,
    'a kernel that is not as the document says': planned !== undefined && !isEmptyPlan(planned),
    'another answer to the same call': again !== undefined && !isDeepStrictEqual(again, reply),
    'a change by the same call': again !== undefined && !isDeepStrictEqual(node.document(), document),
    'a change of the kernel by the same call':
      again !== undefined && !isDeepStrictEqual(node.kernelObjects(), objects),
  };
  return Object.entries(broken).flatMap(([promise, isBroken]) => (isBroken ? [promise] : []));
}

function isEmptyPlan(planned: ReturnType<typeof planNode>): boolean {
  return planned.ok && planned.value.plan.steps.length === 0;
}

describe('any sequence of ADD, DEL and CHECK', () => {
  it('keeps addresses unique, answers repeatable, and the kernel equal to the document', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(CALL, { maxLength: 12 }), async (calls) => {
        const node = createCaller();
        for (const call of calls) expect(await violations(node, call)).toEqual([]);
      }),
      { numRuns: longOr(40, 120) },
    );
  });

  it('ends where it began when every attachment is deleted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(CALL, { maxLength: 12 }), async (calls) => {
        const node = createCaller();
        await node.call('ADD', { pod: 9 });
        const [objects, endpoints] = [node.kernelObjects(), node.document().endpoints];
        for (const call of calls) await run(node, call);
        for (const call of calls) await run(node, { ...call, verb: 'DEL' });
        for (const call of calls) await run(node, { ...call, verb: 'DEL', role: 'azure-vnet' });
        for (const call of calls) await run(node, { ...call, verb: 'DEL', role: 'azure-vnet-ipam' });
        expect(node.document().endpoints).toEqual(endpoints);
        expect(node.kernelObjects()).toEqual(objects);
      }),
      { numRuns: longOr(20, 60) },
    );
  });
});
