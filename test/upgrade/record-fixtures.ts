/**
 * Records the files and messages of this build's executables as fixtures for later builds:
 *
 *   npm run build && npm run build -- --simulated && npm run fixtures -- <build>
 *
 * writes test/upgrade/fixtures/<build>; `<build>` is the commit that dist/bin is made from. Each scene of record/scenes.ts is a
 * separate node: `node/` are the files below its root, the files beside it are the build's output. Two runs write
 * the same bytes (record/stable.ts). Written once for a build, before a change of formats, and never again: a later
 * build gets its own fixture.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { readDesired } from './desired.ts';
import { recordMessages } from './record/messages.ts';
import { SCENES, type Scene } from './record/scenes.ts';
import { createStabiliser } from './record/stable.ts';
import { RECORDED_BIN, RECORDED_ROOT, Stage } from './record/stage.ts';

/** Files of processes and of the simulation, not of the build. */
const LEFT_OUT = /(\.lock(\.queue)?|\.sock|\/kernel\.json|\/\.keep|\/new\.yaml|\/azure\.conflist)$/;

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    })
    .toSorted();
}

/** Returns the present marks of the node's files: restored files have others. */
function marksOf(files: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    files.map((path) => {
      const { ino, size, mtimeNs } = statSync(path, { bigint: true });
      const [seconds, nanoseconds] = [mtimeNs / 1_000_000_000n, mtimeNs % 1_000_000_000n];
      return [relative(RECORDED_ROOT, path), `"mark": "${ino}-${seconds}.${nanoseconds}-${size}"`];
    }),
  );
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Every scene is recorded at one path, with any executables. */
function useBuilt(folder: string): void {
  rmSync(RECORDED_BIN, { recursive: true, force: true });
  cpSync(join(import.meta.dirname, '../..', folder), RECORDED_BIN, { recursive: true });
}

async function record(scene: Scene, bin: string, target: string): Promise<void> {
  const stage = new Stage(bin);
  const said = await scene(stage);
  const stabilise = createStabiliser(stage.stepTimes);
  const desired = (await readDesired(RECORDED_ROOT)).map((wanted) => `  ${JSON.stringify(wanted)}`);
  write(join(target, 'desired.json'), `[\n${desired.join(',\n')}\n]\n`);
  const files = filesBelow(RECORDED_ROOT).filter((path) => !LEFT_OUT.test(path));
  for (const path of files) {
    write(join(target, 'node', relative(RECORDED_ROOT, path)), stabilise(readFileSync(path, 'utf8')));
  }
  const marks = Object.entries(marksOf(files)).map(([path, mark]) => [path, stabilise(mark).slice(9, -1)]);
  const texts = filesBelow(join(target, 'node')).map((path) => readFileSync(path, 'utf8'));
  const isKept = (mark: string): boolean => texts.some((text) => text.includes(`"${mark}"`));
  const kept = marks.filter(([, mark = '']) => isKept(mark));
  write(join(target, 'marks.json'), `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`);
  for (const [name, text] of Object.entries(said)) write(join(target, name), stabilise(text));
  rmSync(RECORDED_ROOT, { recursive: true, force: true });
}

const [build, ...only] = process.argv.slice(2);
if (build === undefined || !/^[0-9a-f]{7,40}$/.test(build)) {
  console.error('npm run fixtures -- <commit that dist/bin was made from> [scene...]');
  process.exit(64);
}
process.env['SUDO_USER'] = 'admin';
useBuilt('dist/simulated/bin');
const target = join(import.meta.dirname, 'fixtures', build);
for (const [name, scene] of Object.entries(SCENES)) {
  if (only.length > 0 && !only.includes(name)) continue;
  rmSync(join(target, name), { recursive: true, force: true });
  await record(scene, RECORDED_BIN, join(target, name));
  console.log(name);
}
if (only.length === 0 || only.includes('messages')) {
  useBuilt('dist/bin');
  await recordMessages(RECORDED_BIN, join(target, 'messages'));
}
rmSync(RECORDED_BIN, { recursive: true, force: true });
