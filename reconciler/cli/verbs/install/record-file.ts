/** The file of the installation record, beside the document. */
import { failure, ok, type Result } from '../../../model/result.ts';
import type { Sys } from '../../../model/ports/sys.ts';
import { encodeJson, readJson, replaceFile } from '../../../os/file.ts';
import type { InstallRecord } from './install-plan.ts';
import { ofFormat } from '../../../model/objects.ts';

/** Returns the path of the record. */
export function installRecordPath(stateDirectory: string): string {
  return `${stateDirectory}/install.json`;
}

/** Returns the record; undefined without one. Errors: `invalid` if the file has another content. */
export function readInstallRecord(sys: Sys, stateDirectory: string): Result<InstallRecord | undefined> {
  const path = installRecordPath(stateDirectory);
  const hint = 'Move the file elsewhere, then run vnet install: it writes a new one.';
  return readJson(
    sys,
    path,
    isInstallRecord,
    failure('invalid', `read ${path}`, 'not a record of vnet', { hint }),
  );
}

/** Writes the record, on disk on return. */
export function writeInstallRecord(sys: Sys, stateDirectory: string, record: InstallRecord): Result<void> {
  const written = replaceFile(sys, installRecordPath(stateDirectory), encodeJson(record, 2));
  return written.ok ? ok(undefined) : written;
}

const isInstallRecord = ofFormat<InstallRecord>('vnet.install/1');
