/** One watch of a collection: events in order, until the server, the network or silence ends it. */
import { isRecord, parseJson } from '../../model/objects.ts';
import { failure, thrownMessage } from '../../model/result.ts';
import { type LineSplitter, splitLines } from './lines.ts';
import { type ApiObject, type CachedObject, isApiObject, objectKey } from './objects.ts';
import { apiFailure } from './status.ts';
import type { ApiAnswer, ApiFailure, ApiClock, Transport } from './transport.ts';

/** Returns the part of an object that is kept, undefined if none. Pure. */
export type KeepPart<T> = (object: ApiObject) => T | undefined;

/** A collection: its path, its selectors, and the parts of its objects to keep. */
export type CollectionPlace<T> = {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly keep: KeepPart<T>;
};

/**
 * The start of a watch and the receivers of its events. Shape: `opened`: the server follows; `seen` gets each version that is complete. Units: `seconds`
 * until the server ends it.
 */
export type WatchSession<T> = {
  readonly version: string;
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly opened: () => void;
  readonly seen: (version: string) => void;
  readonly set: (key: string, item: CachedObject<T>) => void;
  readonly remove: (key: string) => void;
};

/**
 * Silence after which a connection counts as dead: bookmarks arrive about every minute. Servers before 1.22 send none while nothing
 * happens; their quiet collections are then watched again from the same version. Units: milliseconds.
 */
const SILENCE_MS = 150_000;

/** Resolves when the watch has ended: undefined as agreed (time over, aborted), else the reason. */
export async function watchCollection<T>(
  { transport, clock }: { readonly transport: Transport; readonly clock: ApiClock },
  { path, query, keep }: CollectionPlace<T>,
  session: WatchSession<T>,
): Promise<ApiFailure | undefined> {
  const step = `WATCH ${path}`;
  const watching = {
    ...query,
    watch: '1',
    allowWatchBookmarks: 'true',
    resourceVersion: session.version,
    timeoutSeconds: String(session.seconds),
  };
  const silence = watchSilence(clock, session.signal);
  try {
    const answer = await transport.send({ method: 'GET', path, query: watching }, silence.signal);
    if (!answer.ok) return silence.reason(step) ?? answer.error;
    if (answer.value.status !== 200) return await refusal(step, answer.value);
    session.opened();
    const lines = splitLines();
    for await (const line of linesOf(answer.value.chunks, lines, silence)) {
      const failed = takeEvent(line, step, keep, session);
      if (failed !== undefined) return failed;
    }
    if (session.signal.aborted) return undefined;
    return (
      silence.reason(step) ?? (lines.rest() > 0 ? failure('io', step, 'the last event is cut') : undefined)
    );
  } catch (error) {
    if (session.signal.aborted) return undefined;
    return silence.reason(step) ?? failure('io', step, thrownMessage(error));
  } finally {
    silence.end();
  }
}

async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  lines: LineSplitter,
  { heard }: Silence,
): AsyncGenerator<string> {
  for await (const chunk of chunks) {
    heard();
    yield* lines.push(chunk);
  }
}

async function refusal(step: string, { status, chunks, retryAfterMs }: ApiAnswer): Promise<ApiFailure> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  return apiFailure(step, status, text, retryAfterMs);
}

/** Takes one event; returns the failure that ends the watch. */
function takeEvent<T>(
  line: string,
  step: string,
  keep: KeepPart<T>,
  { set, remove, seen }: WatchSession<T>,
): ApiFailure | undefined {
  const event = parseJson(line, isRecord);
  const object = event?.['object'];
  if (event?.['type'] === 'ERROR' && isRecord(object)) {
    const code = typeof object['code'] === 'number' ? object['code'] : 500;
    return apiFailure(step, code, JSON.stringify(object));
  }
  const version =
    isRecord(object) && isRecord(object['metadata']) ? object['metadata']['resourceVersion'] : undefined;
  if (typeof version !== 'string') return failure('invalid', step, 'an event without a version');
  if (event?.['type'] !== 'BOOKMARK') {
    if (!isApiObject(object)) return failure('invalid', step, 'an event without an object');
    const key = objectKey(object.metadata);
    const kept = event?.['type'] === 'DELETED' ? undefined : keep(object);
    if (kept === undefined) remove(key);
    else set(key, { version, object: kept });
  }
  seen(version);
  return undefined;
}

type Silence = {
  readonly signal: AbortSignal;
  readonly heard: () => void;
  readonly reason: (step: string) => ApiFailure | undefined;
  readonly end: () => void;
};

/** Aborts a connection on which nothing arrives. */
function watchSilence(clock: ApiClock, outer: AbortSignal): Silence {
  const connection = new AbortController();
  const stop = new AbortController();
  let isSilent = false;
  let lastMs = clock.nowMs();
  const abort = (): void => connection.abort();
  if (outer.aborted) abort();
  outer.addEventListener('abort', abort);
  const look = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const leftMs = lastMs + SILENCE_MS - clock.nowMs();
      if (leftMs <= 0) {
        isSilent = true;
        abort();
        return;
      }
      await clock.sleep(leftMs, stop.signal);
    }
  };
  void look();
  return {
    signal: connection.signal,
    heard: () => {
      lastMs = clock.nowMs();
    },
    reason: (step) =>
      isSilent
        ? failure('timeout', step, `neither event nor bookmark for ${SILENCE_MS / 1000} s`)
        : undefined,
    end: () => {
      stop.abort();
      abort();
      outer.removeEventListener('abort', abort);
    },
  };
}
