/**
 * Makes connections on the loopback of this namespace, deletes those of a former pod, and prints the numbers of connections before and
 * after by the letters of their ends. `listed`: the kernel refuses to delete by an address, as an older one does. `kept`: it has no
 * nf_conntrack_netlink.
 */
import { createSocket, type Socket } from 'node:dgram';
import { createSys } from '#sys';
import { AF_UNSPEC, ipText } from '../../../reconciler/kernel/netlink/bytes.ts';
import { NetlinkSocket, ReceiveBuffer } from '../../../reconciler/kernel/netlink/socket.ts';
import { deleteFormer } from '../../../reconciler/kernel/policy/former-connections.ts';
import { FLAGS, type Sys } from '../../../reconciler/model/ports/sys.ts';
import { HOST, type NftTableObject } from '../../../reconciler/model/state.ts';

const ADDRESSES = {
  4: { pod: '10.9.0.2', peer: '10.9.0.3', other: '10.9.0.4' },
  6: { pod: 'fd00:9::2', peer: 'fd00:9::3', other: 'fd00:9::4' },
} as const;
type Name = 'pod' | 'peer' | 'other';

const [way = '', set = ''] = process.argv.slice(2);

/** IPCTNL_MSG_CT_DELETE, and the type of CTA_FILTER with NLA_F_NESTED. */
const [DELETE, FILTER] = [0x102, 0x8019];

/** Types of messages of a subsystem of nfnetlink that does not exist, and of a message that does not. */
const [NO_SUBSYSTEM, NO_MESSAGE] = [0x7f00, 0x1ff];

const real = createSys();
let isDeleting = false;
const sys: Sys = {
  ...real,
  send: (fd, bytes, flags) => {
    if (way === 'deleted' || !isDeleting) return real.send(fd, bytes, flags);
    const sent = bytes.slice();
    const view = new DataView(sent.buffer);
    for (let at = 0; at + 16 <= sent.length; at += view.getUint32(at, true)) {
      const types = Array.from({ length: view.getUint32(at, true) / 4 - 5 }, (_, word) =>
        view.getUint16(at + 20 + 4 * word + 2, true),
      );
      // Both are refused: EINVAL.
      if (way === 'kept') view.setUint16(at + 4, NO_SUBSYSTEM, true);
      else if (view.getUint16(at + 4, true) === DELETE && types.includes(FILTER))
        view.setUint16(at + 4, NO_MESSAGE, true);
    }
    return real.send(fd, sent, flags);
  },
};

async function bound(family: 4 | 6, name: Name): Promise<Socket> {
  const socket = createSocket(family === 4 ? 'udp4' : 'udp6');
  await new Promise<void>((resolve) => void socket.bind(0, ADDRESSES[family][name], resolve));
  return socket;
}

/** Resolves once the packet has arrived. */
async function send(from: Socket, to: Socket): Promise<void> {
  const { port, address } = to.address();
  const arrived = new Promise((resolve) => void to.once('message', resolve));
  from.send('x', port, address);
  await arrived;
}

async function connect(family: 4 | 6, from: Name, to: Name): Promise<void> {
  const [one, other] = [await bound(family, from), await bound(family, to)];
  await send(one, other);
  await send(other, one);
  one.close();
  other.close();
}

const options = { protocol: FLAGS.NETLINK_NETFILTER, readOnly: false, buffer: new ReceiveBuffer() };
const opened = NetlinkSocket.open(sys, options);
if (!opened.ok) throw new Error(opened.error.message);

/** Source: linux/netfilter/nfnetlink_conntrack.h. */
function connections(socket: NetlinkSocket): Readonly<Record<string, number>> {
  const names = new Map<string, string>(
    Object.values(ADDRESSES).flatMap((list) => Object.entries(list).map(([name, ip]) => [ip, name] as const)),
  );
  const request = { type: 0x101, flags: 0, body: new Uint8Array([AF_UNSPEC, 0, 0, 0]) };
  const listed = socket.dump(
    request,
    (body) => {
      const ip = body.attribute(4, 1)?.attribute(0, 1);
      const [from, to] = [1, 2].map((end) => ipText(ip?.attribute(0, end) ?? ip?.attribute(0, end + 2)));
      return `${names.get(from ?? '')} > ${names.get(to ?? '')}`;
    },
    'list connections',
  );
  if (!listed.ok) throw new Error(listed.error.message);
  const counts: Record<string, number> = {};
  for (const name of listed.value.toSorted()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

for (const family of [4, 6] as const) {
  for (let n = 0; n < 3; n += 1) await connect(family, 'pod', 'peer');
  for (let n = 0; n < 2; n += 1) await connect(family, 'peer', 'pod');
  await connect(family, 'other', 'peer');
}
const before = connections(opened.value);
const [pod4, pod6] = [ADDRESSES[4].pod, ADDRESSES[6].pod];
const have: NftTableObject = {
  kind: 'nft-table',
  netns: HOST,
  family: 'inet',
  name: 'vnet_policy',
  rules: [],
};
const want = { ...have, sets: { [`${set}4`]: { [pod4]: 'chain' }, [`${set}6`]: { [pod6]: 'chain' } } };
const fresh = [pod4, pod6, '10.9.0.3'];
isDeleting = true;
deleteFormer(opened.value, [{ verb: 'update', want, have, fields: ['sets'], fresh }]);
isDeleting = false;
console.log(JSON.stringify({ before, after: connections(opened.value) }));
opened.value.close();
process.exit(0);
