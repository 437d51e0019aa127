import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCRIPTS } from '../../../reconciler/cli/completion/scripts.ts';
import { CLI_VERBS } from '../../../reconciler/cli/verbs.ts';
import { DISRUPTIONS } from '../../../reconciler/plan/step.ts';
import { BIN, isBuilt } from '../../plugin/live-node.ts';
import { DOCUMENT } from '../simulated-node.ts';
import { execNow } from '../../support/exec.ts';
import { isSkipped, whyWithout } from '../../support/skip.ts';
import { missingFor, offersOf, SHELLS, wordsFromBash } from './shells.ts';

const FILE = join(import.meta.dirname, 'shells.test.ts');
const MAC = '0a:d3:b8:e4:19:e3';

/**
 * The candidates in every shell; a shell may replace only the end of a word (a path, a MAC), and then offers
 * that part.
 */
const OFFERS: readonly (readonly [line: string, words: readonly string[]])[] = [
  ['vnet ', [...Object.keys(CLI_VERBS), 'help']],
  ['vnet gr', ['graph']],
  [
    'vnet get ',
    ['endpoints', 'networks', 'bridges', 'routes', 'neighbours', 'rules', 'pool', 'reservations', 'document'],
  ],
  ['vnet get -o ', ['text', 'wide', 'json', 'yaml']],
  ['vnet get --output j', ['json']],
  ['vnet get endpoints ', ['azure', 'azure0', 'eth0', 'default/web-0', '10.240.0.36']],
  ['vnet get endpoints de', ['default/web-0']],
  ['vnet explain 10.', ['10.240.0.36']],
  ['vnet explain azv', ['azv49407503e2f']],
  ['vnet --root /nowhere explain ', []],
  ['vnet release ', ['azure']],
  ['vnet apply --max-dis', ['--max-disruption']],
  ['vnet apply --max-disruption ', DISRUPTIONS],
  ['vnet drift --forget --fo', ['--for', '--forget']],
  ['vnet schema bridge.mt', ['bridge.mtu']],
  ['vnet blame networks.azure.bridge.m', ['networks.azure.bridge.mtu']],
  ['vnet man vnet.', ['vnet.yaml']],
  ['vnet cni ch', ['check']],
  ['vnet help expl', ['explain']],
  ['vnet completion ', [...SHELLS]],
  ['reconcile --dry', ['--dry-run']],
  ['reconcile --max-disruption p', ['pod-outage']],
];

describe.skipIf(!isBuilt).each(SHELLS)('completion in %s', (shell) => {
  const reason = missingFor(shell);
  // The reason is in the test's name, because a reporter shows that of a skipped test.
  const why = reason === undefined ? '' : ` (not tried: ${reason})`;
  let root: string;

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'vnet-completion-'));
    mkdirSync(join(root, 'var/lib/vnet'), { recursive: true });
    writeFileSync(join(root, 'var/lib/vnet/vnet.yaml'), DOCUMENT);
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it.skipIf(reason !== undefined)(
    `offers verbs, options, choices, and what there is on the node${why}`,
    () => {
      const offered = offersOf(
        shell,
        OFFERS.map(([line]) => line),
        { bin: BIN, root },
      );
      const seen = OFFERS.map(([line], index) => [line, offered[index]?.toSorted()]);
      expect(seen).toEqual(OFFERS.map(([line, words]) => [line, [...words].toSorted()]));
    },
  );

  it.skipIf(reason !== undefined)(
    `completes files, MACs with their colons, and values behind =${why}`,
    () => {
      const lines = [
        `vnet apply -f ${FILE.slice(0, -4)}`,
        `vnet import --from ${FILE} ${FILE.slice(0, -4)}`,
        `vnet explain ${MAC.slice(0, 5)}`,
        'vnet get --output=js',
      ];
      const ends = [FILE, FILE, MAC, '--output=json'];
      const offered = offersOf(shell, lines, { bin: BIN, root });
      expect(offered.map((words) => words.length)).toEqual([1, 1, 1, 1]);
      for (const [index, [word = ' ']] of offered.entries()) expect(ends[index]?.endsWith(word)).toBe(true);
    },
  );

  it.skipIf(reason !== undefined)(`is silent where vnet can tell nothing${why}`, () => {
    expect(offersOf(shell, ['vnet explain ', 'vnet show '], { bin: BIN, root: '/nowhere' })).toEqual([
      [],
      [],
    ]);
  });
});

const canType = isBuilt && missingFor('bash') === undefined;

describe.skipIf(!canType)('what bash makes of a completed line', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'vnet-completion-'));
    for (const folder of ['var/lib/vnet', 'run/vnet']) mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, 'var/lib/vnet/vnet.yaml'), DOCUMENT);
    const objects = [{ key: 'link azure0', state: 'reported', reason: '', attempts: 0, since: '' }];
    const status = { format: 'vnet.status/1', time: '', observedGeneration: 7, conditions: [], objects };
    writeFileSync(join(root, 'run/vnet/status.json'), JSON.stringify(status));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('is one word, with any characters in it: colons, spaces, equals signs', () => {
    const lines = [
      `vnet explain ${MAC.slice(0, 5)}`,
      'vnet drift --accept li',
      "vnet drift --accept 'li",
      'vnet get --output=js',
      'vnet stat',
    ];
    expect(wordsFromBash(lines, { bin: BIN, root })).toEqual([
      ['explain', MAC],
      ['drift', '--accept', 'link azure0'],
      ['drift', '--accept', 'link azure0'],
      ['get', '--output=json'],
      ['status'],
    ]);
  });
});

describe('the scripts', () => {
  it.skipIf(isSkipped('the script for bash', whyWithout('shellcheck')))(
    'of bash is clean for shellcheck',
    () => {
      const checked = execNow(['shellcheck', '-'], { input: SCRIPTS.bash });
      expect(checked.stdout).toBe('');
    },
  );
});
