/** The contract of every Kernel: the simulated one and Linux. */
import { afterEach, beforeEach, describe } from 'vitest';
import { KINDS } from '../../../reconciler/model/kinds/registry.ts';
import { describeBatches } from './batches.ts';
import { describeScope } from './scope.ts';
import type { Testbed, CurrentTestbed } from './testbed.ts';

/** The contract of each kind: a kind without one fails here. */
const CONTRACTS = await Promise.all(
  Object.keys(KINDS).map(async (kind) => {
    const contract = (await import(`./kinds/${kind}.ts`)) as {
      readonly default: (testbed: CurrentTestbed) => void;
    };
    return { kind, describeKind: contract.default };
  }),
);

/** Registers the contract's cases; `open` returns a new node for each. */
export function describeKernelContract(name: string, open: () => Promise<Testbed> | Testbed): void {
  describe(`the contract of a kernel, kept by ${name}`, () => {
    let current: Testbed | undefined;
    const testbed = (): Testbed => {
      if (current === undefined) throw new Error('no testbed is open');
      return current;
    };
    beforeEach(async () => {
      current = await open();
    });
    afterEach(() => {
      current?.close();
      current = undefined;
    });
    for (const { kind, describeKind } of CONTRACTS) {
      describe(`the kind ${kind}`, () => {
        describeKind(testbed);
      });
    }
    describe('many changes at once', () => {
      describeBatches(testbed);
    });
    describe('a scope', () => {
      describeScope(testbed);
    });
  });
}
