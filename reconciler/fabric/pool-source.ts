/**
 * Refreshes the pools of source azure from the virtual network, with at most one query per 10 s and node,
 * however many processes there are.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pools } from '../../schemas/generated/vnet.ts';
import { normalisePrefix } from '../model/addresses/address.ts';
import { type Pool, poolsOf } from '../model/addresses/families.ts';
import { expandRanges, formatAddresses } from '../model/addresses/address-list.ts';
import { poolQueryPath } from '../model/ports/pool-records.ts';
import { err, failure, type Failure, ok, type Result, FAILURE_CODES } from '../model/result.ts';
import { FLAGS, type Sys } from '../model/ports/sys.ts';
import type { FabricPools, FabricSubnet } from './host-endpoint.ts';
import {
  isNumber,
  isRecord,
  isText,
  listOf,
  mapOf,
  omitUndefined,
  type ShapeCheck,
  withFields,
} from '../model/objects.ts';
import { encodeJson, readJsonCache, replaceCache } from '../os/file.ts';

/** Address of Azure's host endpoint, the same on every machine in every region. */
const AZURE_HOST_ENDPOINT = 'http://168.63.129.16';

const MIN_INTERVAL_MS = 10_000;
const ROUTINE_INTERVAL_MS = 60_000;
const LOCK_TIMEOUT_MS = 7000;
const LOCK_POLL_MS = 20;

/**
 * The pool to refresh, and the urgency.
 * Shape: `first`: there is no pool yet; `exhausted`: no address is free; `routine`: only at intervals. `url`
 * (of the CNI configuration) precedes the pool's own, which precedes VNET_HOST_ENDPOINT.
 * Units: `timeoutMs` milliseconds.
 */
export type RefreshRequest = {
  readonly sys: Sys;
  readonly runDirectory: string;
  readonly network: string;
  readonly current?: Pools;
  readonly uplinkMac?: string;
  readonly url?: string;
  readonly now: Date;
  readonly need: 'first' | 'exhausted' | 'routine';
  readonly timeoutMs?: number;
  /** Called for each unusable entry of the answer. */
  readonly note?: (line: string) => void;
};

/**
 * Returns the pool with the virtual network's present addresses; undefined if nothing changes: a static pool,
 * the same addresses, or a query too recently. Must be called without the document lock. An answer or failure
 * of the last 10 s, of any process, is reused instead of a new query.
 * Errors: those of the query, `timeout` if another process's query takes too long. On a Failure, keep the
 * pool.
 */
export async function refreshPool(request: RefreshRequest): Promise<Result<Pools | undefined>> {
  if (isStatic(request.current)) return ok(undefined);
  const url = endpointOf(request);
  const last = readRecord(request.sys, poolQueryPath(request.runDirectory, request.network));
  if (request.need === 'routine' && isYounger(last, request, url, ROUTINE_INTERVAL_MS)) return ok(undefined);
  const record = await askOnce(request, url);
  if (!record.ok) return record;
  const { answer } = record.value;
  if (!answer.ok) return answer;
  for (const line of answer.value.passedOver) request.note?.(`vnet: host endpoint: skipped: ${line}`);
  return ok(mergePools(request, answer.value));
}

/** Returns the MAC of the NIC in the last answer; undefined without an answer, or if it has none. */
export function answeredMac(sys: Sys, runDirectory: string, network: string): string | undefined {
  const answer = readRecord(sys, poolQueryPath(runDirectory, network))?.answer;
  return answer?.ok === true && answer.value.mac !== '*' ? answer.value.mac : undefined;
}

/** Returns the failure of the last query for the network; undefined if it was answered, or there was none. */
export function lastFailure(sys: Sys, runDirectory: string, network: string): Failure | undefined {
  const answer = readRecord(sys, poolQueryPath(runDirectory, network))?.answer;
  return answer?.ok === false ? answer.error : undefined;
}

function endpointOf({ url, current }: RefreshRequest): string {
  const given = url ?? current?.ipv4?.url ?? current?.ipv6?.url ?? '';
  return given === '' ? AZURE_HOST_ENDPOINT : given;
}

/** Holds a lock, so that of many first ADDs one queries and the others use its answer. */
async function askOnce(request: RefreshRequest, url: string): Promise<Result<QueryRecord>> {
  const { sys, network, now, uplinkMac, timeoutMs } = request;
  const path = poolQueryPath(request.runDirectory, network);
  sys.mkdir(request.runDirectory, 0o700);
  const locked = await lock(sys, `${path}.lock`);
  if (!locked.ok) return locked;
  try {
    const last = readRecord(sys, path);
    if (last !== undefined && isYounger(last, request, url, MIN_INTERVAL_MS)) return ok(last);
    const { queryHostEndpoint } = await import('./host-endpoint.ts');
    const answer = await queryHostEndpoint({ url, ...omitUndefined({ uplinkMac, timeoutMs }) });
    const record: QueryRecord = { askedAtMs: now.getTime(), url, uplinkMac: uplinkMac ?? '', answer };
    writeRecord(sys, path, record);
    return ok(record);
  } finally {
    if (locked.value >= 0) sys.close(locked.value);
  }
}

