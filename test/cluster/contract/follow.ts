/** Follows a collection with a reflector; tests wait for changes instead of times. */
import { createApiClock } from '../../../reconciler/cluster/api/clock.ts';
import type { ObjectChange } from '../../../reconciler/cluster/api/objects.ts';
import { createReflector, type Reflector } from '../../../reconciler/cluster/api/reflector.ts';
import type { ApiObject } from '../../../reconciler/cluster/api/objects.ts';
import type { Resource } from '../../../reconciler/cluster/api/resources.ts';
import type { ApiFailure, ApiClock, Transport } from '../../../reconciler/cluster/api/transport.ts';

export type Followed = {
  readonly reflector: Reflector<ApiObject>;
  readonly changes: readonly ObjectChange<ApiObject>[];
  readonly failures: readonly ApiFailure[];
  readonly lists: () => number;
  /** Resolves when the condition holds, which is asked after each change, list and failure. */
  readonly until: (isDone: () => boolean) => Promise<void>;
  readonly stop: () => Promise<void>;
};

export function follow(
  transport: Transport,
  resource: Resource,
  {
    query = {},
    clock = createApiClock(),
  }: { query?: Readonly<Record<string, string>>; clock?: ApiClock } = {},
): Followed {
  const changes: ObjectChange<ApiObject>[] = [];
  const failures: ApiFailure[] = [];
  const waiters = new Set<{ readonly isDone: () => boolean; readonly resolve: () => void }>();
  let lists = 0;
  const look = (): void => {
    for (const waiter of waiters) {
      if (!waiter.isDone()) continue;
      waiters.delete(waiter);
      waiter.resolve();
    }
  };
  const reflector = createReflector(
    { transport, clock },
    { resource, query, keep: (object) => object },
    {
      changed: (change) => {
        changes.push(change);
        look();
      },
      synced: () => {
        lists += 1;
        look();
      },
      failed: (failure) => {
        failures.push(failure);
        look();
      },
    },
  );
  const controller = new AbortController();
  const running = reflector.run(controller.signal);
  return {
    reflector,
    changes,
    failures,
    lists: () => lists,
    until: (isDone) =>
      isDone()
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiters.add({ isDone, resolve });
          }),
    stop: () => {
      controller.abort();
      return running;
    },
  };
}
