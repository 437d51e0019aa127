/** A kind whose code is loaded on demand. */
import type { NetObject } from '../../model/kinds/registry.ts';
import { Bug } from '../../model/result.ts';
import type { Wire } from './wire.ts';

/** The kind, and what loads its code. */
type DeferredWire<T extends NetObject> = {
  readonly wire: Wire<T>;
  readonly load: () => Promise<void>;
};

/** Returns the kind. Shape: one without requests of its own, batches and notifications. Errors: used before it is loaded, it throws a Bug. */
export function deferWire<T extends NetObject>(
  load: () => Promise<Pick<Wire<T>, 'create' | 'change' | 'remove' | 'list' | 'find'>>,
): DeferredWire<T> {
  let loaded: Awaited<ReturnType<typeof load>> | undefined;
  const known = (): NonNullable<typeof loaded> => {
    if (loaded === undefined) throw new Bug('loadWires() comes before this kind is used');
    return loaded;
  };
  return {
    wire: {
      create: (context, want, peer) => known().create(context, want, peer),
      change: (context, change) => known().change(context, change),
      remove: (context, have) => known().remove(context, have),
      list: (view) => known().list?.(view) ?? { ok: true, value: [] },
      find: (view, like) => known().find?.(view, like) ?? { ok: true, value: undefined },
    },
    load: async () => {
      loaded ??= await load();
    },
  };
}