/**
 * A record slightly ahead of `now` is from a faster process; far ahead, the clock was set back, and the
 * record must not suppress queries for hours.
 */
function isYounger(
  record: QueryRecord | undefined,
  { now, uplinkMac }: RefreshRequest,
  url: string,
  limitMs: number,
): boolean {
  if (record === undefined || record.url !== url || record.uplinkMac !== (uplinkMac ?? '')) return false;
  return Math.abs(now.getTime() - record.askedAtMs) < limitMs;
}

/**
 * Returns the descriptor that holds the lock; -1 if no lock file can be created: a read-only run directory
 * must not stop pods. Waits without blocking the thread, since the holder may be in this process.
 */
async function lock(sys: Sys, path: string): Promise<Result<number>> {
  const fd = sys.open(path, FLAGS.O_RDWR | FLAGS.O_CREAT | FLAGS.O_CLOEXEC, 0o600);
  if (fd < 0) return ok(-1);
  for (let waitedMs = 0; waitedMs < LOCK_TIMEOUT_MS; waitedMs += LOCK_POLL_MS) {
    if (sys.flock(fd, FLAGS.LOCK_EX | FLAGS.LOCK_NB) >= 0) return ok(fd);
    await sleep(LOCK_POLL_MS);
  }
  sys.close(fd);
  return err(lockTimeout(path));
}

function lockTimeout(path: string): Failure {
  return failure(
    'timeout',
    'ask the host endpoint',
    `another process holds ${path} and its request is in progress`,
    {
      hint: 'Try again; container runtimes retry on their own.',
    },
  );
}

function isStatic(current: Pools | undefined): boolean {
  return current !== undefined && !poolsOf({ pools: current }).some(({ pool }) => pool.source === 'azure');
}

/**
 * Returns the pools of source azure with the fabric's addresses, or undefined if they have these already. Only the
 * first answer decides the families: a document with one keeps one.
 */
function mergePools({ current, url }: RefreshRequest, { subnets }: FabricPools): Pools | undefined {
  if (current === undefined) {
    const given = url === undefined ? {} : { url };
    const made = Object.entries(subnets).map(([key, one]) => [key, { source: 'azure', ...one, ...given }]);
    return Object.fromEntries(made);
  }
  const changed = poolsOf({ pools: current }).flatMap(({ key, pool }) => {
    const answer = subnets[key];
    const merged = answer === undefined || pool.source !== 'azure' ? undefined : mergePool(pool, answer);
    return merged === undefined ? [] : [[key, merged]];
  });
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}

function mergePool(known: Pool, { subnet, gateway, addresses }: FabricSubnet): Pool | undefined {
  const sameSubnet = normalisePrefix(known.subnet) === normalisePrefix(subnet);
  const spelled = formatAddresses(expandRanges(known.addresses));
  if (sameSubnet && spelled.join() === addresses.join()) return undefined;
  const moved = sameSubnet ? {} : { subnet, gateway };
  return { ...known, ...moved, addresses };
}

/**
 * One query and its answer.
 * Units: milliseconds since the epoch.
 * Shape: `uplinkMac` is `''` if none was given.
 */
export type QueryRecord = {
  readonly askedAtMs: number;
  readonly url: string;
  readonly uplinkMac: string;
  readonly answer: Result<FabricPools>;
};

/** Returns the record; undefined if it is missing or unreadable, so that the endpoint is queried again. */
function readRecord(sys: Sys, path: string): QueryRecord | undefined {
  return readJsonCache(sys, path, isQueryRecord);
}

/** Replaces the record atomically. Errors are ignored: the next process then queries once more. */
function writeRecord(sys: Sys, path: string, record: QueryRecord): void {
  replaceCache(sys, path, encodeJson(record));
}

const areTexts = listOf(isText);
const isSubnet = withFields<FabricSubnet>({
  addresses: (value) => Array.isArray(value) && value.length > 0 && areTexts(value),
  subnet: isText,
  gateway: isText,
});
const isFamilies: ShapeCheck = (value) =>
  isRecord(value) &&
  Object.keys(value).length > 0 &&
  Object.keys(value).every((key) => key === 'ipv4' || key === 'ipv6');
const areSubnets = mapOf(isSubnet);
const isAnswer = withFields({
  ok: (value) => value === true,
  value: withFields({
    mac: isText,
    subnets: (value) => isFamilies(value) && areSubnets(value),
    passedOver: areTexts,
  }),
});
const isRefusal = withFields({
  error: withFields({
    kind: (value) => value === 'failure',
    step: isText,
    message: isText,
    code: (value) => FAILURE_CODES.some((code) => code === value),
  }),
});
const isQueryRecord = withFields<QueryRecord>({
  askedAtMs: isNumber,
  url: isText,
  uplinkMac: isText,
  answer: (answer) => isAnswer(answer) || isRefusal(answer),
});
