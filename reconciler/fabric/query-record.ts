/** The last answer of the host endpoint, shared between processes in the run directory. */
import { FAILURE_CODES, type Failure, type Result } from '../model/result.ts';
import { isRecord } from '../model/objects.ts';
import type { Sys } from '../model/ports/sys.ts';
import { encodeJson, readJsonCache, replaceCache } from '../os/file.ts';
import type { FabricPools, FabricSubnet } from './host-endpoint.ts';

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
  return answer['ok'] === true ? isFabricPools(answer['value']) : isFailure(answer['error']);
}

function isFabricPools(value: unknown): value is FabricPools {
  if (!isRecord(value) || typeof value['mac'] !== 'string') return false;
  const { subnets, passedOver } = value;
  if (!isRecord(subnets) || !areTexts(passedOver)) return false;
  const found = Object.entries(subnets);
  return (
    found.length > 0 && found.every(([key, one]) => (key === 'ipv4' || key === 'ipv6') && isFabricSubnet(one))
  );
}

function isFabricSubnet(value: unknown): value is FabricSubnet {
  if (!isRecord(value) || !areTexts(value['addresses']) || value['addresses'].length === 0) return false;
  return typeof value['subnet'] === 'string' && typeof value['gateway'] === 'string';
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

function isFailure(value: unknown): value is Failure {
  if (!isRecord(value) || value['kind'] !== 'failure') return false;
  const texts = [value['step'], value['message']];
  return (
    FAILURE_CODES.some((code) => code === value['code']) && texts.every((text) => typeof text === 'string')
  );
}
