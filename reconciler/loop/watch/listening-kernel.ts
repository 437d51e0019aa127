/** The kernel of a round of the resident loop: what is heard is taken in before it is looked, and what we do ourselves is no news. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Kernel } from '../../model/ports/kernel.ts';
import { keyOf, type ObjectKey } from '../../model/state.ts';
import { subjectOf } from '../../plan/order.ts';
import { observeGlance, type Remembered } from './glance.ts';
import type { Hearing } from './hearing.ts';
import type { Clock } from './watch-world.ts';

/** A look into those pods of which something is suspected, unless it is not known of which. */
export type Glance = { readonly suspects: Set<ObjectKey>; mustEnterAll: boolean };

/** What a round is about. Shape: without `glance`, or anything seen before, everything is read. */
export type Attention = {
  readonly document: VnetDocument;
  readonly glance: Glance | undefined;
  readonly before: Remembered | undefined;
};

/** Who listens. Shape: `doneMs` gets when each object was changed. */
export type Ears = {
  readonly hearing: Hearing;
  readonly clock: Clock;
  readonly doneMs: Map<ObjectKey, number>;
};

/** Returns the kernel. Law: whatever was announced before everything is read is seen by that, our own doings among it. */
export function listeningKernel(
  kernel: Kernel,
  { hearing, clock, doneMs }: Ears,
  { document, glance, before }: Attention,
): Kernel {
  return {
    ...kernel,
    observe: (scope) => {
      if (!scope.whole) return kernel.observe(scope);
      const heard = hearing.beforeLooking();
      for (const key of heard ?? []) glance?.suspects.add(key);
      if (glance !== undefined && heard === undefined) glance.mustEnterAll = true;
      if (glance === undefined || before === undefined || glance.mustEnterAll) return kernel.observe(scope);
      return observeGlance(kernel, scope, before, { document, suspects: glance.suspects });
    },
    apply: (changes) => {
      hearing.listen();
      const applied = kernel.apply(changes);
      const nowMs = clock.nowMs();
      const changed = new Set(changes.map((change) => keyOf(subjectOf(change))));
      for (const key of changed) doneMs.set(key, nowMs);
      hearing.afterDoing(changed);
      return applied;
    },
  };
}
