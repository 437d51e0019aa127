/** Detects saves of the document, by any editor: written in place or replaced by rename. */
import { realpathSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { FLAGS, type InotifyCalls, type ResidentSys } from '../model/ports/sys.ts';
import { onWake, wakeBy } from '../os/sigio.ts';

/**
 * IN_CLOSE_WRITE, IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE, IN_DELETE_SELF, IN_MOVE_SELF: not each write, since a save ends with
 * one of these. Source: inotify(7).
 */
const MASK = 0x8 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800;
const BUFFER_BYTES = 16_384;

/** The system calls of the watcher. */
export type WatchTools = { readonly sys: ResidentSys; readonly inotify: InotifyCalls };

/**
 * Calls `changed` whenever the file at the path may have changed, and once soon. The file need not exist yet, its directory
 * must. Returns the function that stops watching. Without inotify the file is compared every second: programs on a node of many pods
 * use up fs.inotify.max_user_instances.
 */
export function watchDocument(
  { sys, inotify }: WatchTools,
  path: string,
  changed: () => void,
): () => Promise<void> {
  const file = resolve(path);
  const queue = inotify.init(FLAGS.O_CLOEXEC | FLAGS.O_NONBLOCK);
  if (queue < 0) return pollLazily(file, changed);
  const into = new Uint8Array(BUFFER_BYTES);
  let names = attend(inotify, queue, file);
  const hear = (): void => {
    if (!hasNews(inotify, queue, into, names)) return;
    // A link may lead elsewhere now.
    names = attend(inotify, queue, file);
    changed();
  };
  const ignore = onWake(hear);
  wakeBy(sys, queue);
  // Covers earlier saves.
  const first = setImmediate(changed);
  return () => {
    clearImmediate(first);
    ignore();
    sys.close(queue);
    return Promise.resolve();
  };
}

/** Full scans read the document as well. */
function pollLazily(file: string, changed: () => void): () => Promise<void> {
  const polling = import('./document-poll.ts').then(({ pollDocument }) => pollDocument(file, changed));
  return async () => (await polling)();
}

/** Names by the number of their directory in the queue. */
type Names = ReadonlyMap<number, ReadonlySet<string>>;

/** Watches the directories: a rename replaces the file, and it may be absent for a moment. */
function attend(inotify: InotifyCalls, queue: number, file: string): Names {
  const names = new Map<number, ReadonlySet<string>>();
  for (const place of new Set([file, targetOf(file)])) {
    const directory = inotify.addWatch(queue, dirname(place), MASK);
    names.set(directory, new Set([...(names.get(directory) ?? []), basename(place)]));
  }
  return names;
}

/** Returns the file that a symbolic link leads to. */
function targetOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/** Reads all events; true if one of them concerns the file. */
function hasNews(inotify: InotifyCalls, queue: number, into: Uint8Array, names: Names): boolean {
  let isNews = false;
  for (;;) {
    const length = inotify.read(queue, into);
    if (length <= 0) return isNews;
    isNews ||= parseNameEvents(into.subarray(0, length)).some(
      // Events without a name concern the directory itself, or were lost.
      ({ directory, name }) => name === '' || names.get(directory)?.has(name) === true,
    );
  }
}

/** An event. Shape: `name` is empty for an event about the directory itself, or if events were lost. */
export type NameEvent = { readonly directory: number; readonly name: string };

/** struct inotify_event: a header with the length of the name, which is padded with zeros. */
const HEADER_BYTES = 16;
const LENGTH_OFFSET = 12;

/** Returns the events in the kernel's answer. */
export function parseNameEvents(bytes: Uint8Array): readonly NameEvent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const events: NameEvent[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const end = at + HEADER_BYTES + view.getUint32(at + LENGTH_OFFSET, true);
    const padded = bytes.subarray(at + HEADER_BYTES, end);
    const zero = padded.indexOf(0);
    const name = new TextDecoder().decode(zero < 0 ? padded : padded.subarray(0, zero));
    events.push({ directory: view.getInt32(at, true), name });
    at = end;
  }
  return events;
}
