/** Answers CNI calls for the processes that runtimes start, inside the resident process: the same code, already warm. */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { ok } from '../reconciler/model/result.ts';
import type { Sys } from '../reconciler/model/sys.ts';
import {
  CALL_FORMAT,
  type CallMessage,
  callSocketPath,
  decodeMessage,
  encodeMessage,
  type FileIdentity,
  GO,
  OWN_NETNS_PATH,
  PROGRAM_PATH,
  REFUSED,
  TAKEN,
} from './call-message.ts';
import type { OnCall } from '../reconciler/cli/resident/companion.ts';
import { answerCall, type Resident } from './main.ts';
import { createResident } from './resident.ts';

/** Nothing that a runtime sends is longer. */
const MAX_CALL_BYTES = 16 * 1024 * 1024;

/** Whoever answers calls. */
export type CallServer = { close(): Promise<void> };

type Desk = { readonly sys: Sys; readonly resident: Resident; readonly onCall: OnCall };

/**
 * Resolves to a server that listens where the plugins of this node look for it. A socket that a dead process left
 * is replaced.
 * Errors: rejects when it can't listen.
 */
export async function serveCalls(
  sys: Sys,
  runDirectory: string,
  onCall: OnCall = () => undefined,
): Promise<CallServer> {
  const path = callSocketPath(runDirectory);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  rmSync(path, { force: true });
  const desk = { sys, resident: createResident(sys), onCall };
  const server = createServer((socket) => receive(desk, socket));
  await listen(server, path);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          desk.resident.kernel.close();
          resolve();
        });
      }),
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      // Whoever may connect may have interfaces made: root alone.
      chmodSync(path, 0o600);
      server.off('error', reject);
      resolve();
    });
  });
}

function receive(desk: Desk, socket: Socket): void {
  let held: Buffer = Buffer.alloc(0);
  let taken: CallMessage | undefined;
  // A caller that went away has done its call itself, or was killed: there is nobody to tell.
  socket.on('error', () => socket.destroy());
  const hear = (chunk: Buffer): void => {
    if (taken !== undefined) {
      socket.off('data', hear).resume();
      if (chunk[0] === GO) answer(desk, socket, taken).catch(() => socket.destroy());
      return;
    }
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const message = held.length > MAX_CALL_BYTES ? null : readMessage(held);
    if (message === undefined) return;
    taken = isCallMessage(message) && seesTheSame(desk.sys, message) ? message : undefined;
    if (taken === undefined) socket.off('data', hear).resume().end(Uint8Array.of(REFUSED));
    else socket.write(Uint8Array.of(TAKEN));
  };
  socket.on('data', hear);
}

function readMessage(bytes: Uint8Array): unknown {
  try {
    return decodeMessage(bytes);
  } catch {
    return null;
  }
}

async function answer(
  { sys, resident, onCall }: Desk,
  socket: Socket,
  { role, argv, env, stdin }: CallMessage,
): Promise<void> {
  const begun = performance.now();
  // A plugin that this call delegates to must not come back here, where everything waits for it.
  const call = { role, argv, env: { ...env, VNET_DIRECT: '1' }, readStdin: () => ok(stdin) };
  const answered = await answerCall(sys, call, resident);
  socket.end(encodeMessage(answered));
  const verb = env['CNI_COMMAND'] ?? '';
  onCall({ verb, exitCode: answered.exitCode, durationMs: performance.now() - begun });
}

/** True when the caller's program, namespace and view of the pod's namespace are ours. */
function seesTheSame(sys: Sys, { program, ownNetns, podNetns, env }: CallMessage): boolean {
  const netns = env['CNI_NETNS'] ?? '';
  return (
    isSame(sys.stat(PROGRAM_PATH), program) &&
    isSame(sys.stat(OWN_NETNS_PATH), ownNetns) &&
    (netns === '' || isSame(sys.stat(netns), podNetns))
  );
}

function isSame(mine: FileIdentity | number, theirs: FileIdentity | undefined): boolean {
  if (typeof mine === 'number' || theirs === undefined)
    return typeof mine === 'number' && theirs === undefined;
  return mine.inode === theirs.inode && mine.device === theirs.device;
}

/** The socket is root's alone, and the program is the same on both sides: little can be wrong. */
function isCallMessage(value: unknown): value is CallMessage {
  if (typeof value !== 'object' || value === null) return false;
  const { format, env, argv, stdin }: Partial<Record<keyof CallMessage, unknown>> = value;
  return (
    format === CALL_FORMAT &&
    typeof env === 'object' &&
    env !== null &&
    Array.isArray(argv) &&
    typeof stdin === 'string'
  );
}
