/** Opens the session in which a verb runs. */
import type { Result } from '../model/result.ts';
import { withParts } from '../model/part.ts';
import type { VerbSession, Within } from './verb.ts';

/** Returns the session with what opens its worlds; their code is loaded with the first. */
export function openSession(given: Omit<VerbSession, 'withWorld' | 'withPreview' | 'withLook'>): VerbSession {
  const { sys, paths, environment, who } = given;
  return {
    ...given,
    withWorld: within(async () => {
      const { openWorld } = await import('../app/world.ts');
      const world = await openWorld(sys, paths, environment, { who, isBrief: false });
      return world.ok
        ? { ok: true, value: { ...world.value, close: () => world.value.kernel.close() } }
        : world;
    }),
    withPreview: within(async () =>
      (await import('../app/world.ts')).openPreviewWorld(sys, paths, environment),
    ),
    withLook: within(async () =>
      (await import('./verbs/look/open-look.ts')).openLookWorld(sys, paths, environment),
    ),
  };
}

function within<W extends { close(): void }>(open: () => Promise<Result<W>>): Within<W> {
  return async (work) => {
    const world = await open();
    if (!world.ok) return world;
    try {
      return await withParts(() => work(world.value));
    } finally {
      world.value.close();
    }
  };
}
