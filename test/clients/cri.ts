/**
 * The CRI calls of kubelet that concern networks: protobuf in gRPC over HTTP/2.
 * Source: k8s.io/cri-api, pkg/apis/runtime/v1/api.proto; grpc/doc/PROTOCOL-HTTP2.md.
 */
import { connect, type IncomingHttpHeaders } from 'node:http2';
import { createConnection } from 'node:net';

/** A message to send: field numbers with texts, numbers or messages. */
type Message = readonly (readonly [number, string | number | Message])[];

/** A pod as described by kubelet. */
export type PodSpec = {
  readonly name: string;
  /** Number of previous attempts to create it. */
  readonly attempt: number;
  readonly cgroup: string;
  readonly ports?: readonly { readonly hostPort: number; readonly containerPort: number }[];
  readonly annotations?: Readonly<Record<string, string>>;
};

/** The client's side of the interface. Errors of all calls: reject with the runtime's message. */
export type Cri = {
  /** Resolves to the ID of the sandbox. */
  readonly runPod: (pod: PodSpec) => Promise<string>;
  readonly stopPod: (id: string) => Promise<void>;
  readonly removePod: (id: string) => Promise<void>;
  /** Resolves to the address of the pod: the first one, if it has two. */
  readonly addressOf: (id: string) => Promise<string>;
  /** Resolves to all addresses of the pod. */
  readonly addressesOf: (id: string) => Promise<readonly string[]>;
  /** Resolves to true if the runtime reports the network as ready. */
  readonly isNetworkReady: () => Promise<boolean>;
};

/** Returns the client of the socket. */
export function openCri(socket: string): Cri {
  const ask = (method: string, message: Message): Promise<Fields> => call(socket, method, encode(message));
  const networkOf = async (id: string): Promise<Fields> =>
    inner(inner(await ask('PodSandboxStatus', [[1, id]]), 1), 5);
  return {
    runPod: async (pod) => textOf(await ask('RunPodSandbox', [[1, configOf(pod)]]), 1),
    stopPod: async (id) => void (await ask('StopPodSandbox', [[1, id]])),
    removePod: async (id) => void (await ask('RemovePodSandbox', [[1, id]])),
    addressOf: async (id) => textOf(await networkOf(id), 1),
    addressesOf: async (id) => {
      const network = await networkOf(id);
      return [textOf(network, 1), ...messagesOf(network, 2).map((more) => textOf(more, 1))];
    },
    isNetworkReady: async () => {
      const conditions = messagesOf(inner(await ask('Status', []), 1), 1);
      return conditions.some(
        (condition) => textOf(condition, 1) === 'NetworkReady' && condition.get(2)?.[0] === 1,
      );
    },
  };
}

function configOf({ name, attempt, cgroup, ports = [], annotations = {} }: PodSpec): Message {
  const metadata: Message = [
    [1, name],
    [2, `uid-${name}`],
    [3, 'shop'],
    [4, attempt],
  ];
  const mappings = ports.map(({ hostPort, containerPort }): Message[number] => [
    5,
    [
      [2, containerPort],
      [3, hostPort],
    ],
  ]);
  const notes = Object.entries(annotations).map(([key, value]): Message[number] => [
    7,
    [
      [1, key],
      [2, value],
    ],
  ]);
  return [[1, metadata], [2, name], ...mappings, ...notes, [8, [[1, cgroup]]]];
}

/** Makes one unary call. */
function call(socket: string, method: string, message: Buffer): Promise<Fields> {
  const session = connect('http://localhost', { createConnection: () => createConnection(socket) });
  return new Promise<Fields>((resolve, reject) => {
    session.on('error', reject);
    const stream = session.request({
      ':method': 'POST',
      ':path': `/runtime.v1.RuntimeService/${method}`,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    const judge = (headers: IncomingHttpHeaders): void => {
      const { 'grpc-status': status = '0', 'grpc-message': why = '' } = headers;
      if (status !== '0') reject(new Error(`${method}: ${decodeURIComponent([why].flat().join(' '))}`));
    };
    stream.on('response', judge);
    stream.on('trailers', judge);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('end', () => resolve(decode(Buffer.concat(chunks).subarray(PREFIX_BYTES))));
    const prefix = Buffer.alloc(PREFIX_BYTES);
    prefix.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([prefix, message]));
  }).finally(() => session.close());
}

/** A byte for "not compressed", and the length. */
const PREFIX_BYTES = 5;

function encode(message: Message): Buffer {
  const parts = message.map(([field, value]) => {
    if (typeof value === 'number') return Buffer.concat([varint(field << 3), varint(value)]);
    const body = typeof value === 'string' ? Buffer.from(value) : encode(value);
    return Buffer.concat([varint((field << 3) | 2), varint(body.length), body]);
  });
  return Buffer.concat(parts);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

type Value = number | Buffer;
type Fields = ReadonlyMap<number, readonly Value[]>;

function decode(bytes: Buffer): Fields {
  const fields = new Map<number, Value[]>();
  let at = 0;
  const next = (): number => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  while (at < bytes.length) {
    const tag = next();
    const length = next();
    const isNumber = (tag & 7) === 0;
    const value = isNumber ? length : bytes.subarray(at, at + length);
    if (!isNumber) at += length;
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}

function inner(fields: Fields, field: number): Fields {
  return messagesOf(fields, field)[0] ?? new Map<number, Value[]>();
}

function messagesOf(fields: Fields, field: number): readonly Fields[] {
  return (fields.get(field) ?? []).flatMap((value) => (typeof value === 'number' ? [] : [decode(value)]));
}

function textOf(fields: Fields, field: number): string {
  const value = fields.get(field)?.[0];
  return value === undefined ? '' : value.toString();
}
