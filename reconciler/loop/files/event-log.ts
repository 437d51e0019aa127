/** events.jsonl: recent events, one JSON object per line; bounded, with one older file beside it. */
import { ensureDirectory, readText } from '../../os/file.ts';
import { isPresent, isText, parseJson, withFields } from '../../model/objects.ts';
import { FLAGS, type Sys } from '../../model/ports/sys.ts';
import type { VnetEvent } from './event.ts';

/** A file of this size becomes the older one. Units: bytes. */
export const MAX_LOG_BYTES = 1024 * 1024;

/** Returns the files of the log, oldest first. */
export function eventPaths(runDirectory: string): readonly [older: string, current: string] {
  return [`${runDirectory}/events.jsonl.1`, `${runDirectory}/events.jsonl`];
}

/**
 * Appends the events, each as one write, so that several writers do not mix lines. Errors are ignored: a full
 * disk must not stop repairs.
 */
export function appendEvents(sys: Sys, runDirectory: string, events: readonly VnetEvent[]): void {
  if (events.length === 0) return;
  ensureDirectory(sys, runDirectory, 0o700);
  const [older, current] = eventPaths(runDirectory);
  const size = sys.stat(current);
  if (typeof size !== 'number' && size.size >= MAX_LOG_BYTES) sys.rename(current, older);
  const flags = FLAGS.O_WRONLY | FLAGS.O_CREAT | FLAGS.O_APPEND | FLAGS.O_CLOEXEC;
  const fd = sys.open(current, flags, 0o600);
  if (fd < 0) return;
  const text = events.map((event) => `${JSON.stringify(event)}\n`).join('');
  sys.write(fd, new TextEncoder().encode(text));
  sys.close(fd);
}

/** Returns the stored events, oldest first; torn and malformed lines are skipped. */
export function readEvents(sys: Sys, runDirectory: string): readonly VnetEvent[] {
  return eventPaths(runDirectory).flatMap((path) => parseEvents(readText(sys, path) ?? ''));
}

function parseEvents(text: string): readonly VnetEvent[] {
  return text.split('\n').flatMap((line) => parseJson(line, isEvent) ?? []);
}

const isEvent = withFields<VnetEvent>({ time: isText, type: isText, message: isPresent });
