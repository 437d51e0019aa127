/** The record of campaigns: one line per chunk, and the table that sums them up. Pure. */

/** The campaigns, and the tests of which each repeats the properties. */
export const CAMPAIGNS = {
  kill: {
    what: 'kills during ADD, DEL and in the server of calls, modes bridge and transparent',
    files: ['test/plugin/crash.test.ts', 'test/plugin/serve/temporary.test.ts'],
  },
  fuzz: {
    what: 'mutated stdin, environment, arguments and messages',
    files: ['test/fuzz/dispatch.test.ts', 'test/fuzz/executable.test.ts', 'test/plugin/shim/fuzz.test.ts'],
  },
  drift: {
    what: 'random documents and sequences of drift on the simulated kernel, histories of changes on both kernels',
    files: [
      'test/loop/round/preview-law.test.ts',
      'test/loop/report/status-law.test.ts',
      'test/kernel/simulated/random.test.ts',
      'test/kernel/contract/real.test.ts',
    ],
  },
  uplink: {
    what: 'random uplinks taken over, released, and failed at a random step, on the real kernel',
    files: ['test/loop/takeover/lossless.test.ts'],
  },
  soak: {
    what: 'pods that start and stop under injected faults, beside vnet watch',
    files: ['test/node/soak.test.ts'],
  },
} as const satisfies Readonly<Record<string, { readonly what: string; readonly files: readonly string[] }>>;

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
    const own = chunks.filter(({ campaign }) => campaign === name);
    const sum = (of: (chunk: Chunk) => number): number => own.reduce((total, chunk) => total + of(chunk), 0);
    const failed = own.filter(({ failures }) => failures.length > 0).map(({ seed }) => seed);
    const seeds = own.length === 0 ? '-' : `1-${Math.max(...own.map(({ seed }) => seed))}`;
    const builds = [...new Set(own.map(({ build }) => build))].join(', ') || '-';
    const hours = (sum(({ seconds }) => seconds) / 3600).toFixed(2);
    const found = failed.length === 0 ? '0' : `${failed.length} (seeds ${failed.join(', ')})`;
    return `| ${name} | ${own.length} | ${sum(({ cases }) => cases)} | ${found} | ${seeds} | ${hours} | ${builds} |`;
  });
  const head = '| campaign | chunks | cases | failed chunks | seeds | hours | builds |';
  return [head, '| --- | --- | --- | --- | --- | --- | --- |', ...rows].join('\n');
}
