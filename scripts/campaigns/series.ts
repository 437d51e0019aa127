/** The record of campaigns: one line per chunk, and the table that sums them up. Pure. */

/**
 * A campaign.
 * Shape: `only` selects the tests of the files by name; `needs`: the executables built first; `goal`: cases for a release, undefined for time alone;
 * `times`: how many times the cases of `npm test` are in a chunk of some minutes.
 */
export type Campaign = {
  readonly what: string;
  readonly files: readonly string[];
  readonly only?: string;
  readonly needs: 'nothing' | 'executables';
  readonly goal?: number;
  readonly times: number;
};

/** The campaigns, and the tests of which each repeats the properties. */
export const CAMPAIGNS = {
  kill: {
    what: 'kills during ADD, DEL, GC, rounds, and of the server of calls, in modes bridge, tunnel, transparent and routed',
    files: ['test/plugin/crash.test.ts', 'test/plugin/serve/temporary.test.ts'],
    only: String.raw`at \d+ instants`,
    needs: 'executables',
    goal: 10_000,
    times: 5,
  },
  fuzz: {
    what: 'calls, documents, journals, files and messages with damage, in one process',
    files: ['test/fuzz/dispatch.test.ts', 'test/fuzz/parsers.test.ts'],
    needs: 'nothing',
    goal: 1_000_000,
    times: 1,
  },
  executables: {
    what: 'calls of the executables, and of the client under AddressSanitizer, with damage',
    files: ['test/fuzz/executable.test.ts', 'test/plugin/shim/fuzz.test.ts'],
    needs: 'executables',
    times: 1,
  },
  drift: {
    what: 'random documents and sequences of drift on the simulated kernel',
    files: [
      'test/loop/round/drift-law.test.ts',
      'test/loop/round/preview-law.test.ts',
      'test/loop/report/status-law.test.ts',
      'test/kernel/simulated/random.test.ts',
    ],
    needs: 'nothing',
    goal: 100_000,
    times: 30,
  },
  kernel: {
    what: 'random sequences of changes on the real kernel, compared with the simulated one',
    files: ['test/kernel/contract/real.test.ts'],
    only: 'any history leads',
    needs: 'executables',
    goal: 2_000,
    times: 10,
  },
  uplink: {
    what: 'random uplinks taken over, released, and failed at a random step, on the real kernel',
    files: ['test/loop/takeover/lossless.test.ts'],
    only: 'is on the bridge unchanged',
    needs: 'executables',
    goal: 500,
    times: 4,
  },
  soak: {
    what: 'pods that start and stop under injected faults, beside vnet watch',
    files: ['test/node/soak.test.ts'],
    needs: 'executables',
    times: 1,
  },
} as const satisfies Readonly<Record<string, Campaign>>;

/** The name of a campaign. */
export type CampaignName = keyof typeof CAMPAIGNS;

/** Returns the campaign of this name; undefined if there is none. */
export function parseCampaign(name: string | undefined): CampaignName | undefined {
  return (Object.keys(CAMPAIGNS) as CampaignName[]).find((known) => known === name);
}

/** One chunk. Shape: `build` is the commit; `failures` are the names of failed tests. */
export type Chunk = {
  readonly campaign: CampaignName;
  readonly seed: number;
  readonly build: string;
  readonly cases: number;
  readonly seconds: number;
  readonly failures: readonly string[];
};

/** Returns the chunks of the record. A line that a kill has cut off is left out: its chunk is repeated. */
export function parseChunks(text: string): readonly Chunk[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Chunk];
    } catch {
      return [];
    }
  });
}

/** Returns the seed of the next chunk: each seed is tried once. */
export function nextSeed(chunks: readonly Chunk[], campaign: CampaignName): number {
  const seeds = chunks.filter((chunk) => chunk.campaign === campaign).map(({ seed }) => seed);
  return Math.max(0, ...seeds) + 1;
}

/** Returns the table of all campaigns, in Markdown: equal records give equal tables. */
export function renderSummary(chunks: readonly Chunk[]): string {
  const rows = (Object.keys(CAMPAIGNS) as CampaignName[]).map((name) => {
    const campaign: Campaign = CAMPAIGNS[name];
    const own = chunks.filter((chunk) => chunk.campaign === name);
    const sum = (of: (chunk: Chunk) => number): number => own.reduce((total, chunk) => total + of(chunk), 0);
    const failed = own.filter(({ failures }) => failures.length > 0).map(({ seed }) => seed);
    const seeds = own.length === 0 ? '-' : `1-${Math.max(...own.map(({ seed }) => seed))}`;
    const builds = [...new Set(own.map(({ build }) => build))].join(', ') || '-';
    const hours = (sum(({ seconds }) => seconds) / 3600).toFixed(2);
    const found = failed.length === 0 ? '0' : `${failed.length} (seeds ${failed.join(', ')})`;
    const cases = sum((chunk) => chunk.cases);
    return `| ${name} | ${own.length} | ${cases} | ${campaign.goal ?? '-'} | ${found} | ${seeds} | ${hours} | ${builds} |`;
  });
  const head = '| campaign | chunks | cases | goal | failed chunks | seeds | hours | builds |';
  return [head, '| --- | --- | --- | --- | --- | --- | --- | --- |', ...rows].join('\n');
}
