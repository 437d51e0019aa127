/** Lets one of several concurrent calls create the network that all of them miss. */
import type { CreationQueue } from '../host.ts';

/** Returns a queue without a running creation. */
export function createCreationQueue(): CreationQueue {
  const running = new Map<string, { readonly ended: Promise<boolean>; readonly end: () => void }>();
  return {
    wait: (network) => {
      const other = running.get(network);
      if (other !== undefined) return other.ended;
      const resolvers: (() => void)[] = [];
      const ended = new Promise<boolean>((resolve) => void resolvers.push(() => resolve(true)));
      running.set(network, { ended, end: () => resolvers.forEach((resolve) => resolve()) });
      return Promise.resolve(false);
    },
    end: (network) => {
      running.get(network)?.end();
      running.delete(network);
    },
  };
}
