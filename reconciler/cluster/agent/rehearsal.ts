/** Rehearses an apply on a copy of the node's document, so that the first revision finds its code loaded and compiled. */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import type { KernelAccess, NodePlace } from '../../app/kernel/access.ts';
import { openRoundSession } from '../../app/node.ts';
import type { NodePaths } from '../../app/paths.ts';
import { openRoundContext } from '../../app/round-context.ts';
import { createTentativeStore } from '../../app/tentative-store.ts';
import { rollBackChange } from '../../loop/change/rollback.ts';
import { coreOf } from '../../model/modes/cores.ts';
import { ok } from '../../model/result.ts';
import type { Change } from '../../model/ports/kernel.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { type ApplyParts, applyRevision } from './apply-revision.ts';
import { NO_RECORD } from './attempt.ts';
import type { DocumentFields } from './overlay.ts';

/** Applies before the engine has compiled most of their code. */
const TIMES = 2;

const WHO = 'vnet agent';

/** Changes nothing but the copy, which is removed: the kernel is read, and accepts each change without making it. */
export async function rehearseApply(place: NodePlace): Promise<void> {
  const folder = `${place.paths.runDirectory}/rehearsal`;
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const document = `${folder}/vnet.yaml`;
    copyFileSync(place.paths.document, document);
    const paths = { ...place.paths, document, stateDirectory: folder, runDirectory: folder };
    await rehearseIn({ ...place, paths, kernels: withoutChanges(place.kernels, place.paths) });
  } catch {
    // No document yet, or no room: the first revision takes longer.
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function rehearseIn(place: NodePlace): Promise<void> {
  const { sys, paths } = place;
  const opened = await openRoundSession(place, { who: WHO });
  if (!opened.ok) return;
  const session = opened.value;
  const tentativeStore = createTentativeStore(sys, paths, WHO, () => undefined);
  const { record } = openRoundContext({ sys, paths, store: session.store });
  const parts: ApplyParts = {
    sys,
    documentPath: paths.document,
    session,
    tentativeStore,
    hooks: HOOKS,
    record,
  };
  const known = session.store.read();
  for (let turn = 0; turn < TIMES && known.ok && known.value !== undefined; turn += 1) {
    const made = turn % 2 === 0 ? { policy: { links: 'report' } } : otherMtus(known.value.document);
    const revision = { metadata: { name: 'rehearsal' }, spec: { document: made } };
    await applyRevision(parts, { revision, spec: {}, specGeneration: 0, record: NO_RECORD });
    const open = tentativeStore.read();
    if (open.ok && open.value !== undefined) rollBackChange(session, tentativeStore, open.value, 'rehearsal');
  }
  session.kernel.close();
}

const HOOKS: ApplyParts['hooks'] = {
  wait: () => Promise.resolve(),
  isInterrupted: () => false,
  arm: () => undefined,
  tell: () => undefined,
};

/** Fields that lead to steps of the kernel. */
function otherMtus({ networks }: VnetDocument): DocumentFields {
  const changed = Object.entries(networks).flatMap(([name, network]) => {
    const { bridge } = coreOf(network).links(network);
    return bridge === undefined ? [] : [[name, { bridge: { mtu: (bridge.mtuBytes ?? 1500) - 1 } }] as const];
  });
  return { networks: Object.fromEntries(changed) };
}

/** The kernel of the node, which is only read. */
function withoutChanges(kernels: KernelAccess, paths: NodePaths): KernelAccess {
  return {
    ...kernels,
    open: async (sys, _paths, lifetime) => {
      const kernel = await kernels.open(sys, paths, lifetime);
      return {
        observe: (scope) => kernel.observe(scope),
        apply: (changes: readonly Change[]) => changes.map(() => ok('unchanged' as const)),
        prepare: () => kernel.prepare(),
        leavePods: () => kernel.leavePods(),
        close: () => kernel.close(),
      };
    },
  };
}
