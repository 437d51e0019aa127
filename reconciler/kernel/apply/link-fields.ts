/** Changes fields of existing links. */
import { err, fail, ok, type Result } from '../../model/result.ts';
import { keyOf, type LinkObject } from '../../model/state.ts';
import type { FieldChange } from '../../model/kinds/kind.ts';
import { currentLink, masterIndexOf } from './link.ts';
import { changeLink, type LinkFact, type LinkSpec } from '../netlink/link.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { rareSteps } from '../kinds/rare-steps.ts';
import { readLink } from '../read.ts';
import {
  type Applied,
  type ApplyContext,
  cacheLinkIndex,
  changed,
  firstDifference,
  noSuchLink,
} from './context.ts';

const CHANGEABLE: ReadonlySet<string> = new Set([
  'name',
  'up',
  'mac',
  'mtuBytes',
  'multicast',
  'alias',
  'master',
  'port',
]);

const TOO_OLD =
  'Before Linux 6.2, an interface that is up cannot be renamed. Keep the name, or change it at boot.';

type Update = FieldChange<LinkObject>;

/**
 * Ensures the named fields of the link. A new name is set in place and keeps everything on the link.
 * Errors: `not-found`; `invalid` for a field that is set only at creation; `busy` if the kernel (before 6.2)
 * does not rename a link that is up.
 */
export function updateLinkIn(context: ApplyContext, { fields, have: before, want }: Update): Applied {
  const step = `change ${fields.join(', ')} of ${keyOf(want)}`;
  const fixed = fields.find((field) => !CHANGEABLE.has(field));
  if (fixed !== undefined) {
    const hint = 'Delete the link and create it again.';
    return fail('invalid', step, `${fixed} of a link cannot be changed`, { hint });
  }
  const socket = context.sockets.route(want.netns);
  if (!socket.ok) return socket;
  const isRenamed = before.name !== want.name;
  const fact = findLink(socket.value, want.name, isRenamed ? before.name : undefined, step);
  if (!fact.ok) return fact;
  if (fact.value === undefined) return err(noSuchLink({ netns: want.netns, dev: want.name }, step));
  // Objects on a pod's link are created next.
  if (!isRenamed) cacheLinkIndex(context, want, fact.value.index);
  const have = currentLink(context, socket.value, { want, fact: fact.value });
  if (!have.ok) return have;
  const moves = fields.includes('master') && firstDifference(have.value, want, ['master']) !== undefined;
  // Moving a port resets its flags, so they differ then in any case.
  const differing = fields.filter(
    (field) => firstDifference(have.value, want, [field]) !== undefined || (moves && field === 'port'),
  );
  if (differing.length === 0) return ok('unchanged');
  if (isRenamed) context.indexes.clear();
  if (want.type === 'bridge' && differing.includes('mac'))
    announceChanges(socket.value, fact.value.index, step);
  const spec = specOf(socket.value, { want, fields: differing, index: fact.value.index }, step);
  if (!spec.ok) return spec;
  const sendPart = (part: LinkSpec): Applied => send(socket.value, part, step);
  const change = { want, have: have.value, spec: spec.value };
  const sent = rareSteps()?.changeHostVeth(context, change, sendPart) ?? sendPart(spec.value);
  return sent.ok || !isRenamed || sent.error.code !== 'busy' ? sent : err({ ...sent.error, hint: TOO_OLD });
}

/** Returns the link under its new or its old name; undefined if there is neither. */
function findLink(
  socket: NetlinkSocket,
  name: string,
  before: string | undefined,
  step: string,
): Result<LinkFact | undefined> {
  const now = readLink(socket, name);
  if (!now.ok || before === undefined) return now;
  const old = readLink(socket, before);
  if (!old.ok || old.value === undefined) return old.ok ? now : old;
  if (now.value === undefined) return old;
  const hint = 'Another interface has this name: remove or rename it.';
  return fail('exists', step, `link ${name} already exists`, { hint });
}

/**
 * Lets the bridge announce its new MAC (gratuitous ARP): otherwise a pod with the old one in its cache
 * reaches the node only after its next ARP request, measured as half a minute later. Optional: errors are
 * ignored.
 */
function announceChanges(socket: NetlinkSocket, index: number, step: string): void {
  socket.request(changeLink({ index, arpNotify: true }), step);
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
    ...(has('name') ? { name: want.name } : {}),
    up: has('up') ? want.up : undefined,
    // A bridge without an explicit MAC takes the lowest of its ports', whenever they change; setting it once
    // pins it.
    mac: has('mac') || (has('alias') && want.type === 'bridge') ? want.mac : undefined,
    mtuBytes: has('mtuBytes') ? want.mtuBytes : undefined,
    multicast: has('multicast') ? want.multicast : undefined,
    masterIndex: master.value,
    alias: has('alias') ? (want.alias ?? '') : undefined,
    hairpin: has('port') ? want.port?.hairpin : undefined,
  });
}

/**
 * The kernel handles port flags before the master in one message: so they follow in a second one, in the same
 * datagram.
 */
function send(socket: NetlinkSocket, { hairpin, ...rest }: LinkSpec, step: string): Applied {
  const { index, ...fields } = rest;
  const requests = Object.values(fields).some((value) => value !== undefined) ? [changeLink(rest)] : [];
  if (hairpin !== undefined && index !== undefined) requests.push(changeLink({ index, hairpin }));
  const failed = socket.requests(requests, step).find((result) => !result.ok);
  return failed === undefined ? ok('changed') : changed(failed);
}
