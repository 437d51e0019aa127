/** Opens the session in which a verb runs. */
import type { Result } from '../model/result.ts';
import { library } from '../app/library.ts';
import { whenLoaded } from '../document/library.ts';
import type { VerbContext, RunWith } from './verb.ts';

/** Returns the context of a verb, with the functions that open the node; their code is loaded on first use. */
export function openVerbContext(
  given: Omit<VerbContext, 'withSession' | 'withNode' | 'withPast'>,
): VerbContext {
  return {
    ...given,
    withSession: within(async (isLazy) => {
      const { openRoundSession } = await import('../app/node.ts');
      const session = await openRoundSession(given, { who: given.who, isLazy, isSingle: true });
      return session.ok
        ? { ok: true, value: { ...session.value, close: () => session.value.kernel.close() } }
        : session;
    }),
    withNode: within(async (isLazy) => (await import('../app/node.ts')).openNode(given, { isLazy })),
    withPast: within(async (isLazy) =>
      (await import('./verbs/look/open-node-view.ts')).openNodeView(given, { isLazy }),
    ),
  };
}

function within<W extends { close(): void }>(open: (isLazy: boolean) => Promise<Result<W>>): RunWith<W> {
  return async (work, { isLazy } = { isLazy: false }) => {
    const opened = await open(isLazy);
    if (!opened.ok) return opened;
    try {
      return await whenLoaded(library, () => work(opened.value));
    } finally {
      opened.value.close();
    }
  };
}
