/**
 * Packets that the kernel handles in larger pieces than those of the wire, in every mode and family: segments of TCP and UDP that are
 * cut late (GSO) or joined early (GRO), fragments, and checksums that are computed late.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { DUAL_NICS } from '../lab/fabric.ts';
import { reaches } from '../lab/ping.ts';
import { hasLiveNodes } from '../plugin/live-node.ts';
import { isLong } from '../support/long.ts';
import type { Netns } from '../support/netns.ts';
import { python } from '../support/python.ts';
import { MODE_CASES, modeConf } from './mode-cases.ts';
import { addressOf } from './mode-nodes.ts';
import { useTwoNodes } from './two-nodes.ts';

const FAMILIES = [4, 6] as const;
const BYTES = 4_000_000;

/**
 * A stream over TCP; datagrams that need fragments; and datagrams that leave the socket as one (UDP_SEGMENT). Prints the bytes
 * received, and the numbers of whole datagrams of both sorts. The sender repeats datagrams until all have arrived.
 */
const COMMON = `
import socket, sys, time
where, total = sys.argv[1], int(sys.argv[2])
family = socket.AF_INET6 if ':' in where else socket.AF_INET
BIG, SMALL, COUNT = 20000, 1200, 40
big = [bytes([n]) * BIG for n in range(COUNT)]
small = [bytes([n]) * SMALL for n in range(COUNT)]
`;
const SERVE = `${COMMON}
stream = socket.create_server((where, 8081), family=family)
datagrams = socket.socket(family, socket.SOCK_DGRAM)
datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
datagrams.bind((where, 8081))
for one in (stream, datagrams): one.settimeout(20)
got = 0
try:
    peer, place = stream.accept()
    peer.settimeout(20)
    while data := peer.recv(1 << 17): got += len(data)
    seen = set()
    while len(seen) < 2 * COUNT:
        data, sender = datagrams.recvfrom(1 << 16)
        if data in big or data in small: seen.add(data)
    for _ in range(5): datagrams.sendto(b'done', sender)
except OSError: seen = locals().get('seen', set())
print(got, len(seen & set(big)), len(seen & set(small)))
`;
const SEND = `${COMMON}
end = time.monotonic() + 18
while True:
    try:
        stream = socket.create_connection((where, 8081), timeout=3)
        break
    except OSError:
        if time.monotonic() > end: sys.exit(1)
        time.sleep(0.05)
stream.settimeout(15)
stream.sendall(bytes(total))
stream.close()
plain, joined = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(2)]
joined.setsockopt(17, 103, SMALL)
for one in (plain, joined): one.connect((where, 8081))
plain.settimeout(0.5)
joined.settimeout(0.5)
while time.monotonic() < end:
    for data in big: plain.send(data)
    joined.send(b''.join(small))
    try:
        if joined.recv(16) == b'done': break
    except TimeoutError: pass
`;

/** Sets features of an interface by SIOCETHTOOL. Source: linux/ethtool.h: STXCSUM, STSO, SGSO, SGRO. */
const ETHTOOL = `
import array, fcntl, socket, struct, sys
commands = {'tx': 0x17, 'tso': 0x1f, 'gso': 0x24, 'gro': 0x2c}
sock = socket.socket()
for dev in sys.argv[2:]:
    for setting in sys.argv[1].split():
        name, value = setting.split('=')
        data = array.array('B', struct.pack('II', commands[name], int(value)))
        fcntl.ioctl(sock, 0x8946, struct.pack('16sP16x', dev.encode(), data.buffer_info()[0]))
`;

/** Settings of the interfaces of pods and of their host ends. */
const SETTINGS = {
  'as they are made': '',
  'joined early': 'gro=1',
  'not joined, cut or computed late': 'gro=0 tso=0 gso=0 tx=0',
} as const;

describe.skipIf(!hasLiveNodes).each(MODE_CASES)('mode $mode', (given) => {
  // In the short form, each mode has one of them, and each is in a mode.
  const turn = MODE_CASES.indexOf(given);
  const settings = Object.entries(SETTINGS).filter(
    (_, index, { length }) => isLong || index === turn % length,
  );
  const { fabric, here, pod, far, dryRun } = useTwoNodes(modeConf(given), DUAL_NICS);
  beforeAll(() => {
    for (const family of FAMILIES) for (const one of [pod(0), far()]) reaches(one, addressOf(pod(1), family));
  });

  const receive = async (from: Netns, to: Netns, family: 4 | 6): Promise<string> => {
    const where = addressOf(to, family);
    const served = to.exec(python(SERVE, where, String(BYTES)));
    await from.exec(python(SEND, where, String(BYTES)));
    return (await served).stdout.trim();
  };

  it.each(settings)('passes packets larger than a frame: %s', async (_name, setting) => {
    const veths = Object.values(here().document().endpoints ?? {}).flatMap(({ hostVeth }) => hostVeth ?? []);
    if (setting !== '') {
      const set = python(ETHTOOL, setting);
      here()
        .netns()
        .mustExec([...set, ...veths]);
      for (const one of [pod(0), pod(1), far()]) one.mustExec([...set, 'eth0']);
    }
    for (const family of FAMILIES)
      for (const [from, to] of [
        [pod(0), pod(1)],
        [pod(0), far()],
        [far(), pod(1)],
      ] as const)
        expect([family, from.name, to.name, await receive(from, to, family)]).toEqual([
          family,
          from.name,
          to.name,
          `${BYTES} 40 40`,
        ]);
    expect(fabric().foreignFrames(here().nic)).toBe(0);
    expect(dryRun()).toBe('');
  });
});
