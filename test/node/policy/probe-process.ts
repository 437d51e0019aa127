/**
 * Listens in pods and connects between them, all from one process: it enters the namespace of a pod, opens a socket and leaves. Reads a
 * request per line of standard input, writes an answer per line.
 * Shape: see probes.ts.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { createSys } from '#sys';
import type { Probed, ProbeRequest } from './probes.ts';
import { initOf, parseInit } from './sctp.ts';

const sys = createSys();
const CLONE_NEWNET = 0x40000000;
const [AF_INET, SOCK_RAW, SOCK_NONBLOCK, IPPROTO_SCTP] = [2, 3, 0x800, 132];

function enter(path: string): void {
  const fd = sys.open(path, 0, 0);
  const done = fd < 0 ? fd : sys.setns(fd, CLONE_NEWNET);
  if (done < 0) throw new Error(`setns ${path}: ${done}`);
  sys.close(fd);
}

/** Sockets are made some ticks after the call that asks for them. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => void setImmediate(resolve));
};

type Pod = { readonly servers: readonly (Server | UdpSocket)[]; readonly raw: number };
const pods = new Map<string, Pod>();

async function serve(path: string, ports: readonly number[]): Promise<void> {
  if (pods.has(path)) return;
  enter(path);
  const servers = ports.flatMap((port) => {
    const listener = createServer((socket) => void socket.on('error', () => undefined).end());
    listener
      .on('error', ({ message }) => {
        console.error(`tcp ${port} ${path}: ${message}`);
      })
      .listen(port, '::');
    const receiver = createSocket({ type: 'udp6' });
    receiver.on('message', (_text, { port: from, address }) => {
      receiver.send('pong', from, address);
    });
    receiver
      .on('error', ({ message }) => {
        console.error(`udp ${port} ${path}: ${message}`);
      })
      .bind(port, '::');
    return [listener, receiver];
  });
  const raw = sys.socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_SCTP);
  await settled();
  pods.set(path, { servers, raw });
}

function stop(path: string): void {
  for (const server of pods.get(path)?.servers ?? []) server.close();
  sys.close(pods.get(path)?.raw ?? -1);
  pods.delete(path);
}

type Try = { readonly address: string; readonly port: number; readonly timeoutMs: number };

function tcp({ address, port, timeoutMs }: Try): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (isOpen: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(isOpen);
    };
    const timer = setTimeout(end, timeoutMs, false);
    socket.on('connect', () => end(true)).on('error', () => end(false));
  });
}

function udp({ address, port, timeoutMs }: Try): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    const end = (isOpen: boolean): void => {
      clearTimeout(timer);
      socket.close();
      resolve(isOpen);
    };
    const timer = setTimeout(end, timeoutMs, false);
    socket.on('message', () => end(true)).on('error', () => end(false));
    socket.send('ping', port, address);
  });
}

/** An INIT that is not dropped arrives, whether or not the kernel has SCTP: a raw socket sees it. */
async function sctp(asked: ProbeRequest['tries'], timeoutMs: number): Promise<readonly boolean[]> {
  const seen = new Set<number>();
  const into = new Uint8Array(2048);
  const hear = (): void => {
    for (const { raw: fd } of pods.values()) {
      for (let length = sys.recv(fd, into, 0); length > 0; length = sys.recv(fd, into, 0)) {
        const tag = parseInit(into.subarray(0, length));
        if (tag !== undefined) seen.add(tag);
      }
    }
  };
  hear();
  seen.clear();
  const tags = asked.map(({ from, address, port }, index) => {
    const tag = 1_000_000 + index;
    enter(from);
    const fd = sys.socket(AF_INET, SOCK_RAW, IPPROTO_SCTP);
    const to = Uint8Array.from([AF_INET, 0, 0, 0, ...address.split('.').map(Number), 0, 0, 0, 0, 0, 0, 0, 0]);
    sys.connect(fd, to);
    sys.send(fd, initOf(port, tag), 0);
    sys.close(fd);
    return tag;
  });
  const end = Date.now() + timeoutMs;
  do {
    hear();
    if (tags.every((tag) => seen.has(tag))) break;
    await new Promise((resolve) => void setTimeout(resolve, 20));
  } while (Date.now() < end);
  return tags.map((tag) => seen.has(tag));
}

async function probe({ tries, timeoutMs }: ProbeRequest): Promise<readonly boolean[]> {
  const results: Promise<boolean>[] = [];
  for (const from of new Set(tries.map((one) => one.from))) {
    enter(from);
    for (const [index, one] of tries.entries()) {
      if (one.from !== from || one.protocol === 'SCTP') continue;
      const to = { address: one.address, port: one.port, timeoutMs };
      results[index] = one.protocol === 'TCP' ? tcp(to) : udp(to);
    }
    await settled();
  }
  const raw = tries.flatMap((one, index) => (one.protocol === 'SCTP' ? [index] : []));
  const heard =
    raw.length === 0
      ? []
      : await sctp(
          tries.filter(({ protocol }) => protocol === 'SCTP'),
          timeoutMs,
        );
  for (const [at, index] of raw.entries()) results[index] = Promise.resolve(heard[at] ?? false);
  return Promise.all(results);
}

for await (const line of createInterface(process.stdin)) {
  const request: ProbeRequest = JSON.parse(line);
  for (const path of pods.keys()) if (!request.pods.includes(path)) stop(path);
  for (const path of request.pods) await serve(path, request.ports);
  const answer: Probed = { open: await probe(request) };
  console.log(JSON.stringify(answer));
}
process.exit(0);
