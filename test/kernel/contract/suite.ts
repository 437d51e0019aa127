/** The one contract that every Kernel is held to: the simulated one and Linux. */
import { afterEach, beforeEach, describe } from 'vitest';
import { describeAddresses } from './addresses.ts';
import { describeBatches } from './batches.ts';
import { describeEntries } from './entries.ts';
import { describeLinks } from './links.ts';
import { describeNft } from './nft.ts';
import { describeRoutes } from './routes.ts';
import { describeScope } from './scope.ts';
import type { ContractWorld } from './world.ts';

/** Registers the contract's cases; `open` gives each of them a node of its own. */
export function describeKernelContract(
  name: string,
  open: () => Promise<ContractWorld> | ContractWorld,
): void {
  describe(`the contract of a kernel, kept by ${name}`, () => {
    let current: ContractWorld | undefined;
    const world = (): ContractWorld => {
      if (current === undefined) throw new Error('no world is open');
      return current;
    };
    beforeEach(async () => {
      current = await open();
    });
    afterEach(() => {
      current?.close();
      current = undefined;
    });
    describe('links', () => {
      describeLinks(world);
    });
    describe('an address', () => {
      describeAddresses(world);
    });
    describe('a route', () => {
      describeRoutes(world);
    });
    describe('entries', () => {
      describeEntries(world);
    });
    describe('nftables', () => {
      describeNft(world);
    });
    describe('many changes at once', () => {
      describeBatches(world);
    });
    describe('a scope', () => {
      describeScope(world);
    });
  });
}
