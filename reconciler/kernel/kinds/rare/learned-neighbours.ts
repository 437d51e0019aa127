/**
 * Neighbours that a pod has learned (ARP, ND): entries that expire, and are in no State. After a change of the MAC of its
 * host veth they are wrong.
 */
import { familyNumber, ipBytes, ipText, macText, AF_UNSPEC } from '../../netlink/bytes.ts';
import { familyOf } from '../../../model/addresses/address.ts';
import { markWithFormerMac, parseFormerMac } from '../../../model/names.ts';
import type { LinkObject } from '../../../model/state.ts';
import {
  NDA_DST,
  NDA_IFINDEX,
  NDA_LLADDR,
  NDM_BYTES,
  neighbourHeader,
  NUD_NOARP,
  NUD_PERMANENT,
  RTM_DELNEIGH,
  RTM_GETNEIGH,
} from '../ndmsg.ts';
import { readLink } from '../../read.ts';
import type { LinkSpec } from '../../netlink/link.ts';
import type { Applied, ApplyContext } from '../../apply/context.ts';

const STEP = 'forget learned neighbours';
const NO_FLAGS = { state: 0, flags: 0 } as const;

/**
 * Ensures the change of a host veth by `send`, and that its pod has learned nothing with the former MAC. The alias has the former
 * MAC from the same request on until the pod has forgotten it: after a kill in between, the alias differs from the desired one, and the next
 * round finishes the change.
 */
export function changeHostVeth(
  context: ApplyContext,
  { want, have, spec }: { readonly want: LinkObject; readonly have: LinkObject; readonly spec: LinkSpec },
  send: (spec: LinkSpec) => Applied,
): Applied {
  const former = spec.mac === undefined ? parseFormerMac(have.alias) : have.mac;
  if (want.peer === undefined || want.alias === undefined || former === undefined) return send(spec);
  const changed = send({ ...spec, alias: markWithFormerMac(want.alias, former) });
  if (!changed.ok) return changed;
  forgetLearned(context, want.peer, former);
  return send({ ...(spec.index === undefined ? {} : { index: spec.index }), alias: want.alias });
}

/**
 * Ensures that the pod has learned nothing with the former MAC of its host veth: otherwise it sends to that MAC until
 * its entry has failed, measured as 20 s. It asks again with its next packet. Permanent entries stay. Optional:
 * errors are ignored.
 */
function forgetLearned(
  { sockets }: ApplyContext,
  { netns, name }: NonNullable<LinkObject['peer']>,
  mac: string,
): void {
  const socket = sockets.route(netns);
  const link = socket.ok ? readLink(socket.value, name) : socket;
  if (!socket.ok || !link.ok || link.value === undefined) return;
  const { index } = link.value;
  const body = neighbourHeader(AF_UNSPEC, 0, NO_FLAGS).u32(NDA_IFINDEX, index).finish();
  const learned = socket.value.dump(
    { type: RTM_GETNEIGH, flags: 0, body },
    (entry) => {
      const isLearned = (entry.at16(8) & (NUD_PERMANENT | NUD_NOARP)) === 0;
      // Older kernels list all interfaces.
      if (!isLearned || entry.at32(4) !== index) return undefined;
      const get = entry.table(NDM_BYTES);
      return macText(get(NDA_LLADDR)) === mac ? ipText(get(NDA_DST)) : undefined;
    },
    STEP,
  );
  if (!learned.ok || learned.value.length === 0) return;
  const requests = learned.value.map((address) => ({
    type: RTM_DELNEIGH,
    flags: 0,
    body: neighbourHeader(familyNumber(familyOf(address) ?? 4), index, NO_FLAGS)
      .bytes(NDA_DST, ipBytes(address))
      .finish(),
  }));
  socket.value.requests(requests, STEP);
}
