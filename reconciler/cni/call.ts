/** One call of one plugin, as a container runtime makes it. Source: CNI SPEC 1.1.0, sections 2 to 5; libcni/api.go. */
import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok, type Result } from '../model/result.ts';
import type { Attachment, AttachmentKey, PluginResult } from './attachment.ts';
import type { Conflist, PluginConf } from './conflist.ts';
import { omitUndefined } from '../model/objects.ts';

/** The verbs that a runtime calls. */
export type CniVerb = 'ADD' | 'DEL' | 'CHECK' | 'VERSION' | 'STATUS' | 'GC';

/** The end of a program. Units: milliseconds. */
export type ProcessExit = {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
};

/** Runs a program in the node's namespaces; `env` is added to the caller's own. */
export type RunProgram = (
  argv: readonly string[],
  options: { readonly input: string; readonly env: Readonly<Record<string, string>> },
) => Promise<ProcessExit>;

/** One completed call of one plugin. Shape: `env` has the variables set by the protocol. */
export type PluginRun = ProcessExit & {
  readonly verb: CniVerb;
  readonly plugin: string;
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
};

/** The error of a plugin. Source: CNI SPEC, section 5, Error. */
export type PluginError = { readonly code: number; readonly msg: string; readonly details?: string };

/** The inputs of one call besides the list: fields that the verb does not use are absent. */
export type RunRequest = {
  readonly verb: CniVerb;
  readonly plugin: PluginConf;
  readonly attachment?: Attachment;
  readonly previous?: PluginResult | undefined;
  readonly valid?: readonly AttachmentKey[] | undefined;
};

/** How to find and run plugins. */
export type CallSpec = {
  readonly list: Conflist;
  /** Folders to search for plugins, in order; passed as CNI_PATH. */
  readonly path: readonly string[];
  readonly run: RunProgram;
  /** Added to the environment of every plugin. */
  readonly env?: Readonly<Record<string, string>>;
  /** Plugins that are skipped if no folder has them. */
  readonly optional?: readonly string[];
};

/** CNI code "try again later". */
const TRY_AGAIN = 11;

/**
 * Resolves to the plugin's output, or undefined if it is optional and missing; `note` is called with the call.
 * Errors: `not-found`: no such plugin; `busy`: it requests a later retry; `io`: it failed, with its own message.
 */
export async function callPlugin(
  spec: CallSpec,
  request: RunRequest,
  note: (call: PluginRun) => void,
): Promise<Result<string | undefined>> {
  const { verb, plugin, attachment } = request;
  const of = attachment === undefined ? '' : ` for ${attachment.containerId}`;
  const step = `${verb} of ${plugin.type}${of}`;
  const file = findPlugin(spec.path, plugin.type);
  if (file === undefined && spec.optional?.includes(plugin.type)) return ok(undefined);
  if (file === undefined) {
    const hint =
      'Install it (package containernetworking-plugins has the reference plugins), or name its directory.';
    return fail('not-found', step, `no executable ${plugin.type} in ${spec.path.join(':')}`, { hint });
  }
  const stdin = JSON.stringify(pluginInput(spec.list, request));
  const env = cniEnvironment(request, spec.path);
  const { code, stdout, stderr, durationMs } = await spec.run([file], {
    input: stdin,
    env: { ...spec.env, ...env },
  });
  note({ verb, plugin: plugin.type, file, env, stdin, code, stdout, stderr, durationMs });
  if (code === 0) return ok(stdout);
  const said = parsePluginError(stdout);
  if (said === undefined) return fail('io', step, `exited with ${code}: ${`${stderr}${stdout}`.trim()}`);
  const details = said.details === undefined ? '' : `; ${said.details}`;
  return fail(said.code === TRY_AGAIN ? 'busy' : 'io', step, `code ${said.code}: ${said.msg}${details}`);
}

/** Returns the plugin's input: its object, with the fields injected by the runtime. Source: libcni/api.go, buildOneConfig. */
function pluginInput(list: Conflist, request: RunRequest): Readonly<Record<string, unknown>> {
  const { verb, plugin, attachment, previous, valid } = request;
  if (verb === 'VERSION') return { cniVersion: list.cniVersion };
  const wanted = Object.entries(attachment?.capabilities ?? {}).filter(
    ([name]) => plugin.capabilities?.[name],
  );
  const listed = valid?.map(({ containerId, ifName }) => ({ containerID: containerId, ifname: ifName }));
  return {
    ...plugin,
    cniVersion: list.cniVersion,
    name: list.name,
    ...omitUndefined({ prevResult: previous }),
    ...(wanted.length === 0 ? {} : { runtimeConfig: Object.fromEntries(wanted) }),
    // The same list under two keys. Source: containernetworking/cni issue 1101.
    ...(listed === undefined ? {} : { 'cni.dev/valid-attachments': listed, 'cni.dev/attachments': listed }),
  };
}

/** Returns the plugin's environment variables of the protocol. Source: CNI SPEC, section 2; libcni for VERSION. */
function cniEnvironment(
  { verb, attachment }: Pick<RunRequest, 'verb' | 'attachment'>,
  path: readonly string[],
): Readonly<Record<string, string>> {
  const dummy = verb === 'VERSION' ? 'dummy' : '';
  const args = Object.entries(attachment === undefined ? {} : { IgnoreUnknown: '1', ...attachment.args });
  return {
    CNI_COMMAND: verb,
    CNI_CONTAINERID: attachment?.containerId ?? dummy,
    CNI_NETNS: attachment?.netns ?? dummy,
    CNI_IFNAME: attachment?.ifName ?? dummy,
    CNI_ARGS: args.map(([name, value]) => `${name}=${value}`).join(';'),
    CNI_PATH: path.join(':'),
  };
}

/** Returns the error object in a plugin's output; undefined without one. */
export function parsePluginError(stdout: string): PluginError | undefined {
  try {
    const value: Partial<PluginError> | null = JSON.parse(stdout);
    return typeof value?.msg === 'string' ? { code: value.code ?? 0, ...value, msg: value.msg } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns the executable of that name in the first folder of the path that has it; undefined without one.
 * Source: CNI specification, section 2.
 */
export function findPlugin(path: readonly string[], type: string): string | undefined {
  return path.map((folder) => join(folder, type)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
