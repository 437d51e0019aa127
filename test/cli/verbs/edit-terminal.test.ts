import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execNow } from '../../support/exec.ts';
import { type CliNode, makeCliNode } from '../simulated-node.ts';
import { type Session, type Typed, typeInto } from '../terminal.ts';

const hasScript = execNow(['script', '--version']).code === 0;
if (!hasScript) console.log('vnet edit is not tried on a terminal: no script (package bsdutils)');

const TAKE = 'Apply? [y]es, [e]dit again, [n]o: ';
const AGAIN = '[e]dit again, or [a]bort? ';

describe.skipIf(!hasScript)('vnet edit on a terminal', () => {
  let node: CliNode;
  beforeAll(() => {
    node = makeCliNode();
  });
  afterAll(() => node.remove());

  /** Each start of the editor runs the next of these sed scripts. */
  const edit = (seds: readonly string[], typed: readonly Typed[]): Promise<Session> => {
    const editor = join(node.root, 'editor.sh');
    const counter = join(node.root, 'opened');
    writeFileSync(counter, '');
    const cases = seds.map((script, index) => `${index + 1}) sed -i -e '${script}' "$1";;`).join('\n');
    writeFileSync(editor, `echo >> ${counter}\ncase $(wc -l < ${counter}) in\n${cases}\nesac\n`);
    const env = { ...node.env, TMPDIR: node.root, VISUAL: undefined, EDITOR: `sh ${editor}`, TERM: 'xterm' };
    return typeInto(node.command('edit'), env, typed);
  };
  const kept = ({ shown }: Session): string => readFileSync(/kept in (\S+)/.exec(shown)?.[1] ?? '', 'utf8');

  it('shows the plan and takes it on y', async () => {
    const { code, shown } = await edit(['s/mtu: 1500/mtu: 1400/'], [[TAKE, 'y\r']]);
    expect([code, shown.indexOf('mtu') < shown.indexOf(TAKE)]).toEqual([0, true]);
    expect(shown).toContain('generation 8.');
    expect(node.read()).toContain('mtu: 1400');
  });

  it('takes nothing on n, and says where the text is', async () => {
    const session = await edit(['s/mtu: 1400/mtu: 1300/'], [[TAKE, 'n\r']]);
    expect([session.code, kept(session).includes('mtu: 1300')]).toEqual([0, true]);
    expect(node.read()).toContain('mtu: 1400');
  });

  it('opens the editor again on e, with the errors on top, until the text is valid', async () => {
    const wrong = 's/mode: bridge/mode: bride/';
    const right = 's/mode: bride/mode: bridge/; s/mtu: 1400/mtu: 1380/';
    const last = 's/mtu: 1380/mtu: 1390/';
    const { code, shown } = await edit(
      [wrong, right, last],
      [
        [AGAIN, 'e\r'],
        [TAKE, 'e\r'],
        [TAKE, 'y\r'],
      ],
    );
    expect([code, shown.includes('networks.azure.mode: expected')]).toEqual([0, true]);
    expect(node.read()).toContain('mtu: 1390');
    expect(node.read()).not.toContain('#! ');
  });

  it.each<[string, string, Typed, number]>([
    ['Ctrl-D at the plan', 'mtu: 1200', [TAKE, '\u0004'], 130],
    ['Ctrl-C at the plan', 'mtu: 1200', [TAKE, '\u0003'], 130],
    ['Ctrl-D at an error', 'mtu: twelve', [AGAIN, '\u0004'], 65],
  ])('keeps the text on %s', async (_what, wanted, typed, exitCode) => {
    const session = await edit([`s/mtu: 1390/${wanted}/`], [typed]);
    expect([session.code, kept(session).includes(wanted)]).toEqual([exitCode, true]);
    expect(node.read()).toContain('mtu: 1390');
  });
});
