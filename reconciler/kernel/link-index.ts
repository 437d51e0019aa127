/** Interface indexes, which State omits because the desired state does not determine them. */
import { ok, type Result } from '../model/result.ts';
import type { NetnsPath } from '../model/state.ts';
import type { Sys } from '../model/ports/sys.ts';
import { readLink } from './read.ts';
import { Sockets } from './sockets.ts';

/** Looks up interface indexes. `close` releases all descriptors. */
export interface LinkIndex {
  /** Returns the index of the interface; undefined if interface or namespace does not exist. */
  find(netns: NetnsPath, name: string): Result<number | undefined>;
  close(): void;
}

/** Returns a LinkIndex whose sockets refuse all requests but reads. */
export function createLinkIndex(sys: Sys): LinkIndex {
  const sockets = new Sockets(sys, { readOnly: true, lifetime: 'round' });
  return {
    find: (netns, name) => {
      const socket = sockets.route(netns);
      const link = socket.ok ? readLink(socket.value, name) : socket;
      sockets.leavePods();
      if (link.ok) return ok(link.value?.index);
      return link.error.code === 'not-found' ? ok(undefined) : link;
    },
    close: () => sockets.close(),
  };
}
