/** What of a process's memory is nothing but files. Pure. */

/** A part of the address space. */
export type Mapping = { readonly start: number; readonly bytes: number };

/**
 * Returns the mappings that are nothing but what their files say: not writable, and without a page that was ever written to.
 * Source: proc_pid_smaps(5).
 */
export function findFileMappings(smaps: string): readonly Mapping[] {
  const mappings = smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  return mappings.flatMap((mapping) => {
    const [, from = '', to = ''] = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p .* \//.exec(mapping) ?? [];
    if (from === '' || !/^Anonymous: +0 kB$/m.test(mapping)) return [];
    const start = Number.parseInt(from, 16);
    return [{ start, bytes: Number.parseInt(to, 16) - start }];
  });
}
