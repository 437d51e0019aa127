/** The parts of a process's memory that only repeat files. Pure. */

/** A range of the address space. */
export type Mapping = { readonly start: number; readonly bytes: number };

/**
 * Returns the mappings whose pages equal their files: not writable and never written to.
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
