/** Routes of a pod, between CNI's notation and the document's. Pure. */
import { parseCidr } from '../../reconciler/model/addresses/address.ts';
import type { PodRoute } from '../../schemas/generated/vnet.ts';
import { createReader, isJsonObject, type JsonObject } from './json.ts';
import { omitUndefined } from '../../reconciler/model/objects.ts';

/** A route. Shape: `dst` is a prefix; the numbers are those of rtnetlink(7). */
export type CniRoute = {
  readonly dst: string;
  readonly gw?: string;
  readonly mtu?: number;
  readonly advmss?: number;
  readonly priority?: number;
  readonly table?: number;
  readonly scope?: number;
};

/** Returns the `routes` of an object and appends problems to `wrong`. `path` is the object's own path. */
export function readRoutes(
  object: JsonObject | undefined,
  path: string,
  wrong: string[],
): readonly CniRoute[] {
  const at = path === '' ? 'routes' : `${path}.routes`;
  const items = createReader(object, path, wrong).list('routes') ?? [];
  if (!items.every(isJsonObject)) wrong.push(`${at} must list objects`);
  return items.filter(isJsonObject).map((item) => readRoute(item, at, wrong));
}

function readRoute(item: JsonObject, path: string, wrong: string[]): CniRoute {
  const reader = createReader(item, path, wrong);
  const dst = reader.text('dst') ?? '';
  if (parseCidr(dst) === undefined) wrong.push(`${path}.dst ${JSON.stringify(dst)} is not a prefix`);
  const gw = reader.text('gw');
  return {
    dst,
    ...omitUndefined({
      gw: gw === '' ? undefined : gw,
      mtu: reader.number('mtu'),
      advmss: reader.number('advmss'),
      priority: reader.number('priority'),
      table: reader.number('table'),
      scope: reader.number('scope'),
    }),
  };
}

/** Returns the route in the document's notation. */
export function podRoute({ dst, gw, priority }: CniRoute): PodRoute {
  return {
    to: /^(0\.0\.0\.0|::)\/0$/.test(dst) ? 'default' : dst,
    ...omitUndefined({ via: gw, metric: priority === 0 ? undefined : priority }),
  };
}
