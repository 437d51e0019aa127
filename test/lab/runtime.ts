/**
 * A small container runtime: runs a CNI configuration list with the real executables, as libcni does. ADD goes through
 * the list in order, DEL in reverse; results are kept, because CHECK and DEL are told them.
 * Source: CNI SPEC 1.1.0, sections 2 to 4; libcni/api.go.
 */
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { err, failure, ok, renderFailure, type Result } from '../../reconciler/model/result.ts';
import { exec, type ExecOptions, type Outcome } from '../support/exec.ts';
import { compareVersions, type Conflist, type PluginConf } from './conflist.ts';

/** The verbs that the runtime sends. */
export type Verb = 'ADD' | 'DEL' | 'CHECK' | 'VERSION' | 'STATUS' | 'GC';

/**
 * One attachment of a container to the network.
 * Shape: `args` become CNI_ARGS (IgnoreUnknown is added), `capabilities` the runtimeConfig of the plugins that
 * announce them (`portMappings`).
 */
export type Attachment = {
  readonly containerId: string;
  readonly netns: string;
  readonly ifName: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly capabilities?: Readonly<Record<string, unknown>>;
};

/** What ADD answers. Source: CNI SPEC, section 5. Absent fields are absent; further ones of later versions are kept. */
export type CniResult = {
  readonly cniVersion: string;
  readonly interfaces?: readonly {
    readonly name: string;
    readonly mac?: string;
    readonly sandbox?: string;
    readonly mtu?: number;
  }[];
  readonly ips?: readonly {
    readonly address: string;
    readonly gateway?: string;
    readonly interface?: number;
    readonly version?: string;
  }[];
  readonly routes?: readonly { readonly dst: string; readonly gw?: string }[];
  readonly dns?: Readonly<Record<string, unknown>>;
};

/** One call of one plugin, for tests that look closer. Units: milliseconds. */
export type PluginCall = {
  readonly verb: Verb;
  readonly plugin: string;
  readonly stdin: string;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
};

/** What a plugin said when it refused. Source: CNI SPEC, section 5, Error. */
export type CniError = { readonly code: number; readonly msg: string; readonly details?: string };

/** What a runtime is made from. */
export type RuntimeSpec = {
  readonly list: Conflist;
  /** Where the plugins are: the first folder that has one wins; it becomes CNI_PATH. */
  readonly path: readonly string[];
  /** Runs a command where the node is. */
  readonly exec?: (argv: readonly string[], options: ExecOptions) => Promise<Outcome>;
  /** Added to the environment of every plugin. */
  readonly env?: Readonly<Record<string, string>>;
  /** Plugins that are left out where no folder has them. */
  readonly optional?: readonly string[];
};

/** A container runtime on one node. Errors of all verbs: Failures; `cniErrorOf` finds the plugin's own code in calls. */
export type Runtime = {
  /** Runs the list forward; on failure runs DEL, as runtimes do, and returns the failure. */
  add(attachment: Attachment): Promise<Result<CniResult>>;
  /** Runs the list backward and forgets the result. */
  del(attachment: Attachment): Promise<Result<undefined>>;
  /** Runs CHECK forward. Errors: `unsupported` for lists below 0.4.0, as libcni says. */
  check(attachment: Attachment): Promise<Result<undefined>>;
  /** Returns the kept result of ADD. */
  resultOf(attachment: Attachment): CniResult | undefined;
  /** Returns every call of a plugin so far, in order of their ends. */
  calls(): readonly PluginCall[];
};

/** Returns a runtime with nothing attached. */
export function makeRuntime(spec: RuntimeSpec): Runtime {
  const results = new Map<string, CniResult>();
  const calls: PluginCall[] = [];
  const call = (verb: Verb, plugin: PluginConf, request: Request): Promise<Result<string | undefined>> =>
    callPlugin(spec, { ...request, verb, plugin }, calls);
  const runtime: Runtime = {
    add: async (attachment) => {
      let result: CniResult | undefined;
      for (const plugin of spec.list.plugins) {
        const answer = await call('ADD', plugin, { attachment, previous: result });
        // A plugin that was left out changes nothing.
        if (answer.ok && answer.value === undefined) continue;
        const parsed = answer.ok ? parseResult(plugin, answer.value ?? '') : answer;
        if (!parsed.ok) {
          await runtime.del(attachment);
          return parsed;
        }
        result = parsed.value;
      }
      if (result === undefined) return err(failure('not-found', 'ADD', 'no plugin of the list was found'));
      results.set(keyOf(attachment), result);
      return ok(result);
    },
    del: async (attachment) => {
      const previous = supportsCheck(spec.list) ? results.get(keyOf(attachment)) : undefined;
      for (const plugin of spec.list.plugins.toReversed()) {
        const answer = await call('DEL', plugin, { attachment, previous });
        if (!answer.ok) return answer;
      }
      results.delete(keyOf(attachment));
      return ok(undefined);
    },
    check: async (attachment) => {
      if (!supportsCheck(spec.list))
        return err(
          failure('unsupported', 'CHECK', `configuration version ${spec.list.cniVersion} has no CHECK`),
        );
      if (spec.list.disableCheck === true) return ok(undefined);
      for (const plugin of spec.list.plugins) {
        const answer = await call('CHECK', plugin, { attachment, previous: results.get(keyOf(attachment)) });
        if (!answer.ok) return answer;
      }
      return ok(undefined);
    },
    resultOf: (attachment) => results.get(keyOf(attachment)),
    calls: () => calls,
  };
  return runtime;
}

