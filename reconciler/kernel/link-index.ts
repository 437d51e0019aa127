/** The numbers of interfaces, which a State leaves out because they say nothing of what is wanted. */
import { ok, type Result } from '../model/result.ts';
import type { NetnsPath } from '../model/state.ts';
import type { Sys } from '../model/ports/sys.ts';
import { readLink } from './read.ts';
import { Sockets } from './sockets.ts';

/** Looks up interface numbers. `close` lets go of every descriptor. */
export interface LinkIndex {
  /** Returns the number of the interface; undefined when there is none of that name, or no such namespace. */
  find(netns: NetnsPath, name: string): Result<number | undefined>;
  close(): void;
}

/** Returns a LinkIndex whose sockets refuse whatever is not a request to read. */
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
