/** A directory for the files contract, on a real disk or in memory. */
import { FLAGS, type Sys } from '../../../reconciler/model/ports/sys.ts';

/** A Sys, and an empty directory. */
export type FileTestbed = { readonly sys: Sys; readonly directory: string; readonly remove: () => void };

/** Read and write, created if missing. */
export const NEW = FLAGS.O_RDWR | FLAGS.O_CREAT;

/** The testbed of a case, with helpers. */
export class Files {
  readonly sys: Sys;
  readonly #directory: string;

  constructor({ sys, directory }: FileTestbed) {
    [this.sys, this.#directory] = [sys, directory];
  }

  path(name: string): string {
    return name === '' ? this.#directory : `${this.#directory}/${name}`;
  }

  open(name: string, flags: number = NEW): number {
    return this.sys.open(this.path(name), flags | FLAGS.O_CLOEXEC, 0o600);
  }

  write(fd: number, text: string): number {
    return this.sys.write(fd, new TextEncoder().encode(text));
  }

  /** Ensures a file with this text. */
  make(name: string, text: string): void {
    const fd = this.open(name, NEW | FLAGS.O_TRUNC);
    const written = this.write(fd, text);
    const closed = this.sys.close(fd);
    if (written !== text.length || closed !== 0) throw new Error(`make ${name}: ${written}, ${closed}`);
  }

  /** Returns the file's text, or -errno. */
  text(name: string): string | number {
    const fd = this.open(name, FLAGS.O_RDONLY);
    if (fd < 0) return fd;
    const bytes = this.sys.readAll(fd);
    this.sys.close(fd);
    return decode(bytes);
  }

  part(fd: number, start: number, length: number): string | number {
    return decode(this.sys.readAt(fd, start, length));
  }

  status(name: string): Exclude<ReturnType<Sys['stat']>, number> {
    const status = this.sys.stat(this.path(name));
    if (typeof status === 'number') throw new Error(`stat ${name}: ${status}`);
    return status;
  }
}

/** Returns the bytes as text, or -errno. */
export function decode(bytes: Uint8Array | number): string | number {
  return typeof bytes === 'number' ? bytes : new TextDecoder().decode(bytes);
}

/** Returns the modification time. Units: seconds. */
export function timeOf({ mtimeSeconds, mtimeNanoseconds }: ReturnType<Files['status']>): number {
  return mtimeSeconds + mtimeNanoseconds / 1e9;
}

/** Waits for the kernel's next tick: two changes within one have the same time. */
export function waitForClock(
  files: Files,
  { mtimeSeconds, mtimeNanoseconds }: ReturnType<Files['status']>,
): void {
  for (let count = 0; count < 1000; count += 1) {
    files.make('clock', '');
    const now = files.status('clock');
    if (now.mtimeSeconds !== mtimeSeconds || now.mtimeNanoseconds !== mtimeNanoseconds) break;
    files.sys.sleep(1);
  }
}
