/** The parts of the document library that this process has loaded. */
import type { Library, LibraryLoader, LibraryPart } from '../document/store/current.ts';

let loaded: Library = {};

/** Loads the parts with import(), once per process. */
export const library: LibraryLoader = {
  loaded: () => loaded,
  load: async (part) => {
    if (loaded[part] !== undefined) return;
    const added = await LOADERS[part]();
    // Other parts may have been loaded meanwhile.
    loaded = { ...loaded, ...added };
  },
};

const LOADERS: Readonly<Record<LibraryPart, () => Promise<Library>>> = {
  creation: async () => ({ creation: (await import('../document/yaml/create.ts')).creation }),
  archive: async () => ({ archive: (await import('../document/history/archive.ts')).archive }),
  attributes: async () => ({
    attributes: (await import('../os/attributes/copy-attributes.ts')).copyAttributes,
  }),
  recovery: async () => ({ recovery: (await import('../document/store/recovery.ts')).createRecovery() }),
};
