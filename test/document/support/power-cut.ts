/** What a disk has after a power cut: what was synced surely, of all else any part. */
import { type MemorySys, parentOf } from './memory-sys.ts';

type Files = MemorySys['files'];
type File = NonNullable<ReturnType<Files['get']>>;

/** Watches what is synced of the files in memory. What is there when it begins is on the disk. */
export class PowerCut {
  readonly #memory: MemorySys;
  /** The contents that are surely on the disk, of files that were ever synced. */
  readonly #contents = new Map<File, Uint8Array>();
  /** The names that are surely on the disk. */
  #names: ReadonlyMap<string, File>;

  constructor(memory: MemorySys) {
    this.#memory = memory;
    this.#names = new Map(memory.files);
    for (const file of memory.files.values()) this.#contents.set(file, file.bytes);
  }

  /** Must hear of each call before it is made, as MemorySys.fault does. */
  hear(call: string, path: string): void {
    const file = this.#memory.files.get(path);
    if (call === 'fdatasync' && file !== undefined) this.#contents.set(file, file.bytes);
    if (call !== 'fsync') return;
    const isOther = ([name]: readonly [string, File]): boolean => parentOf(name) !== path;
    const inside = [...this.#memory.files].filter((entry) => !isOther(entry));
    this.#names = new Map([...[...this.#names].filter(isOther), ...inside]);
  }

  /** Returns every text that the file may have when the power goes now; undefined: it may be gone. */
  texts(path: string): ReadonlySet<string | undefined> {
    const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
    const found = [this.#names.get(path), this.#memory.files.get(path)];
    return new Set(
      found.flatMap((file) =>
        file === undefined
          ? [undefined]
          : [this.#contents.get(file) ?? new Uint8Array(), file.bytes].map(decode),
      ),
    );
  }
}
