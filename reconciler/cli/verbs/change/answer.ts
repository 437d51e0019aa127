/**
 * Serves the `vnet reconcile` of other processes from the resident process: the verb's own code, in a session
 * that is already warm.
 */
import { createServer, type Socket } from 'node:net';
import { rmSync } from 'node:fs';
import { roundIfConverged } from '../../../loop/round/preview.ts';
import type { Session } from '../../../loop/node/session.ts';
import type { InquiryHost } from '../../../daemon/watch-hooks.ts';
import { parseChoice } from '../../parse.ts';
import { reconcileVerb, type RoundChoice } from './reconcile.ts';
import { withUmask } from '../../../os/umask.ts';
import { whenLoaded } from '../../../document/library.ts';
import { EXIT } from '../../../app/exit-codes.ts';
import { readTentative } from '../../../app/tentative-store.ts';
import { openNodeView } from '../look/open-node-view.ts';
import type { NodeView } from '../look/compare-node.ts';
import type { Output } from '../../../app/output.ts';
import { type FileIdentity, identifyFile, isSameFile } from '../../../os/file-identity.ts';
import { resolvePaths } from '../../../app/paths.ts';
import { loadFormat } from '../../../app/print.ts';
import { preview, printRound } from './round-report.ts';
import { openRoundContext } from '../../../app/round-context.ts';
import {
  type Inquiry,
  inquirySocketPath,
  OWN_NETNS,
  OWN_PROGRAM,
  parseInquiry,
  type Reply,
} from '../../../daemon/inquiry.ts';

/** Limit of a request. */
const LONGEST_BYTES = 65_536;

/**
 * Resolves to a listening server. A socket left by a dead process is replaced.
 * Errors: rejects if it cannot listen.
 */
export async function answerInquiries(host: InquiryHost): Promise<{ close(): Promise<void> }> {
  const path = inquirySocketPath(host.paths.runDirectory);
  rmSync(path, { force: true });
  // Read at the start: after an upgrade, the path names another file.
  const program = identifyFile(host.sys, OWN_PROGRAM);
  const server = createServer((socket) => receive(socket, (inquiry) => replyTo(host, inquiry, program)));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    withUmask(0o177, () => server.listen(path, resolve));
  });
  return { close: () => new Promise((resolve) => void server.close(() => resolve())) };
}

function receive(socket: Socket, reply: (inquiry: Inquiry) => Promise<Reply>): void {
  let held = '';
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    held += chunk;
    if (held.length > LONGEST_BYTES) socket.destroy();
    if (!held.endsWith('\n')) return;
    const inquiry = parseInquiry(held);
    held = '';
    const replied = inquiry === undefined ? Promise.resolve({ refused: 'invalid request' }) : reply(inquiry);
    replied.then(
      (told) => socket.end(`${JSON.stringify(told)}\n`),
      () => socket.destroy(),
    );
  });
}

/**
 * Resolves to the output that the verb would print after a full read, or to a refusal: the caller then reads
 * the node.
 */
async function replyTo(
  host: InquiryHost,
  inquiry: Inquiry,
  program: FileIdentity | undefined,
): Promise<Reply> {
  const { sys, paths, session } = host;
  const foreign = refusalReasonOf(host, inquiry, program);
  if (foreign !== undefined) return { refused: foreign };
  const choice = parseChoice(inquiry.args, 'reconcile', reconcileVerb);
  if (choice === undefined || 'watch' in choice || choice.full) return { refused: 'not served here' };
  const kernel = await host.inquire();
  if (kernel === undefined) return { refused: 'a full scan is needed' };
  await loadFormat(choice.format);
  const place = { sys, paths, environment: { VNET_NODE: session.nodeName }, kernels: host.kernels };
  const look = await openNodeView(place, { isLazy: true });
  if (!look.ok) return { refused: 'the node cannot be read' };
  try {
    const here = { ...look.value, kernel, store: session.store };
    return await answer(host, choice, here);
  } finally {
    look.value.close();
  }
}

/** Another build may print something else; another namespace or name is another node. */
function refusalReasonOf(
  { sys, paths, session }: InquiryHost,
  { environment, hostname, program: theirs, netns }: Inquiry,
  program: FileIdentity | undefined,
): string | undefined {
  if (!isSameFile(program, theirs)) return 'another build';
  if (!isSameFile(identifyFile(sys, OWN_NETNS), netns)) return 'another network namespace';
  if ((environment['VNET_NODE'] ?? hostname.toLowerCase()) !== session.nodeName) return 'another node';
  const { document, runDirectory } = resolvePaths({}, environment);
  return document === paths.document && runDirectory === paths.runDirectory ? undefined : 'other paths';
}

async function answer(
  { sys, paths, session: { library } }: InquiryHost,
  { dryRun, override, limit, format }: RoundChoice,
  look: NodeView & Pick<Session, 'store'>,
): Promise<Reply> {
  const said = { stdout: '', stderr: '' };
  const output: Output = {
    print: (text) => void (said.stdout += `${text}\n`),
    warn: (text) => void (said.stderr += `${text}\n`),
    paint: (_style, text) => text,
  };
  const { repairLimits, record } = openRoundContext({ sys, paths, store: look.store });
  const options = { limit, repairLimits: override ? undefined : repairLimits };
  if (dryRun) {
    const shown = await whenLoaded(library, () => preview(look, options, format, output));
    return shown.ok ? { exitCode: shown.value, ...said } : { refused: 'the preview failed' };
  }
  const tentative = readTentative(sys, paths);
  if (!tentative.ok || tentative.value !== undefined) return { refused: 'a change is unconfirmed' };
  const nothing = await whenLoaded(library, () => roundIfConverged(look, options));
  if (!nothing.ok || nothing.value === undefined) return { refused: 'there are steps to apply' };
  record(nothing.value);
  const exitCode = printRound(nothing.value, format, output);
  return exitCode === EXIT.done ? { exitCode, ...said } : { refused: 'not done' };
}
