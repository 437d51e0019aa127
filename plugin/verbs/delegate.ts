/**
 * Runs another IPAM plugin (host-local, static, dhcp, …) for azure-vnet: found in CNI_PATH, with the complete
 * configuration and our environment.
 * Source: SPEC.md, section 4 "Execution of Delegated Plugins".
 */
import { type Family, familyOf } from '../../reconciler/model/addresses/address.ts';
import { gatewayFields } from '../../reconciler/model/addresses/families.ts';
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import type { ForeignLease } from './lease.ts';
import type { CniVerb } from '../../reconciler/cni/call.ts';
import { CNI_CODES, type CniError, cniError } from '../protocol/errors.ts';
import type { Call, Host } from '../host.ts';
import { field, isJsonObject, type JsonObject } from '../protocol/json.ts';
import { omitUndefined, parseJson } from '../../reconciler/model/objects.ts';
import { parseResult } from '../protocol/parse-result.ts';
import { type CniResult, EMPTY_RESULT } from '../protocol/result.ts';
import { podRoute } from '../protocol/route.ts';

/**
 * Resolves to the plugin's result; EMPTY_RESULT for verbs without output.
 * Errors: the plugin's own, with its code and its name before the message; 106 if it is not found, cannot be
 * run, or prints no JSON.
 */
export async function runDelegate(
  host: Host,
  call: Call,
  type: string,
  verb: CniVerb,
): Promise<Result<CniResult, CniError>> {
  const { path } = call.invocation;
  if (type.includes('/')) return failed(type, 'a plugin name has no "/"', 'Correct ipam.type.');
  const programs = await host.programs();
  const file = programs.find(type, path);
  if (file === undefined) {
    return failed(
      type,
      `not found in CNI_PATH (${path.join(':')})`,
      'Install it there, or correct ipam.type.',
    );
  }
  const env = { ...call.env, CNI_COMMAND: verb };
  const ran = programs.run(file, env, JSON.stringify(call.netconf.raw));
  if (ran.error !== undefined) return failed(type, `${file} could not be run: ${ran.error}`, '');
  const answer = parseJson(ran.stdout, isJsonObject);
  if (ran.exitCode !== 0) return err(delegateError(type, answer, ran.stdout));
  if (verb !== 'ADD') return ok(EMPTY_RESULT);
  if (answer === undefined) return failed(type, 'the result is not a JSON object', ran.stdout);
  const result = parseResult(answer, call.netconf.cniVersion);
  return result.ok ? result : failed(type, result.error.msg, result.error.details ?? '');
}

/** Returns the lease to record in the endpoint. Errors: 106 if the plugin returned no address. */
export function leaseFromDelegate(ipam: string, result: CniResult): Result<ForeignLease, CniError> {
  const [first, ...more] = result.ips.map(({ address }) => address);
  if (first === undefined) return failed(ipam, 'it returned no address', 'Correct its ranges.');
  const gateways = ([4, 6] as const).flatMap((family) => gatewayIn(result, family) ?? []);
  const routes = result.routes.map(({ dst, gw, priority }) =>
    podRoute({ dst, ...omitUndefined({ gw: gw ?? gatewayIn(result, familyOf(dst)), priority }) }),
  );
  const dns = Object.keys(result.dns).length === 0 ? undefined : result.dns;
  return ok({
    ipam,
    addresses: [first, ...more],
    routes,
    ...gatewayFields(gateways),
    ...omitUndefined({ dns }),
  });
}

/** A route without gateway uses the first gateway of its family, as in the reference plugins. */
function gatewayIn({ ips }: CniResult, family: Family | undefined): string | undefined {
  return ips.find(({ gateway }) => gateway !== undefined && familyOf(gateway) === family)?.gateway;
}

function delegateError(type: string, answer: JsonObject | undefined, stdout: string): CniError {
  const [code, msg, details] = [field(answer, 'code'), field(answer, 'msg'), field(answer, 'details')];
  if (typeof msg !== 'string') {
    return cniError(CNI_CODES.delegateFailed, `IPAM plugin ${type}: failed without a message`, stdout.trim());
  }
  const known = typeof code === 'number' && code !== 0 ? code : CNI_CODES.delegateFailed;
  return cniError(known, `IPAM plugin ${type}: ${msg}`, typeof details === 'string' ? details : '');
}

function failed(type: string, why: string, details: string): Result<never, CniError> {
  return err(cniError(CNI_CODES.delegateFailed, `IPAM plugin ${type}: ${why}`, details));
}
