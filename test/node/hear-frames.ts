/** Sends raw frames from a pod and hears what of them arrives elsewhere. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Netns } from '../support/netns.ts';
import { python } from '../support/python.ts';

/**
 * `send INDEX HEX...` sends each frame on the link of the number. `hear INDEX END` prints `ready`, then each received frame in hexadecimal,
 * up to the first that contains the bytes END. Source: packet(7).
 */
const SCRIPT = `import socket, sys
verb, index, *rest = sys.argv[1:]
ETH_P_ALL = 3
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
link.bind((socket.if_indextoname(int(index)), ETH_P_ALL))
if verb == 'send':
    for frame in map(bytes.fromhex, rest):
        sent = link.send(frame)
        assert sent == len(frame), f'sent {sent} of {len(frame)}'
else:
    print('ready', flush=True)
    heard = ''
    while rest[0] not in heard:
        heard = link.recv(65536).hex()
        print(heard, flush=True)`;

/** The text of the last frame: nothing is heard after it. */
export const END = 'frame-end';

/** A link. Shape: `index` is its number. */
export type HeardLink = { readonly index: string; readonly mac: string };

/** Returns the link of that name in the namespace. */
export function heardLinkOf(netns: Netns, name = 'eth0'): HeardLink {
  const [link]: readonly { ifindex: number; address: string }[] = JSON.parse(
    netns.mustExec(['ip', '-j', 'link', 'show', 'dev', name]).stdout,
  );
  return { index: String(link?.ifindex), mac: link?.address ?? '' };
}

/**
 * Resolves to the texts after "frame-" that are received on the device of the place while `from` sends the frames from its
 * eth0. The last frame must carry END and arrive.
 */
export async function hearFrames(
  from: Netns,
  frames: readonly Buffer[],
  { place, device }: { readonly place: Netns; readonly device: string },
): Promise<readonly string[]> {
  const { index, mac } = heardLinkOf(place, device);
  const end = Buffer.from(END).toString('hex');
  const argv = ['nsenter', `--net=${place.path}`, '--', ...command('hear', index, end)];
  const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  const texts: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    if (line === 'ready') {
      const all = frames.map((frame) => frame.toString('hex'));
      from.mustExec(command('send', heardLinkOf(from).index, ...all));
    }
    // The place's own replies are received, too, and contain the request's text.
    if (line.slice(12, 24) === mac.replaceAll(':', '')) continue;
    const [text] = /frame-[a-z]+/.exec(Buffer.from(line, 'hex').toString('latin1')) ?? [];
    if (text !== undefined) texts.push(text);
  }
  return texts;
}

/** Sends the frames from the device. */
export function sendFrames(from: Netns, device: string, frames: readonly Buffer[]): void {
  const all = frames.map((frame) => frame.toString('hex'));
  from.mustExec(command('send', heardLinkOf(from, device).index, ...all));
}

function command(...args: readonly string[]): readonly string[] {
  return python(SCRIPT, ...args);
}

/**
 * Resolves to the names of the lies that are received there; `marker` gives an honest frame with a text, which arrives.
 * Errors: rejects when a marker does not arrive.
 */
export async function liesHeard(
  from: Netns,
  lies: Readonly<Record<string, Buffer>>,
  {
    marker,
    ...at
  }: { readonly place: Netns; readonly device: string; readonly marker: (text: string) => Buffer },
): Promise<readonly string[]> {
  // A marker follows each lie: a lie that was received is before its own.
  const names = Object.keys(lies);
  const frames = Object.values(lies).flatMap((frame, index) => [frame, marker(nameOf(index))]);
  const heard = await hearFrames(from, [...frames, marker(END)], at);
  const missing = names.filter((_, index) => !heard.includes(nameOf(index)));
  if (missing.length > 0) throw new Error(`no marker after: ${missing.join(', ')}`);
  return heard.flatMap((text, index) => {
    const after = names.findIndex((_, position) => nameOf(position) === heard[index + 1]);
    return text === 'frame-lie' ? [names[after] ?? 'the last one'] : [];
  });
}

/** The text of the nth marker: letters only. */
function nameOf(index: number): string {
  return `frame-${String.fromCharCode(97 + Math.floor(index / 26))}${String.fromCharCode(97 + (index % 26))}`;
}
