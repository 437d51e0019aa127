/** `vnet cni`: runs a configuration list as a container runtime would, and shows every plugin call. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { Attachment, AttachmentKey } from '../../../cni/attachment.ts';
import type { PluginRun, RunProgram } from '../../../cni/call.ts';
import { type Conflist, readConflist } from '../../../cni/conflist.ts';
import { openResultCache, type ResultCache } from '../../../cni/result-cache.ts';
import { makeRuntime, type Runtime } from '../../../cni/runtime.ts';
import { ok, type Result } from '../../../model/result.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import type { Output } from '../../../app/output.ts';
import type { PathChoice } from '../../../app/paths.ts';
import type { VerbContext } from '../../verb.ts';
import { type Format, printValue } from '../../../app/print.ts';
import { omitUndefined } from '../../../model/objects.ts';

/** CRI-O's timeout for ADD. */
const TIMEOUT_MS = 300_000;

/** Default plugin directories of Kubernetes, Debian and Fedora. */
const USUAL_PATH = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'];

/** The runtime's call. Shape: `valid` is the list for GC; absent: GC is given no list. */
export type CniChoice = {
  readonly command: 'add' | 'del' | 'check' | 'gc' | 'status' | 'version';
  readonly conflist: string;
  readonly netns?: string;
  readonly containerId?: string;
  readonly ifName: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly path?: readonly string[];
  readonly capabilities?: Readonly<Record<string, unknown>>;
  readonly valid?: readonly AttachmentKey[];
  readonly format: Format;
};

/** Paths and environment of the run. */
type CniPlace = Pick<VerbContext, 'sys' | 'chosen' | 'paths' | 'environment'>;

/**
 * Resolves once the list has run; results are kept in the run directory for check and del.
 * Errors: of the configuration file, or of the first plugin that failed; every call has been printed by then.
 */
export async function runCni(
  choice: CniChoice,
  { sys, chosen, paths, environment }: CniPlace,
  output: Output,
): Promise<Result<ExitCode>> {
  const list = readConflist(choice.conflist);
  if (!list.ok) return list;
  const cache = openResultCache(sys, `${paths.runDirectory}/cni`, list.value.name);
  const inherited = environment['CNI_PATH']?.split(':').filter((folder) => folder !== '');
  const runtime = makeRuntime({
    list: list.value,
    path: choice.path ?? inherited ?? USUAL_PATH,
    cache,
    run: runIn(environment),
    env: movedPaths(chosen),
    onCall: (call) => {
      if (choice.format === 'text') output.print(renderCall(call));
    },
  });
  const done = await runVerb(runtime, choice, cache);
  if (choice.format !== 'text') printValue(report(list.value, runtime, done), choice.format, output);
  else if (done.ok) output.print(`${choice.command} of ${list.value.name} (${list.value.cniVersion}): done`);
  return done.ok ? ok(EXIT.done) : done;
}

function runVerb(runtime: Runtime, choice: CniChoice, cache: ResultCache): Promise<Result<unknown>> {
  switch (choice.command) {
    case 'add':
      return runtime.add(attachmentOf(choice, undefined));
    case 'check':
      return runtime.check(attachmentOf(choice, cache));
    case 'del':
      return runtime.del(attachmentOf(choice, cache));
    case 'gc':
      return runtime.gc(choice.valid);
    case 'status':
      return runtime.status();
    case 'version':
      return runtime.version();
    default:
      return choice.command satisfies never;
  }
}

/** Values not given are those of the attachment's ADD. */
function attachmentOf(choice: CniChoice, cache: ResultCache | undefined): Attachment {
  const netns = netnsPath(choice.netns ?? '');
  const containerId = choice.containerId ?? containerIdOf(netns);
  const key: AttachmentKey = { containerId, ifName: choice.ifName };
  const kept = cache?.get(key)?.attachment;
  const [args, capabilities] = [choice.args ?? kept?.args, choice.capabilities ?? kept?.capabilities];
  return { ...key, netns, ...omitUndefined({ args, capabilities }) };
}

/** `ip netns` names namespaces by their files. */
function netnsPath(netns: string): string {
  return netns === '' || netns.includes('/') ? netns : `/run/netns/${netns}`;
}

/** Derived from the namespace, so that del finds the attachment of add. */
function containerIdOf(netns: string): string {
  return `vnet-${createHash('sha256').update(netns).digest('hex').slice(0, 20)}`;
}

function movedPaths({ root, document }: PathChoice): Readonly<Record<string, string>> {
  return omitUndefined({ VNET_ROOT: root, VNET_DOCUMENT: document });
}

function runIn(environment: CniPlace['environment']): RunProgram {
  return ([file = '', ...args], { input, env }) => {
    const started = performance.now();
    const ended = spawnSync(file, args, {
      input,
      env: { ...environment, ...env },
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
      maxBuffer: 16 * 1024 * 1024,
    });
    const why = ended.signal === null ? ended.error?.message : `ended by ${ended.signal}`;
    return Promise.resolve({
      code: ended.status ?? 127,
      stdout: ended.stdout ?? '',
      stderr: `${ended.stderr ?? ''}${ended.status === null && why !== undefined ? why : ''}`,
      durationMs: performance.now() - started,
    });
  };
}

/** Returns one call as text: verb and plugin, outcome, input and output. */
function renderCall(call: PluginRun): string {
  const how = call.code === 0 ? 'exit 0' : `FAILED, exit ${call.code}`;
  const env = Object.entries(call.env)
    .filter(([name, value]) => name !== 'CNI_COMMAND' && value !== '')
    .map(([name, value]) => `${name}=${value}`);
  return [
    `${call.verb} ${call.plugin}: ${how}, ${call.durationMs.toFixed(1)} ms (${call.file})`,
    ...section('env', env.join('\n')),
    ...section('stdin', pretty(call.stdin)),
    ...section('stdout', pretty(call.stdout)),
    ...section('stderr', call.stderr),
    '',
  ].join('\n');
}

function section(title: string, text: string): readonly string[] {
  const lines = text.trimEnd().split('\n');
  return text.trim() === '' ? [] : [`  ${title}`, ...lines.map((line) => `    ${line}`)];
}

function pretty(text: string): string {
  const value = parsed(text);
  return value === text ? text : JSON.stringify(value, undefined, 2);
}

/** Shape: JSON input and output stay JSON, so that jq can select in them. */
function report(list: Conflist, runtime: Runtime, done: Result<unknown>): object {
  const { name, cniVersion } = list;
  const calls = runtime.calls().map((call) => ({
    ...call,
    stdin: parsed(call.stdin),
    stdout: parsed(call.stdout),
    durationMs: Math.round(call.durationMs * 10) / 10,
  }));
  return { network: name, cniVersion, calls, ...(done.ok ? { result: done.value } : { error: done.error }) };
}

/** Text other than JSON stays text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
