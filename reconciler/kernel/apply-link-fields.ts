/** Changes fields of links that are there. */
import { err, failure, ok } from '../model/result.ts';
import type { Result } from '../model/result.ts';
import { keyOf } from '../model/state.ts';
import type { LinkObject } from '../model/state.ts';
import { currentLink, masterIndexOf } from './apply-link.ts';
import { changeLink } from './netlink/link.ts';
import type { LinkSpec } from './netlink/link.ts';
import type { NetlinkSocket } from './netlink/socket.ts';
import { firstDifference } from './objects.ts';
import { readLink } from './read.ts';
import type { Applied, Workshop } from './workshop.ts';
import { changed, noSuchLink } from './workshop.ts';

const CHANGEABLE: ReadonlySet<string> = new Set([
  'up',
  'mac',
  'mtuBytes',
  'multicast',
  'alias',
  'master',
  'port',
]);

/** Ensures the named fields. Errors: `not-found`; `invalid` for a field that is given at creation only. */
export function updateLinkIn(workshop: Workshop, want: LinkObject, fields: readonly string[]): Applied {
  const step = `change ${fields.join(', ')} of ${keyOf(want)}`;
  const fixed = fields.find((field) => !CHANGEABLE.has(field));
  if (fixed !== undefined) {
    const hint = 'Delete the link and create it anew.';
    return err(failure('invalid', step, `${fixed} of a link can't be changed`, { hint }));
  }
  const socket = workshop.sockets.route(want.netns);
  if (!socket.ok) return socket;
  const fact = readLink(socket.value, want.name);
  if (!fact.ok) return fact;
  if (fact.value === undefined) return err(noSuchLink({ netns: want.netns, dev: want.name }, step));
  const have = currentLink(workshop, socket.value, { want, fact: fact.value });
  if (!have.ok) return have;
  const now = have.value;
  const moves = fields.includes('master') && firstDifference(now, want, ['master']) !== undefined;
  // A port that moves loses its flags on the way, so they differ by then whatever they are now.
  const differing = fields.filter(
    (field) => firstDifference(now, want, [field]) !== undefined || (moves && field === 'port'),
  );
  if (differing.length === 0) return ok('unchanged');
  const spec = specOf(socket.value, { want, fields: differing, index: fact.value.index }, step);
  if (!spec.ok) return spec;
  return send(socket.value, spec.value, step);
}

function specOf(
  socket: NetlinkSocket,
  {
    want,
    fields,
    index,
  }: { readonly want: LinkObject; readonly fields: readonly string[]; readonly index: number },
  step: string,
): Result<LinkSpec> {
  const has = (field: keyof LinkObject): boolean => fields.includes(field);
  const master = has('master') ? masterIndexOf(socket, want, step) : ok(undefined);
  if (!master.ok) return master;
  return ok({
    index,
    up: has('up') ? want.up : undefined,
    mac: has('mac') ? want.mac : undefined,
    mtuBytes: has('mtuBytes') ? want.mtuBytes : undefined,
    multicast: has('multicast') ? want.multicast : undefined,
    masterIndex: master.value,
    alias: has('alias') ? (want.alias ?? '') : undefined,
    hairpin: has('port') ? want.port?.hairpin : undefined,
  });
}

/** The kernel looks at port flags before it makes a link a port: so they come after, in the same datagram. */
function send(socket: NetlinkSocket, { hairpin, ...rest }: LinkSpec, step: string): Applied {
  const { index, ...fields } = rest;
  const requests = Object.values(fields).some((value) => value !== undefined) ? [changeLink(rest)] : [];
  if (hairpin !== undefined && index !== undefined) requests.push(changeLink({ index, hairpin }));
  const failed = socket.requests(requests, step).find((result) => !result.ok);
  return failed === undefined ? ok('changed') : changed(failed);
}
