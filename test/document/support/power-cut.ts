/** The contents of a disk after a power cut: synced data for certain, any part of all other data. */
import { type MemorySys, parentOf } from './memory-sys.ts';

type Files = MemorySys['files'];
type File = NonNullable<ReturnType<Files['get']>>;

/** Tracks syncs of the in-memory files. The initial files are on disk. */
export class PowerCut {
  readonly #memory: MemorySys;
  /** Contents that are certainly on disk, of files that were ever synced. */
  readonly #contents = new Map<File, Uint8Array>();
  /** Names that are certainly on disk. */
  #names: ReadonlyMap<string, File>;

  constructor(memory: MemorySys) {
    this.#memory = memory;
    this.#names = new Map(memory.files);
    for (const file of memory.files.values()) this.#contents.set(file, file.bytes);
  }

  /** Must be called before each call, like MemorySys.fault. */
  hear(call: string, path: string): void {
    const file = this.#memory.files.get(path);
    if (call === 'fdatasync' && file !== undefined) this.#contents.set(file, file.bytes);
    if (call !== 'fsync') return;
    const isOther = ([name]: readonly [string, File]): boolean => parentOf(name) !== path;
    const inside = [...this.#memory.files].filter((entry) => !isOther(entry));
    this.#names = new Map([...[...this.#names].filter(isOther), ...inside]);
  }

  /** Returns every text that the file may have if the power fails now; undefined: it may be missing. */
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
