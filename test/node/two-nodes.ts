/** Two nodes on one fabric, with pods, for all tests of a block. */
import { afterAll, beforeAll, expect } from 'vitest';
import { type Fabric, NICS, type Nic } from '../lab/fabric.ts';
import { pendingIn } from '../support/exec.ts';
import type { Netns } from '../support/netns.ts';
import { makeModeNodes, type ModeNode } from './mode-nodes.ts';

/** Shape: the first node has pods 0 and 1, the second has the pod `far`; `run` is a shell command on the first. */
export type TwoNodes = {
  readonly fabric: () => Fabric;
  readonly here: () => ModeNode;
  readonly there: () => ModeNode;
  readonly pod: (index: number) => Netns;
  readonly far: () => Netns;
  readonly run: (command: string) => string;
  /** Returns the steps of `vnet reconcile --dry-run` on the first node. */
  readonly dryRun: () => string;
  /** Expects that `broken`, a command that was run, leaves steps on the first node, and that one round does them. */
  readonly expectRepaired: (broken: string) => void;
};

/** Makes the nodes before the tests of the block, and removes them after. Shape: `prepare` runs before the pods. */
export function useTwoNodes(
  conf: Parameters<typeof makeModeNodes>[0],
  nics: readonly [Nic, Nic] = NICS,
  prepare: (fabric: Fabric) => void = () => undefined,
): TwoNodes {
  let made: (ReturnType<typeof makeModeNodes> & { readonly pods: readonly Netns[] }) | undefined;
  const nodes = (): NonNullable<typeof made> => {
    if (made === undefined) throw new Error('the nodes were not made');
    return made;
  };
  const here = (): ModeNode => nodes().nodes[0];
  const there = (): ModeNode => nodes().nodes[1];
  const pod = (index: number): Netns => {
    const [found] = nodes().pods.slice(index);
    if (found === undefined) throw new Error(`there is no pod ${String(index)}`);
    return found;
  };
  beforeAll(() => {
    const { nodes: both, fabric, remove } = makeModeNodes(conf, nics);
    made = { nodes: both, fabric, remove, pods: [] };
    prepare(fabric);
    made = { ...made, pods: [both[0].addPod(), both[0].addPod(), both[1].addPod()] };
  });
  afterAll(() => made?.remove());
  const dryRun = (): string => pendingIn(here().vnet('reconcile', '--dry-run'));
  return {
    fabric: () => nodes().fabric,
    here,
    there,
    pod,
    far: () => pod(2),
    run: (command) => here().netns().mustExec(['sh', '-ec', command]).stdout,
    dryRun,
    expectRepaired: (broken) => {
      expect([broken, dryRun()]).not.toEqual([broken, '']);
      const round = here().vnet('reconcile', '--max-disruption', 'flow-reset');
      expect([broken, round.code, dryRun()]).toEqual([broken, 0, '']);
    },
  };
}
