/** Opens the session in which a verb runs. */
import type { Result } from '../model/result.ts';
import { library } from '../app/library.ts';
import { whenLoaded } from '../document/library.ts';
import type { VerbSession, Within } from './verb.ts';

/** Returns the session with the functions that open its worlds; their code is loaded on first use. */
export function openVerbSession(
  given: Omit<VerbSession, 'withWorld' | 'withPreview' | 'withLook'>,
): VerbSession {
  return {
    ...given,
    withWorld: within(async (isLazy) => {
      const { openRoundSession } = await import('../app/node.ts');
      const world = await openRoundSession(given, { who: given.who, isLazy });
      return world.ok
        ? { ok: true, value: { ...world.value, close: () => world.value.kernel.close() } }
        : world;
    }),
    withPreview: within(async (isLazy) => (await import('../app/node.ts')).openNode(given, { isLazy })),
    withLook: within(async (isLazy) =>
      (await import('./verbs/look/open-look.ts')).openLookWorld(given, { isLazy }),
    ),
  };
}

function within<W extends { close(): void }>(open: (isLazy: boolean) => Promise<Result<W>>): Within<W> {
  return async (work, { isLazy } = { isLazy: false }) => {
    const world = await open(isLazy);
    if (!world.ok) return world;
    try {
      return await whenLoaded(library, () => work(world.value));
    } finally {
      world.value.close();
    }
  };
}
