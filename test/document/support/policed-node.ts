/** For tests of the files beside the members: nodes with policed pods, and damage of a file. */
import fc from 'fast-check';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { documentOf } from '../../support/node.ts';

/** Returns a node that enforces policies, with these pods of namespace shop. */
export function policedNodeWith(numbers: readonly number[], more: Partial<VnetDocument> = {}): VnetDocument {
  const endpoints = numbers.map((at) => [
    `azure/c${at}/eth0`,
    {
      pod: `shop/pod${at}`,
      addresses: [`10.0.0.${at}/16`],
      added: '2026-11-30T12:00:00.000Z',
      hostVeth: `v${at}`,
      netns: `/run/netns/p${at}`,
    },
  ]);
  return {
    ...documentOf([]),
    policy: { enforce: true },
    endpoints: Object.fromEntries(endpoints),
    ...more,
  };
}

/** Returns the file cut off, with a changed byte, or with any other contents. */
export function damageOf(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    fc.nat(bytes.length - 1).map((length) => bytes.subarray(0, length)),
    fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ by;
      return changed;
    }),
    fc.uint8Array().map((some) => Buffer.from(some)),
  );
}
