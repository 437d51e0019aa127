/**
 * Raw frames on an interface of its namespace. `send INDEX HEX...` sends each frame. `hear INDEX END` prints
 * `ready`, then each received frame in hexadecimal, up to the first that contains the bytes END.
 * Source: packet(7).
 */
import { createSys } from '#sys';

const [AF_PACKET, SOCK_RAW, ETH_P_ALL] = [17, 3, 0x0003];

/** struct sockaddr_ll. */
function addressOf(index: number): Buffer {
  const address = Buffer.alloc(20);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(ETH_P_ALL, 2);
  address.writeInt32LE(index, 4);
  return address;
}

const [verb = '', index = '', ...rest] = process.argv.slice(2);
const sys = createSys();
const fd = sys.socket(AF_PACKET, SOCK_RAW, (ETH_P_ALL & 0xff) << 8);
const bound = fd < 0 ? fd : sys.bind(fd, addressOf(Number(index)));
if (bound < 0) throw new Error(`packet socket: ${String(bound)}`);
if (verb === 'send') {
  for (const hex of rest) {
    const frame = Buffer.from(hex, 'hex');
    const sent = sys.send(fd, frame, 0);
    if (sent !== frame.length) throw new Error(`sent ${String(sent)} of ${String(frame.length)}`);
  }
} else {
  console.log('ready');
  const into = Buffer.alloc(65_536);
  for (let hex = ''; !hex.includes(rest[0] ?? ''); ) {
    const length = sys.recv(fd, into, 0);
    if (length < 0) throw new Error(`receive: ${String(length)}`);
    hex = into.subarray(0, length).toString('hex');
    console.log(hex);
  }
}
process.exit(0);
