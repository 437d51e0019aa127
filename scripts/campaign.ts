/**
 * `npm run campaign -- kill|fuzz|executables|drift|kernel|uplink|soak --hours N`: repeats the random tests of that name with new seeds,
 * chunk by chunk. Each chunk is one line of bench/campaigns.jsonl, written when it ends: a stopped campaign continues with the next
 * seed. `-- summary` prints the table. `--chunks N` ends after so many, `--times N` makes chunks larger, `--seed N` repeats one.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import {
  type Campaign,
  CAMPAIGNS,
  type CampaignName,
  type Chunk,
  nextSeed,
  parseCampaign,
  parseChunks,
  renderSummary,
} from './campaigns/series.ts';

const root = join(import.meta.dirname, '..');
const RECORD = join(root, 'bench/campaigns.jsonl');

function readChunks(): readonly Chunk[] {
  return fs.existsSync(RECORD) ? parseChunks(fs.readFileSync(RECORD, 'utf8')) : [];
}

function buildName(): string {
  return spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).stdout.trim();
}

/** The tests as `npm test` runs them, built by the first chunk; those that need no executable without it. */
function commandOf(
  campaign: Campaign,
  isFirst: boolean,
): readonly [string, readonly string[], NodeJS.ProcessEnv] {
  const only = campaign.only === undefined ? [] : ['-t', campaign.only];
  if (campaign.needs === 'nothing') return ['npx', ['vitest', 'run', ...campaign.files, ...only], {}];
  const env = isFirst ? {} : { VNET_TEST_BUILT: '1' };
  return ['npm', ['test', '--silent', '--', ...campaign.files, ...only], env];
}

function runChunk(name: CampaignName, seed: number, times: number, isFirst: boolean): Chunk {
  const counts = join(fs.mkdtempSync(join(tmpdir(), 'vnet-campaign-')), 'counts');
  const begun = performance.now();
  const [command, args, more] = commandOf(CAMPAIGNS[name], isFirst);
  const env = {
    ...process.env,
    ...more,
    VNET_CAMPAIGN_SEED: String(seed),
    VNET_CAMPAIGN_TIMES: String(times),
    VNET_CAMPAIGN_COUNTS: counts,
  };
  const done = spawnSync(command, args, { cwd: root, env, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  const lines = fs.existsSync(counts) ? fs.readFileSync(counts, 'utf8').split('\n') : [];
  const said = stripVTControlCharacters(`${done.stdout}${done.stderr}`);
  const failed = [...new Set(said.match(/ FAIL .*/g) ?? [])].map((line) => line.trim());
  const failures = done.status === 0 ? [] : failed.length > 0 ? failed : [`exit ${done.status}`];
  if (failures.length > 0) console.log(said);
  return {
    campaign: name,
    seed,
    build: buildName(),
    cases: lines.reduce((sum, line) => sum + Number(line), 0),
    seconds: Math.round((performance.now() - begun) / 1000),
    failures,
  };
}

function readArgs() {
  return parseArgs({
    allowPositionals: true,
    options: {
      hours: { type: 'string', default: '1' },
      chunks: { type: 'string', default: 'Infinity' },
      times: { type: 'string' },
      seed: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
}

const USAGE = `npm run campaign -- ${Object.keys(CAMPAIGNS).join('|')} [--hours N] [--chunks N] [--times N] [--seed N]
npm run campaign -- summary`;

/** Returns the arguments; undefined, after the usage was printed, if there is nothing to run. */
function parseUsage(): ReturnType<typeof readArgs> | undefined {
  try {
    const read = readArgs();
    if (!read.values.help) return read;
    console.log(USAGE);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exitCode = 64;
  }
  return undefined;
}

function main(): void {
  const read = parseUsage();
  if (read === undefined) return;
  const { values, positionals } = read;
  const [name] = positionals;
  if (name === 'summary') {
    console.log(renderSummary(readChunks()));
    return;
  }
  const campaign = parseCampaign(name);
  if (campaign === undefined) {
    console.error(`campaign: ${Object.keys(CAMPAIGNS).join(', ')} or summary, not ${name ?? 'nothing'}`);
    process.exitCode = 64;
    return;
  }
  const [hours, most] = [Number(values.hours), Number(values.chunks)];
  const times = Number(values.times ?? CAMPAIGNS[campaign].times);
  const endMs = performance.now() + hours * 3_600_000;
  for (let done = 0; done < most && performance.now() < endMs; done += 1) {
    const seed = values.seed === undefined ? nextSeed(readChunks(), campaign) : Number(values.seed);
    const chunk = runChunk(campaign, seed, times, done === 0);
    fs.appendFileSync(RECORD, `${JSON.stringify(chunk)}\n`);
    const found = chunk.failures.length === 0 ? 'no failure' : chunk.failures.join('; ');
    console.log(`${campaign} seed ${seed}: ${chunk.cases} cases in ${chunk.seconds} s, ${found}`);
    if (chunk.failures.length > 0) process.exitCode = 1;
  }
}

main();
