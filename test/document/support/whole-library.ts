/** The library with all its parts loaded, for tests. */
import { copyAttributes } from '../../../reconciler/os/attributes/copy-attributes.ts';
import type { Library, LibraryLoader, LibraryPart } from '../../../reconciler/document/store/current.ts';
import { archive } from '../../../reconciler/document/history/archive.ts';
import type { SlowPath } from '../../../reconciler/document/slow-path.ts';
import { creation } from '../../../reconciler/document/yaml/create.ts';
import { createRecovery } from '../../../reconciler/document/store/recovery.ts';

/** Returns the whole library, with this slow path. */
export function libraryWith(slow?: SlowPath): LibraryLoader {
  const whole = { creation, archive, recovery: createRecovery(slow), attributes: copyAttributes };
  return { loaded: () => whole, load: () => Promise.resolve() };
}

/** The whole library. */
export const wholeLibrary = libraryWith();

/** Returns a library without loaded parts; `onLoad` receives each part when it is loaded. */
export function lazyLibrary(onLoad: (part: LibraryPart) => void = () => undefined): LibraryLoader {
  let loaded: Library = {};
  return {
    loaded: () => loaded,
    load: (part) => {
      onLoad(part);
      loaded = { ...loaded, [part]: wholeLibrary.loaded()[part] };
      return Promise.resolve();
    },
  };
}
