/** The last answer of the host endpoint, shared between processes in the run directory. */
import { FAILURE_CODES, type Failure, type Result } from '../model/result.ts';
import { isRecord } from '../model/objects.ts';
import type { Sys } from '../model/ports/sys.ts';
import { encodeJson, readJsonCache, replaceCache } from '../os/file.ts';
import type { FabricPool } from './host-endpoint.ts';

/**
 * One query and its answer.
 * Units: milliseconds since the epoch.
 * Shape: `uplinkMac` is `''` if none was given.
 */
export type QueryRecord = {
  readonly askedAtMs: number;
  readonly url: string;
  readonly uplinkMac: string;
  readonly answer: Result<FabricPool>;
};

/** Returns the path of the network's record: `<runDirectory>/pool-<network>.json`. */
export function recordPath(runDirectory: string, network: string): string {
  return `${runDirectory}/pool-${encodeURIComponent(network)}.json`;
}

/** Returns the record; undefined if it is missing or unreadable, so that the endpoint is queried again. */
export function readRecord(sys: Sys, path: string): QueryRecord | undefined {
  return readJsonCache(sys, path, isQueryRecord);
}

/** Replaces the record atomically. Errors are ignored: the next process then queries once more. */
export function writeRecord(sys: Sys, path: string, record: QueryRecord): void {
  replaceCache(sys, path, encodeJson(record));
}

function isQueryRecord(value: unknown): value is QueryRecord {
  if (!isRecord(value) || typeof value['askedAtMs'] !== 'number') return false;
  if (typeof value['url'] !== 'string' || typeof value['uplinkMac'] !== 'string') return false;
  const answer = value['answer'];
  if (!isRecord(answer)) return false;
  return answer['ok'] === true ? isFabricPool(answer['value']) : isFailure(answer['error']);
}

function isFabricPool(value: unknown): value is FabricPool {
  if (!isRecord(value) || !Array.isArray(value['addresses']) || value['addresses'].length === 0) return false;
  if (!Array.isArray(value['passedOver'])) return false;
  const one: readonly unknown[] = [value['mac'], value['subnet'], value['gateway']];
  const texts: readonly unknown[] = [...one, ...value['addresses'], ...value['passedOver']];
  return texts.every((text) => typeof text === 'string');
}

function isFailure(value: unknown): value is Failure {
  if (!isRecord(value) || value['kind'] !== 'failure') return false;
  const texts = [value['step'], value['message']];
  return (
    FAILURE_CODES.some((code) => code === value['code']) && texts.every((text) => typeof text === 'string')
  );
}
