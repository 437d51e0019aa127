/** The measured machine and versions. */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { execNow } from '../test/support/exec.ts';
import { findPeers } from './contestants.ts';

/** Facts about the machine that matter for the figures, by name. */
export type Facts = Readonly<Record<string, string>>;

/** Returns machine and versions. Shape: `folder` has the documents, `bin` our executables. */
export function describeMachine(folder: string, bin: string): Facts {
  return {
    machine: `${os.cpus().length} × ${processorName()}, ${(os.totalmem() / 2 ** 30).toFixed(0)} GiB`,
    kernel: `${os.release()} ${os.arch()}`,
    system: systemName(),
    'documents on': firstLine(['stat', '-f', '-c', '%T', folder]),
    vnet: `${firstLine([join(bin, 'vnet'), '--version'])}, ${runtime(bin)}`,
    peers: peers(),
    nft: firstLine(['nft', '--version']),
    ebtables: firstLine(['ebtables', '--version']),
    node: `${process.version} (runs the benchmark only)`,
  };
}

/** Returns the load average of the last minute. */
export function describeLoad(): string {
  return (os.loadavg()[0] ?? 0).toFixed(2);
}

function processorName(): string {
  return os.cpus()[0]?.model.trim() ?? 'unknown processor';
}

function systemName(): string {
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(readOr('/etc/os-release', ''))?.[1] ?? 'unknown system';
}

function runtime(bin: string): string {
  const record = JSON.parse(readOr(join(bin, '../build.json'), '{}')) as { runtime?: string };
  return record.runtime === 'bun' ? 'compiled by Bun' : `for ${record.runtime ?? 'an unknown runtime'}`;
}

function peers(): string {
  const folder = findPeers();
  if (folder === undefined) return 'containernetworking-plugins not found';
  const owner = firstLine(['dpkg-query', '-W', '-f', '${Package} ${Version}', 'containernetworking-plugins']);
  return owner === '' ? folder : owner;
}

function firstLine(argv: readonly string[]): string {
  const outcome = execNow(argv);
  return outcome.code === 0 ? (outcome.stdout.split('\n')[0]?.trim() ?? '') : '';
}

function readOr(path: string, instead: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return instead;
  }
}
