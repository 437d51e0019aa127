/** Labels of IPv6 prefixes on the wire. Source: rtnetlink(7), linux/if_addrlabel.h. */
import { parseCidr } from '../../model/addresses/address.ts';
import type { AddrlabelObject } from '../../model/kinds/addrlabel.ts';
import { Bug, ok, type Result } from '../../model/result.ts';
import { keyOf, type NetnsPath, normaliseObject } from '../../model/state.ts';
import { type Applied, type ApplyContext, changed, existing, firstDifference } from '../apply/context.ts';
import { AF_INET6, ipBytes, ipText } from '../netlink/bytes.ts';
import { NLM_F_CREATE } from '../netlink/message.ts';
import type { BodyReader } from '../netlink/reader.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { BodyWriter } from '../netlink/writer.ts';
import type { Wire } from './wire.ts';

const RTM_NEWADDRLABEL = 72;
const RTM_DELADDRLABEL = 73;
const RTM_GETADDRLABEL = 74;
const IFAL = { ADDRESS: 1, LABEL: 2 } as const;
const HEADER_BYTES = 12;

/** Labels. The kernel announces none. */
export const addrlabelWire: Wire<AddrlabelObject> = {
  create: (context, want) =>
    on(context, want, (socket, have, step) =>
      have === undefined ? send(socket, RTM_NEWADDRLABEL, want, step) : existing(have, want, step),
    ),
  change: (context, { want }) =>
    on(context, want, (socket, have, step) => {
      if (have !== undefined && firstDifference(have, want) === undefined) return ok('unchanged');
      // NLM_F_REPLACE makes a second label if another prefix of this length was added since (__ip6addrlbl_add).
      const gone = have === undefined ? ok('unchanged' as const) : send(socket, RTM_DELADDRLABEL, have, step);
      return gone.ok ? send(socket, RTM_NEWADDRLABEL, want, step) : gone;
    }),
  remove: (context, gone) =>
    on(context, gone, (socket, have, step) =>
      have === undefined ? ok('unchanged') : send(socket, RTM_DELADDRLABEL, have, step),
    ),
  list: ({ sockets, netns }) => {
    const socket = sockets.route(netns);
    return socket.ok ? read(socket.value, netns) : socket;
  },
  find: ({ sockets, netns }, like) => {
    const socket = sockets.route(netns);
    return socket.ok ? findIn(socket.value, like) : socket;
  },
};

function send(socket: NetlinkSocket, type: number, label: AddrlabelObject, step: string): Applied {
  const flags = type === RTM_NEWADDRLABEL ? NLM_F_CREATE : 0;
  return changed(socket.request({ type, flags, body: encode(label) }, step));
}

function on(
  { sockets }: ApplyContext,
  label: AddrlabelObject,
  work: (socket: NetlinkSocket, have: AddrlabelObject | undefined, step: string) => Applied,
): Applied {
  const socket = sockets.route(label.netns);
  if (!socket.ok) return socket;
  const have = findIn(socket.value, label);
  return have.ok ? work(socket.value, have.value, keyOf(label)) : have;
}

function findIn(socket: NetlinkSocket, like: AddrlabelObject): Result<AddrlabelObject | undefined> {
  const key = keyOf(normaliseObject(like));
  const labels = read(socket, like.netns);
  return labels.ok ? ok(labels.value.find((one) => keyOf(one) === key)) : labels;
}

function read(socket: NetlinkSocket, netns: NetnsPath): Result<AddrlabelObject[]> {
  const request = { type: RTM_GETADDRLABEL, flags: 0, body: header(0).finish() };
  return socket.dump(request, (answer) => parse(answer, netns), 'list labels');
}

function header(length: number): BodyWriter {
  return new BodyWriter().put8(AF_INET6).put8(0).put8(length).put8(0).put32(0).put32(0);
}

function encode({ prefix, label }: AddrlabelObject): Uint8Array {
  const cidr = parseCidr(prefix);
  if (cidr === undefined) throw new Bug(`not a prefix: ${prefix}`);
  return header(cidr.length).bytes(IFAL.ADDRESS, ipBytes(cidr.address)).u32(IFAL.LABEL, label).finish();
}

function parse(body: BodyReader, netns: NetnsPath): AddrlabelObject {
  const get = body.table(HEADER_BYTES);
  const address = ipText(get(IFAL.ADDRESS)) ?? '::';
  return {
    kind: 'addrlabel',
    netns,
    prefix: `${address}/${body.at8(2)}`,
    label: get(IFAL.LABEL)?.at32(0) ?? 0,
  };
}