type Request = { readonly attachment: Attachment; readonly previous: CniResult | undefined };

const keyOf = (attachment: Attachment): string => `${attachment.containerId}/${attachment.ifName}`;

const supportsCheck = (list: Conflist): boolean => compareVersions(list.cniVersion, '0.4.0') >= 0;

/** Resolves to what the plugin printed, or undefined when it is optional and not there. */
async function callPlugin(
  spec: RuntimeSpec,
  request: Request & { readonly verb: Verb; readonly plugin: PluginConf },
  calls: PluginCall[],
): Promise<Result<string | undefined>> {
  const { verb, plugin, attachment } = request;
  const step = `${verb} of ${plugin.type} for ${attachment.containerId}`;
  const file = await findPlugin(spec.path, plugin.type);
  if (file === undefined && spec.optional?.includes(plugin.type)) return ok(undefined);
  if (file === undefined)
    return err(
      failure('not-found', step, `no executable ${plugin.type} in ${spec.path.join(':')}`, {
        hint: 'Run `npm run build`, or install containernetworking-plugins.',
      }),
    );
  const stdin = JSON.stringify(pluginInput(spec.list, request));
  const run = spec.exec ?? exec;
  const outcome = await run([file], {
    input: stdin,
    env: { ...spec.env, ...cniEnvironment(verb, attachment, spec.path) },
  });
  const { code, stdout, stderr, durationMs } = outcome;
  calls.push({ verb, plugin: plugin.type, stdin, code, stdout, stderr, durationMs });
  if (code === 0) return ok(stdout);
  const said = parseError(stdout);
  const message =
    said === undefined
      ? `exited with ${code}: ${`${stderr}${stdout}`.trim()}`
      : `code ${said.code}: ${said.msg}${said.details === undefined ? '' : `; ${said.details}`}`;
  return err(failure('refused', step, message));
}

/** Returns what the plugin reads: its object, with what the runtime injects. Source: libcni/api.go, buildOneConfig. */
export function pluginInput(
  list: Conflist,
  request: Request & { readonly plugin: PluginConf },
): Readonly<Record<string, unknown>> {
  const { plugin, attachment, previous } = request;
  const wanted = Object.entries(attachment.capabilities ?? {}).filter(
    ([name]) => plugin.capabilities?.[name],
  );
  return {
    ...plugin,
    cniVersion: list.cniVersion,
    name: list.name,
    ...(previous === undefined ? {} : { prevResult: previous }),
    ...(wanted.length === 0 ? {} : { runtimeConfig: Object.fromEntries(wanted) }),
  };
}

/** Returns the environment of a plugin. Source: CNI SPEC, section 2, Parameters. */
export function cniEnvironment(
  verb: Verb,
  attachment: Attachment,
  path: readonly string[],
): Readonly<Record<string, string>> {
  const args = Object.entries({ IgnoreUnknown: '1', ...attachment.args });
  return {
    CNI_COMMAND: verb,
    CNI_CONTAINERID: attachment.containerId,
    CNI_NETNS: attachment.netns,
    CNI_IFNAME: attachment.ifName,
    CNI_ARGS: args.map(([name, value]) => `${name}=${value}`).join(';'),
    CNI_PATH: path.join(':'),
  };
}

/** Returns the error object that a plugin printed, if it printed one. */
export function parseError(stdout: string): CniError | undefined {
  try {
    const value: Partial<CniError> | null = JSON.parse(stdout);
    return typeof value?.msg === 'string' ? { code: value.code ?? 0, ...value, msg: value.msg } : undefined;
  } catch {
    return undefined;
  }
}

function parseResult(plugin: PluginConf, stdout: string): Result<CniResult> {
  try {
    const result: CniResult = JSON.parse(stdout);
    return ok(result);
  } catch {
    return err(
      failure('invalid', `ADD of ${plugin.type}`, `its answer is not JSON: ${stdout.slice(0, 200)}`),
    );
  }
}

async function findPlugin(path: readonly string[], type: string): Promise<string | undefined> {
  for (const folder of path) {
    const file = join(folder, type);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return undefined;
}

/** Returns the value. Errors: throws the Failure as an Error, for tests and scripts that can't go on. */
export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(renderFailure(result.error));
  return result.value;
}
