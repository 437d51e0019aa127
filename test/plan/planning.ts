/** Plans of a simulated node, and their execution. */
import { expect } from 'vitest';
import type { SimulatedKernel } from '../../reconciler/kernel/simulated/simulated.ts';
import { executeSteps, failuresOf } from '../../reconciler/loop/node/execute.ts';
import { planNode } from '../../reconciler/loop/node/plan-node.ts';
import type { Plan } from '../../reconciler/plan/step.ts';
import type { VnetDocument } from '../../schemas/generated/vnet.ts';

/** Returns the plan of the node. */
export function planOf(kernel: SimulatedKernel, document: VnetDocument): Plan {
  const planned = planNode(kernel, document);
  if (!planned.ok) throw new Error(planned.error.message);
  return planned.value.plan;
}

/** Ensures that the kernel matches the document. */
export function converge(kernel: SimulatedKernel, document: VnetDocument): void {
  expect(failuresOf(executeSteps(kernel, planOf(kernel, document).steps))).toEqual([]);
}
