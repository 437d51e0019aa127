/**
 * A small container runtime: runs a CNI configuration list with the real executables, as libcni does. ADD
 * runs the list forward, DEL backward; results are cached, because CHECK and DEL receive them.
 * Source: CNI SPEC 1.1.0, sections 2 to 4; libcni/api.go.
 */
import { fail, ok, type Result } from '../model/result.ts';
import type { Attachment, AttachmentKey, PluginResult } from './attachment.ts';
import { type CallSpec, callPlugin, type PluginRun, type RunRequest } from './call.ts';
import { convertResult } from './convert.ts';
import { compareVersions, type Conflist } from './conflist.ts';
import { createMemoryCache, type ResultCache } from './result-cache.ts';

/** The inputs of a runtime. Shape: `cache` is in memory by default; `onCall` is called at the end of each call. */
export type RuntimeSpec = CallSpec & {
  readonly cache?: ResultCache;
  readonly onCall?: (call: PluginRun) => void;
};

/** The versions that one plugin supports. */
export type SupportedVersions = { readonly plugin: string; readonly supported: readonly string[] };

/** A container runtime on one node. Errors of all verbs: as callPlugin's; `unsupported` for lists of old versions. */
export type Runtime = {
  /** Runs the list forward; on failure runs DEL, as runtimes do, and returns the failure. */
  add(attachment: Attachment): Promise<Result<PluginResult>>;
  /** Runs the list backward and forgets the result. */
  del(attachment: Attachment): Promise<Result<undefined>>;
  /** Runs CHECK forward, from 0.4.0 on and unless the list disables it. */
  check(attachment: Attachment): Promise<Result<undefined>>;
  /** Asks every plugin whether it can serve ADD, from 1.1.0 on. */
  status(): Promise<Result<undefined>>;
  /**
   * Deletes cached results that are not listed, then runs GC of every plugin (from 1.1.0 on). Without a list, plugins must
   * not remove anything.
   */
  gc(valid: readonly AttachmentKey[] | undefined): Promise<Result<undefined>>;
  /** Asks every plugin for its versions. */
  version(): Promise<Result<readonly SupportedVersions[]>>;
  /** Returns the kept result of ADD. */
  resultOf(key: AttachmentKey): PluginResult | undefined;
  /** Returns every call of a plugin so far, in order of their ends. */
  calls(): readonly PluginRun[];
};

/** Returns a runtime with the attachments of its cache. */
export function makeRuntime(spec: RuntimeSpec): Runtime {
  const { list, cache = createMemoryCache() } = spec;
  const calls: PluginRun[] = [];
  const note = (call: PluginRun): void => {
    calls.push(call);
    spec.onCall?.(call);
  };
  const call: Caller = (request) => callPlugin(spec, request, note);
  const each = (request: Omit<RunRequest, 'plugin'>): Promise<Result<undefined>> =>
    callInOrder(list.plugins, request, call);
  const keptResult = (key: AttachmentKey): PluginResult | undefined => {
    const kept = cache.get(key)?.result;
    return kept && convertResult(kept, list.cniVersion);
  };
  const del: Runtime['del'] = async (attachment) => {
    // An unconvertible result would make every DEL fail: plugins get none.
    const previous = isAtLeast(list, '0.4.0') ? keptResult(attachment) : undefined;
    const done = await callInOrder(list.plugins.toReversed(), { verb: 'DEL', attachment, previous }, call);
    if (done.ok) cache.drop(attachment);
    return done;
  };
  return {
    add: async (attachment) => {
      const added = await addInOrder(list, attachment, call);
      if (added.ok) cache.put({ attachment, result: added.value });
      else await del(attachment);
      return added;
    },
    del,
    check: async (attachment) => {
      if (!isAtLeast(list, '0.4.0')) return unsupported(list, 'CHECK');
      if (list.disableCheck === true) return ok(undefined);
      return each({ verb: 'CHECK', attachment, previous: keptResult(attachment) });
    },
    status: async () =>
      isAtLeast(list, '1.1.0') ? each({ verb: 'STATUS' }) : Promise.resolve(unsupported(list, 'STATUS')),
    gc: async (valid) => {
      if (list.disableGC === true) return ok(undefined);
      const isValid = (key: AttachmentKey): boolean =>
        valid?.some((one) => one.containerId === key.containerId && one.ifName === key.ifName) ?? true;
      for (const { attachment } of cache.list().filter((kept) => !isValid(kept.attachment))) {
        const deleted = await del(attachment);
        if (!deleted.ok) return deleted;
      }
      return isAtLeast(list, '1.1.0') ? each({ verb: 'GC', valid }) : ok(undefined);
    },
    version: () => askVersions(list, call),
    resultOf: (key) => cache.get(key)?.result,
    calls: () => calls,
  };
}

type Caller = (request: RunRequest) => Promise<Result<string | undefined>>;

async function addInOrder(
  list: Conflist,
  attachment: Attachment,
  call: Caller,
): Promise<Result<PluginResult>> {
  let result: PluginResult | undefined;
  for (const plugin of list.plugins) {
    const answer = await call({ verb: 'ADD', plugin, attachment, previous: result });
    if (!answer.ok) return answer;
    // A skipped plugin does not change the result.
    if (answer.value === undefined) continue;
    const parsed = parseJson<PluginResult>(`ADD of ${plugin.type}`, answer.value);
    if (!parsed.ok) return parsed;
    // Source: libcni adds a missing version to a result, and accepts null for an empty one.
    result = { ...parsed.value, cniVersion: parsed.value?.cniVersion ?? list.cniVersion };
  }
  return result === undefined ? fail('not-found', 'ADD', 'no plugin of the list was found') : ok(result);
}

async function callInOrder(
  plugins: Conflist['plugins'],
  request: Omit<RunRequest, 'plugin'>,
  call: Caller,
): Promise<Result<undefined>> {
  for (const plugin of plugins) {
    const answer = await call({ ...request, plugin });
    if (!answer.ok) return answer;
  }
  return ok(undefined);
}

async function askVersions(list: Conflist, call: Caller): Promise<Result<readonly SupportedVersions[]>> {
  const spoken: SupportedVersions[] = [];
  for (const plugin of list.plugins) {
    const answer = await call({ verb: 'VERSION', plugin });
    if (!answer.ok) return answer;
    if (answer.value === undefined) continue;
    const step = `VERSION of ${plugin.type}`;
    const parsed = parseJson<{ readonly supportedVersions?: readonly string[] }>(step, answer.value);
    if (!parsed.ok) return parsed;
    spoken.push({ plugin: plugin.type, supported: parsed.value?.supportedVersions ?? [] });
  }
  return ok(spoken);
}

function isAtLeast(list: Conflist, version: string): boolean {
  return compareVersions(list.cniVersion, version) >= 0;
}

function unsupported(list: Conflist, verb: string): Result<undefined> {
  const message = `configuration version ${list.cniVersion} has no ${verb}`;
  return fail('unsupported', verb, message, { hint: 'Runtimes do not call it for this list.' });
}

function parseJson<T>(step: string, stdout: string): Result<T | null> {
  try {
    const value: T | null = JSON.parse(stdout);
    return ok(value);
  } catch {
    return fail('invalid', step, `the answer is not JSON: ${stdout.slice(0, 200)}`);
  }
}
