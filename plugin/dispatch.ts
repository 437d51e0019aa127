/**
 * One CNI call, from environment and stdin to exit code and output. Checks run in the order that runtimes and
 * the conformance suite (pkg/skel) expect: environment (4), stdin (5), JSON (6), name (7), version (1), then
 * the verb.
 */
import { err, ok, type Result, thrownMessage } from '../reconciler/model/result.ts';
import { type CniArgs, type Invocation, parseCniArgs, parseEnvironment } from './protocol/environment.ts';
import { CNI_CODES, type CniError, cniError } from './protocol/errors.ts';
import type { Environment } from '../reconciler/model/ports/sys.ts';
import type { Call, Host, Role } from './host.ts';
import type { JsonObject } from './protocol/json.ts';
import { answerVersion, decodeNetconf, type Netconf, parseStdin } from './protocol/netconf.ts';
import { type CniResult, renderResult } from './protocol/result.ts';
import { runVerb } from './verbs/verbs.ts';
import { CNI_VERSIONS, isAtLeast, NEWEST_CNI_VERSION } from './protocol/versions.ts';
import { runWork, type Perform, performAlone } from './run-work.ts';
import { run, type Work } from './work.ts';

/** A Host that holds sockets and descriptors. */
export type OpenHost = Host & { close(): void };

/**
 * Inputs of a call.
 * Shape: `argv` without the program; `open` is called once, after all checks have passed.
 */
export type CallInputs = {
  readonly role: Role;
  /** Resolves to the program's version. Lazy: no CNI call needs it. */
  readonly version: () => Promise<string>;
  readonly argv: readonly string[];
  readonly env: Environment;
  /** Errors: the reason why stdin cannot be read. */
  readonly readStdin: () => Result<string, string>;
  /** Shape: `document` is the configuration's path of vnet.yaml. */
  readonly open: (document: string | undefined) => Promise<Result<OpenHost, CniError>>;
};

/** Output of a call. Law: stdout is empty or one JSON value (for `--version`, a line of text). */
export type Answer = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

/**
 * Resolves to the answer. An exception becomes error 999 with its stack on stderr only. `perform` executes
 * the effects of the call; by default immediately and alone.
 */
export function dispatch(given: CallInputs, perform: Perform = performAlone): Promise<Answer> {
  return runWork(work(given), perform);
}

function* work(given: CallInputs): Work<Answer> {
  if (!isCall(given)) return yield* run(() => answerWithoutCall(given));
  let raw: JsonObject | undefined;
  try {
    const invocation = parseEnvironment(given.env);
    if (!invocation.ok) return failed(invocation.error, undefined);
    if (invocation.value.verb === 'VERSION') return printed(versionReply());
    const stdin = given.readStdin();
    if (!stdin.ok) return failed(cniError(CNI_CODES.ioFailure, `read stdin: ${stdin.error}`), undefined);
    const parsed = parseStdin(stdin.value);
    if (!parsed.ok) return failed(parsed.error, undefined);
    raw = parsed.value;
    const call = decodeCall(given, invocation.value, raw);
    if (!call.ok) return failed(call.error, raw);
    return yield* answerCall(given, call.value);
  } catch (thrown) {
    const reason = thrownMessage(thrown);
    const stack = thrown instanceof Error ? (thrown.stack ?? reason) : reason;
    const answer = failed(
      cniError(CNI_CODES.internal, `internal error: ${reason}`, 'Please report this.'),
      raw,
    );
    return { ...answer, stderr: `${stack}\n` };
  }
}

function isCall({ argv, env }: CallInputs): boolean {
  return !asksForVersion(argv) && (env['CNI_COMMAND'] ?? '') !== '';
}

function asksForVersion(argv: readonly string[]): boolean {
  return argv.includes('-v') || argv.includes('--version');
}

async function answerWithoutCall(given: CallInputs): Promise<Answer> {
  const { describePlugin } = await import('./about.ts');
  return { exitCode: 0, ...(await describePlugin(given, asksForVersion(given.argv))) };
}

function versionReply(): JsonObject {
  return { cniVersion: NEWEST_CNI_VERSION, supportedVersions: CNI_VERSIONS };
}

function decodeCall(given: CallInputs, invocation: Invocation, raw: JsonObject): Result<Call, CniError> {
  const netconf = decodeNetconf(raw, invocation.verb);
  if (!netconf.ok) return netconf;
  const allowed = checkVersion(invocation, netconf.value);
  if (!allowed.ok) return allowed;
  const args = readArgs(invocation);
  if (!args.ok) return args;
  const { role, env } = given;
  return ok({ role, env, invocation, netconf: netconf.value, args: args.value });
}

function checkVersion({ verb }: Invocation, { cniVersion }: Netconf): Result<undefined, CniError> {
  const least = verb === 'CHECK' ? '0.4.0' : verb === 'GC' || verb === 'STATUS' ? '1.1.0' : '0.1.0';
  if (isAtLeast(cniVersion, least)) return ok(undefined);
  const details = `config is ${cniVersion}, ${verb} needs ${least}`;
  return err(cniError(CNI_CODES.incompatibleVersion, `config version does not allow ${verb}`, details));
}

/** Only ADD reads CNI_ARGS: invalid ones must not fail a DEL. */
function readArgs({ verb, argsText }: Invocation): Result<CniArgs, CniError> {
  return verb === 'ADD' ? parseCniArgs(argsText) : ok({ ips: [] });
}

function* answerCall(given: CallInputs, call: Call): Work<Answer> {
  const { verb } = call.invocation;
  if (verb === 'VERSION') return printed(versionReply());
  const opened = yield* run(() => given.open(call.netconf.document));
  if (!opened.ok) return failed(opened.error, call.netconf.raw);
  const host = opened.value;
  try {
    const done = yield* runVerb(host, call, verb);
    const rendered = done.ok ? renderAnswer(done.value, call.netconf) : done;
    if (!rendered.ok) return failed(rendered.error, call.netconf.raw);
    return rendered.value === undefined ? { exitCode: 0, stdout: '', stderr: '' } : printed(rendered.value);
  } finally {
    host.close();
  }
}

function renderAnswer(
  result: CniResult | undefined,
  { cniVersion }: Netconf,
): Result<JsonObject | undefined, CniError> {
  return result === undefined ? ok(undefined) : renderResult(result, cniVersion);
}

function printed(value: JsonObject): Answer {
  return { exitCode: 0, stdout: `${JSON.stringify(value, undefined, 4)}\n`, stderr: '' };
}

function failed(error: CniError, raw: JsonObject | undefined): Answer {
  const value = { cniVersion: answerVersion(raw), ...error };
  return { exitCode: 1, stdout: `${JSON.stringify(value, undefined, 4)}\n`, stderr: '' };
}
