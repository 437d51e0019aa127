/** The version of this program, from package.json. */
import manifest from '../../package.json' with { type: 'json' };

/** Shape: major.minor.patch. */
export const VERSION: string = manifest.version;
