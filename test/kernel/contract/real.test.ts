import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNft } from '../../../reconciler/kernel/apply/nft-command.ts';
import { createSimulatedKernel } from '../../../reconciler/kernel/simulated/simulated.ts';
import type { Kernel } from '../../../reconciler/model/ports/kernel.ts';
import { casesOf, isCampaign } from '../../support/cases.ts';
import { hasNamespaces } from '../../support/namespaces.ts';
import { anyHistory, comparable, type Event, settle } from './random.ts';
import { openRealTestbed } from './real-testbed.ts';
import { describeKernelContract } from './suite.ts';
import { wholeScope } from './expectations.ts';
import { NIC, NIC_MAC } from './objects.ts';

/** A campaign tries more histories in the same time: it reads the State after each eighth event, and at the end. */
const EVERY = isCampaign ? 8 : 1;

describe.skipIf(!hasNamespaces)('on a real kernel', () => {
  describeKernelContract('Linux', () => openRealTestbed(createNft(process.env)));

  it(
    'any history leads the simulation and Linux to the same State',
    async () => {
      fc.assert(
        fc.property(anyHistory, (history) => {
          const testbed = openRealTestbed(createNft(process.env));
          try {
            const pods = [testbed.addNamespace(), testbed.addNamespace()];
            const simulated = createSimulatedKernel();
            simulated.addDevice({ ...NIC, mac: NIC_MAC });
            for (const path of pods) simulated.addNamespace(path);
            for (const [index, event] of history.entries()) {
              const settled = settle(event, pods);
              const real = play(testbed, settled);
              const model = play({ kernel: simulated, ...simulated }, settled);
              expect({ event, outcome: model }).toEqual({ event, outcome: real });
              const isCompared = index % EVERY === EVERY - 1 || index === history.length - 1;
              if (isCompared)
                expect({ event, state: stateOf(simulated, pods) }).toEqual({
                  event,
                  state: stateOf(testbed.kernel, pods),
                });
            }
          } finally {
            testbed.close();
          }
        }),
        { numRuns: casesOf(15) },
      );
    },
    casesOf(300_000),
  );
});

function play(
  testbed: { readonly kernel: Kernel; removeNamespace(path: string): void },
  event: Event,
): string {
  if ('removed' in event) {
    testbed.removeNamespace(event.removed);
    return 'removed';
  }
  const [result] = testbed.kernel.apply([event.change]);
  return result?.ok === true ? result.value : (result?.error.code ?? 'no result');
}

function stateOf(kernel: Kernel, pods: readonly string[]): Readonly<Record<string, string>> {
  const seen = kernel.observe(wholeScope(pods));
  if (!seen.ok) throw new Error(seen.error.message);
  return comparable(seen.value.state);
}
