/** Records commands on a node of the lab with their output, as a reproducible page. */
import { delimiter, join } from 'node:path';
import { systemPath } from '../support/tools.ts';
import { BIN } from './lab.ts';
import type { Node } from './node.ts';

/** One command with its output. */
export type Scene = {
  readonly where: string;
  readonly command: string;
  readonly output: string;
  readonly code: number;
  /** The output differs between machines: only the command is compared. */
  readonly varies: boolean;
};

/** A piece of a page. */
export type Entry = { readonly kind: 'text'; readonly text: string } | ({ readonly kind: 'scene' } & Scene);

/** How to show a line. Shape: `shown` replaces it on the page. */
export type RunOptions = { readonly varies?: boolean; readonly shown?: string };

/** A page under construction. */
export type Transcript = {
  readonly title: string;
  readonly entries: readonly Entry[];
  readonly say: (text: string) => void;
  /** Records an action that is not a command. */
  readonly note: (command: string, output: string) => void;
  /** Resolves to the exit code of the line, run by sh on the node with vnet in its PATH. */
  readonly run: (line: string, options?: RunOptions) => Promise<number>;
};

/** The parts of a node that a page needs. */
export type TypedOn = Pick<Node, 'name' | 'root' | 'exec'>;

/**
 * Returns an empty page about the node. Lines are run in `folder`; paths of the node's directory are shown as
 * on a real node.
 */
export function openTranscript(title: string, node: TypedOn, folder: string): Transcript {
  const entries: Entry[] = [];
  const { root, name } = node;
  const env = {
    PATH: [BIN, systemPath()].join(delimiter),
    SUDO_USER: 'ana',
    EDITOR: undefined,
    VISUAL: undefined,
    LC_ALL: 'C',
    TMPDIR: folder,
  };
  const normalise = (text: string): string => normaliseOutput(hide(text, folder, root));
  return {
    title,
    entries,
    say: (text) => void entries.push({ kind: 'text', text }),
    note: (command, output) =>
      void entries.push({
        kind: 'scene',
        where: name,
        command,
        output: normalise(output),
        code: 0,
        varies: false,
      }),
    run: async (line, { varies = false, shown = line } = {}) => {
      const real = line.replaceAll(/(^|[\s'"=])\/(var\/lib\/vnet|run\/vnet)\b/g, `$1${root}/$2`);
      const done = await node.exec(['sh', '-c', `{ ${real}\n} 2>&1`], { env, cwd: folder });
      const output = normalise(done.stdout + done.stderr);
      entries.push({ kind: 'scene', where: name, command: shown, output, code: done.code, varies });
      return done.code;
    },
  };
}

function hide(text: string, folder: string, root: string): string {
  return text.replaceAll(`${folder}/`, '').replaceAll(join(root, '/'), '/').replaceAll(root, '');
}

/** Varying parts and their replacements, of equal length, to keep columns aligned. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'YYYY-MM-DDThh:mm:ss.sssZ'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'YYYY-MM-DDThh:mm:ssZ'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'YYYY-MM-DD hh:mm:ss'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '00000000-0000-4000-8000-000000000000'],
  [/\b\d+\.\d{3}s\b/g, 'N.NNNs'],
  [/\bvnet-edit-\w{6}\b/g, 'vnet-edit-XXXXXX'],
  [/\b402[67]\d{6}\b/g, '4026530000'],
  [/\(index \d+/g, '(index N'],
  [/\bkernel \d+\.[\w.+-]+/g, 'kernel N.N.N'],
  [/\b\d+ MiB free/g, 'N MiB free'],
  // The timer's user, which has no login.
  [/\bvnet revert \([\w.-]+\)/g, 'vnet revert (root)'],
];

/** Returns the text with times, IDs and durations replaced. Pure. */
export function normaliseOutput(text: string): string {
  let result = text;
  for (const [pattern, stand] of VARYING) result = result.replaceAll(pattern, stand);
  return result
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd();
}

/** Returns the page in Markdown. */
export function renderTranscript({ title, entries }: Pick<Transcript, 'title' | 'entries'>): string {
  const parts = entries.map((entry) => (entry.kind === 'text' ? entry.text : renderScene(entry)));
  return `${[`# ${title}`, ...parts].join('\n\n')}\n`;
}

function renderScene({ where, command, output, code, varies }: Scene): string {
  const lines = [
    `${where} $ ${command}`,
    ...(output === '' ? [] : [output]),
    ...(code === 0 ? [] : [`(exit ${code})`]),
  ];
  return [`\`\`\`console${varies ? ' varies' : ''}`, ...lines, '```'].join('\n');
}

/**
 * Returns the part in which two runs of a page must agree: commands, and outputs unless they vary, without
 * durations and the column widths that depend on them. Pure.
 */
export function stablePart(page: string): string {
  return page
    .replaceAll(/^(```console varies\n[^\n]*\n)[^]*?^```$/gm, '$1```')
    .replaceAll(/\b\d+s\b/g, 'Ns')
    .replaceAll(/ +/g, ' ');
}
