/** Answers CNI calls for the processes that runtimes start, inside the resident process: the same code, already warm. */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { ok } from '../reconciler/model/result.ts';
import type { Sys } from '../reconciler/model/sys.ts';
import {
  type CallMessage,
  callSocketPath,
  decodeCall,
  encodeAnswer,
  type FileIdentity,
  GO,
  OWN_NETNS_PATH,
  REFUSED,
  TAKEN,
} from './call-message.ts';
import type { CallEars } from '../reconciler/cli/resident/companion.ts';
import { VERBS } from './environment.ts';
import { answerCall, type Resident } from './main.ts';
import { createResident } from './resident.ts';

/** Whoever answers calls. */
export type CallServer = { close(): Promise<void> };

/** What answers need. Shape: `program` is the file that this process runs, which another build has replaced by another. */
type Desk = {
  readonly sys: Sys;
  readonly resident: Resident;
  readonly ears: CallEars;
  readonly program: FileIdentity | undefined;
};

/** What is served with. Shape: `programPath` is the file of the program that this process runs. */
export type CallTools = { readonly sys: Sys; readonly programPath: string };

/**
 * Resolves to a server that listens where the plugins of this node look for it. A socket that a dead process left
 * is replaced.
 * Errors: rejects when it can't listen.
 */
export async function serveCalls(
  { sys, programPath }: CallTools,
  runDirectory: string,
  ears: CallEars,
): Promise<CallServer> {
  const path = callSocketPath(runDirectory);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  rmSync(path, { force: true });
  const desk = { sys, resident: await createResident(sys), ears, program: identify(sys, programPath) };
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
    const message = decodeCall(held);
    if (message === 'missing') return;
    taken = message !== 'foreign' && seesTheSame(desk, message) ? message : undefined;
    if (taken === undefined) {
      socket.off('data', hear).resume().end(Uint8Array.of(REFUSED));
      return;
    }
    socket.once('close', desk.ears.noteCall());
    socket.write(Uint8Array.of(TAKEN));
  };
  socket.on('data', hear);
}

async function answer(
  { sys, resident, ears }: Desk,
  socket: Socket,
  { role, env, stdin }: CallMessage,
): Promise<void> {
  const begun = performance.now();
  // A plugin that this call delegates to must not come back here, where everything waits for it.
  const call = { role, argv: [], env: { ...env, VNET_DIRECT: '1' }, readStdin: () => ok(stdin) };
  const answered = await answerCall(sys, call, resident);
  socket.end(encodeAnswer(answered));
  // Whoever counts calls keeps a number for each verb: those that are none are one.
  const verb = VERBS.find((known) => known === env['CNI_COMMAND']) ?? 'unknown';
  ears.onCall({ verb, exitCode: answered.exitCode, durationMs: performance.now() - begun });
}

/** True when the caller's program, namespace and view of the pod's namespace are ours. */
function seesTheSame(
  { sys, program: mine }: Desk,
  { program, ownNetns, podNetns, env }: CallMessage,
): boolean {
  const netns = env['CNI_NETNS'] ?? '';
  return (
    isSame(mine, program) &&
    isSame(identify(sys, OWN_NETNS_PATH), ownNetns) &&
    (netns === '' || isSame(identify(sys, netns), podNetns))
  );
}

function identify(sys: Sys, path: string): FileIdentity | undefined {
  const status = sys.stat(path);
  return typeof status === 'number' ? undefined : status;
}

function isSame(mine: FileIdentity | undefined, theirs: FileIdentity | undefined): boolean {
  return mine?.inode === theirs?.inode && mine?.device === theirs?.device;
}
