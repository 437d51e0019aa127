/** The generated pages of docs/reference: from schema, parser, metrics, events; VNET_UPDATE_GOLDEN=1 writes them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EXIT, EXIT_NAMES, EXIT_TABLE } from '../../reconciler/app/exit-codes.ts';
import { helpOf } from '../../reconciler/cli/manual/help.ts';
import { describeAllVerbs } from '../../reconciler/cli/parse.ts';
import {
  allowedIn,
  type Field,
  listFields,
  maintainerOf,
} from '../../reconciler/cli/verbs/schema/schema-fields.ts';
import { createMetricSet } from '../../reconciler/daemon/metrics/registry.ts';
import { EVENT_TYPES, type EventType } from '../../reconciler/loop/files/event.ts';
import { readSources } from '../support/sources.ts';
import schema from '../../schemas/generated/vnet.schema.json' with { type: 'json' };

const root = join(import.meta.dirname, '../..');

const EVENTS: Readonly<Record<EventType, string>> = {
  Started: 'The resident loop started.',
  Stopped: 'The resident loop stopped.',
  Drift: 'An object was changed outside vnet; `by` is the program, where the kernel tells.',
  Repaired: 'Drift was removed.',
  Applied: 'A change of the document was applied to the kernel.',
  Backoff: 'A repair failed or was reverted; the next attempt is later.',
  Denied:
    'A packet that network policies denied: each connection once in a minute, with the pods and the policies.',
  Reported: 'Drift of a class with policy `report`.',
  Contended: 'Another program reverts each repair of the object.',
  Calm: 'A contended object is no longer changed by others.',
  Paused: 'Repairs of an object, or all of them, are paused.',
  Resumed: 'A pause ended.',
  Missing: "An endpoint's namespace was seen dead for the first time.",
  Released: 'An endpoint was released; its address is in quarantine.',
  Overflow: 'Announcements of the kernel were lost; a full scan follows.',
  Failed: 'A round failed.',
  Recovered: 'A round succeeded after failures.',
};

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim();
const GENERATED = 'This page is written by `test/docs/reference.test.ts`.';

function documentPage(): string {
  const row = ({ path, node, isRequired }: Field): string => {
    const values = allowedIn(node);
    const name = path.join('.').replaceAll('.[]', '[]');
    const who = maintainerOf(path, path.at(-1));
    return `| \`${name}\` | ${isRequired ? 'yes' : ''} | ${who} | ${cell(node.description ?? '')} ${values === undefined ? '' : `Allowed: \`${cell(values)}\`.`} |`;
  };
  return `# Document

The fields of \`vnet.yaml\`, version \`vnet.azure/v2\`. \`vnet schema PATH\` prints the same on a node; [vnet.yaml](../../vnet.yaml) is a complete,
commented sample. ${GENERATED}

| field | required | written by | meaning |
| --- | --- | --- | --- |
${listFields(schema).map(row).join('\n')}
`;
}

async function cliPage(): Promise<string> {
  const { program } = await describeAllVerbs('VERSION');
  const verbs = program.commands.map((command) => {
    const lines: string[] = [];
    command.configureOutput({ writeOut: (text) => void lines.push(text) });
    command.configureHelp({ ...command.configureHelp(), helpWidth: 100 });
    expect(helpOf(command)).toBeDefined();
    command.outputHelp();
    return `## vnet ${command.name()}\n\n\`\`\`text\n${lines.join('').trimEnd()}\n\`\`\`\n`;
  });
  const codes = EXIT_NAMES.map((name) => {
    const { title, meaning, next } = EXIT_TABLE[name];
    return `| ${EXIT[name]} | ${title} | ${cell(meaning)} | ${cell(next)} |`;
  });
  return `# Command line

The help of every verb. \`vnet man\` is the manual. ${GENERATED}

${verbs.join('\n')}
## Exit codes

| code | title | meaning | remedy |
| --- | --- | --- | --- |
${codes.join('\n')}
`;
}

async function metricsPage(): Promise<string> {
  const metrics = await createMetricSet().registry.getMetricsAsJSON();
  const rows = metrics.map(({ name, help, type }) => `| \`${name}\` | ${String(type)} | ${cell(help)} |`);
  return `# Metrics

\`vnet watch --metrics 127.0.0.1:9468\` (or \`unix:PATH\`) serves them, \`--metrics-file PATH.prom\` writes them for node_exporter.
For Prometheus and Grafana: [alerts](../../examples/monitoring/vnet-alerts.yaml), [dashboard](../../examples/monitoring/grafana-dashboard.json). ${GENERATED}

| metric | type | meaning |
| --- | --- | --- |
${rows.join('\n')}
`;
}

function eventsPage(): string {
  return `# Events

\`vnet events\` prints them; \`/run/vnet/events.jsonl\` has one JSON object per line: \`time\`, \`type\`, \`message\` and, where they apply, \`key\`,
\`cause\` and \`by\`. ${GENERATED}

| event | meaning |
| --- | --- |
${EVENT_TYPES.map((type) => `| \`${type}\` | ${EVENTS[type]} |`).join('\n')}
`;
}

/** The formatter pads tables. */
const unpadded = (text: string): string => text.replaceAll(/ *\| */g, '|').replaceAll(/-+/g, '-');

it.each([
  ['document', documentPage],
  ['cli', cliPage],
  ['metrics', metricsPage],
  ['events', eventsPage],
] as const)('docs/reference/%s.md is up to date', async (name, make) => {
  const file = join(root, 'docs/reference', `${name}.md`);
  const page = await make();
  if (process.env['VNET_UPDATE_GOLDEN'] === '1') writeFileSync(file, page);
  expect(unpadded(readFileSync(file, 'utf8'))).toBe(unpadded(page));
});

/** The names below a node's directories in the sources: of `${runDirectory}/round.lock`, round.lock. */
function filesInSources(): readonly string[] {
  const pattern = /\$\{(?:[\w.]+\.)?(?:run|state)Directory\}\/([a-z][\w.]*[\w])?(-?)/g;
  const names = readSources(['reconciler', 'plugin']).flatMap(({ text }) =>
    Array.from(text.matchAll(pattern), ([, name = '', dash]) => `${name}${dash}`),
  );
  return [...new Set(names.filter((name) => name !== ''))].toSorted();
}

it('docs/reference/files.md has each file that a node gets', () => {
  const page = readFileSync(join(root, 'docs/reference/files.md'), 'utf8');
  const names = filesInSources();
  expect(names.length).toBeGreaterThan(25);
  expect(names.filter((name) => !page.includes(name))).toEqual([]);
});
