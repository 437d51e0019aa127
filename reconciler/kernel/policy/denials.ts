/** The denied packets that the kernel logs to our group of nflog. Source: linux/netfilter/nfnetlink_log.h. */
import { DENIED_LOG_GROUP } from '../../model/policy/table/chains.ts';
import { type DeniedPacket, parseDeniedPacket } from '../../model/policy/denial.ts';
import { type Direction, DIRECTIONS } from '../../model/policy/rules.ts';
import type { DenialLog } from '../../model/ports/denials.ts';
import { FLAGS, type ResidentSys, type Sys } from '../../model/ports/sys.ts';
import { ok, type Result } from '../../model/result.ts';
import { onWake, wakeBy } from '../../os/sigio.ts';
import { splitMessages } from '../netlink/notice.ts';
import type { BodyReader } from '../netlink/reader.ts';
import { NetlinkSocket, ReceiveBuffer } from '../netlink/socket.ts';
import { BodyWriter } from '../netlink/writer.ts';

const HEADER_BYTES = 4;
const SUBSYSTEM = 4 << 8;
const [PACKET, CONFIG] = [0, 1];
const CONFIGURE = { command: 1, mode: 2, threshold: 5 } as const;
const BIND = 1;
/** The first 128 bytes of each packet (NFULNL_COPY_PACKET), as soon as it is logged. */
const MODE = new Uint8Array([0, 0, 0, 128, 2, 0]);
const AT_ONCE = new Uint8Array([0, 0, 0, 1]);
const [LOGGED_PAYLOAD, LOGGED_PREFIX] = [9, 10];

/** Returns the log of denied packets of this network namespace; `ready` is called when there are some. Errors: another program has the group. */
export function openDenials(sys: ResidentSys, ready: () => void): Result<DenialLog> {
  const buffer = new ReceiveBuffer();
  const options = { protocol: FLAGS.NETLINK_NETFILTER, readOnly: false, buffer };
  const opened = NetlinkSocket.open(sys, options);
  if (!opened.ok) return opened;
  const socket = opened.value;
  const step = `read group ${DENIED_LOG_GROUP} of nflog`;
  const configured = [new Uint8Array([BIND]), MODE, AT_ONCE].map((value, index) => {
    const attribute = [CONFIGURE.command, CONFIGURE.mode, CONFIGURE.threshold][index] ?? 0;
    const body = new BodyWriter().put8(0).put8(0).put16be(DENIED_LOG_GROUP).bytes(attribute, value).finish();
    return socket.request({ type: SUBSYSTEM | CONFIG, flags: 0, body }, step);
  });
  const refused = configured.find((result) => !result.ok);
  if (refused !== undefined && !refused.ok) {
    socket.close();
    return refused;
  }
  wakeBy(sys, socket.descriptor);
  const ignore = onWake(ready);
  return ok({
    drain: () => drain(sys, socket.descriptor, buffer),
    close: () => {
      ignore();
      socket.close();
    },
  });
}

function drain(sys: Sys, fd: number, { bytes }: ReceiveBuffer): readonly DeniedPacket[] {
  const found: DeniedPacket[] = [];
  for (;;) {
    const length = sys.recv(fd, bytes, FLAGS.MSG_DONTWAIT | FLAGS.MSG_TRUNC);
    if (length <= 0) return found;
    for (const { type, body } of splitMessages(bytes, Math.min(length, bytes.length))) {
      const packet = type === (SUBSYSTEM | PACKET) ? parseLogged(body) : undefined;
      if (packet !== undefined) found.push(packet);
    }
  }
}

function parseLogged(body: BodyReader): DeniedPacket | undefined {
  const prefix = body.attribute(HEADER_BYTES, LOGGED_PREFIX)?.toText();
  const direction = DIRECTIONS.find((one: Direction) => prefix === `vnet:${one}`);
  const payload = body.attribute(HEADER_BYTES, LOGGED_PAYLOAD)?.toBytes();
  const packet = payload === undefined ? undefined : parseDeniedPacket(payload);
  return direction === undefined || packet === undefined ? undefined : { direction, ...packet };
}
