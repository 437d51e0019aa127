/** The capability `bandwidth`. Pure. Source: CONVENTIONS.md; the plugin bandwidth. */
import { err, ok, type Result } from '../../reconciler/model/result.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';
import type { Bandwidth, RateLimit } from '../../schemas/generated/vnet.ts';
import { CNI_CODES, type CniError, cniError } from './errors.ts';
import { field, type JsonObject } from './json.ts';

/**
 * Returns the limits that `runtimeConfig.bandwidth` requests; undefined without any: a rate of 0 is none.
 * Units: bits per second, and bits.
 * Errors: 7 for a rate without a burst, and for values that are no limit.
 */
export function readBandwidth(requested: JsonObject): Result<Bandwidth | undefined, CniError> {
  const wrong: string[] = [];
  const ingress = readLimit(requested, 'ingress', wrong);
  const egress = readLimit(requested, 'egress', wrong);
  if (wrong.length > 0) {
    const text = `runtimeConfig.bandwidth ${JSON.stringify(requested)}: ${wrong.join('; ')}`;
    return err(cniError(CNI_CODES.invalidConfig, text, 'Correct the annotations of the pod.'));
  }
  return ok(ingress === undefined && egress === undefined ? undefined : omitUndefined({ ingress, egress }));
}

function readLimit(requested: JsonObject, direction: string, wrong: string[]): RateLimit | undefined {
  const [rate, burst] = ['Rate', 'Burst'].map((part) => {
    const value = field(requested, direction + part) ?? 0;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) {
      return Math.min(value, Number.MAX_SAFE_INTEGER);
    }
    wrong.push(`${direction}${part} must be a whole number`);
    return 0;
  });
  if (rate === undefined || burst === undefined || rate === 0) {
    if (burst !== undefined && burst > 0) wrong.push(`${direction}Burst needs ${direction}Rate`);
    return undefined;
  }
  if (burst === 0) wrong.push(`${direction}Rate needs ${direction}Burst`);
  return { rate, burst };
}
