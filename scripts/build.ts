/**
 * Makes dist/bin (`npm run build`): `vnet`, also named `reconcile`, the program; and `azure-vnet`, also named
 * `azure-vnet-ipam`, the small C program of plugin/shim that container runtimes start. With Bun's package for
 * this machine the program is one executable without dependencies. Without it, or with `--runtime node`, it
 * is a bundle that needs only Node.js. `--simulated` makes dist/simulated/bin: the program on a simulated
 * kernel, under all four names. `--arch arm64` or `x64` makes the executables for that processor, in
 * dist/<arch>/bin if it is another one. Does nothing if sources, runtime and processor are those of the last
 * build, unless `--force`.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleCalls } from './bundle-calls.ts';
import { ensureBun, findBun, parseProcessor, PROCESSORS, type Processor } from './bun-package.ts';
import { bundleForNode } from './node-bundle.ts';
import { compileShim, findCompiler } from './shim.ts';

type Runtime = 'bun' | 'node';

const PROGRAM_NAMES = ['vnet', 'reconcile'] as const;
const PLUGIN_NAMES = ['azure-vnet', 'azure-vnet-ipam'] as const;
const NAMES = [...PLUGIN_NAMES, ...PROGRAM_NAMES];
const SOURCES = [
  'plugin',
  'reconciler',
  'schemas',
  'scripts/build.ts',
  'scripts/bun-package.ts',
  'scripts/bundle-calls.ts',
  'scripts/node-bundle.ts',
  'scripts/shim.ts',
  'package.json',
  'package-lock.json',
];
const root = join(import.meta.dirname, '..');
const ENTRIES = { linux: 'plugin/entry.ts', simulated: 'plugin/simulated.ts' } as const;

/** The contents of `dist/build.json`. */
type BuildRecord = {
  readonly runtime: Runtime;
  readonly arch: string;
  readonly sources: string;
  readonly compiler: string;
};

/** The options of the build. */
type BuildTarget = { readonly runtime?: string; readonly arch?: string };
type Options = BuildTarget & { readonly force: boolean; readonly simulated: boolean; readonly out?: string };

/** The tools of a compilation. Shape: `bun` runs here and compiles for the processor. */
type Compilation = { readonly bun: string; readonly arch: Processor };

/** The kernel that the program works on. */
type KernelName = keyof typeof ENTRIES;

async function main({ force, simulated, out: folder, ...wish }: Options): Promise<void> {
  const { compilation, runtime, arch } = chooseWay(wish);
  const kernel = simulated ? 'simulated' : 'linux';
  const place = join('dist', arch === process.arch ? '' : arch, simulated ? 'simulated' : '');
  const out = resolve(folder ?? join(root, place));
  const compiler = findCompiler(arch) ?? 'none';
  const record: BuildRecord = { runtime, arch, sources: digestSources(), compiler };
  if (!force && isBuilt(out, record)) {
    console.log(`${join(out, 'bin')} is up to date (${runtime}, ${arch}); --force builds it again`);
    return;
  }
  removeAbandoned(out);
  const staging = join(out, `.build-${process.pid}`);
  fs.mkdirSync(join(staging, 'bin'), { recursive: true });
  try {
    if (compilation === undefined)
      await bundleForNode({ root, entry: join(root, ENTRIES[kernel]), launcher: PROGRAM_NAMES[0] }, staging);
    else await compileWithBun(compilation, kernel, staging);
    addNames(join(staging, 'bin'), arch, kernel);
    install(staging, out, record);
  } finally {
    fs.rmSync(staging, { recursive: true, force: true });
  }
  report(join(out, 'bin'), record, kernel);
}

/** Shape: `compilation` is undefined for Node.js. */
function chooseWay({ runtime, arch = process.arch }: BuildTarget): {
  readonly compilation: Compilation | undefined;
  readonly runtime: Runtime;
  readonly arch: string;
} {
  if (runtime !== undefined && runtime !== 'bun' && runtime !== 'node') {
    throw new Error(`--runtime is bun or node, not "${runtime}"`);
  }
  const processor = parseProcessor(arch);
  if (processor === undefined && arch !== process.arch) {
    throw new Error(`--arch is ${PROCESSORS.join(' or ')}, not "${arch}"`);
  }
  const bun = runtime === 'node' ? undefined : findOwnBun();
  if (bun !== undefined && processor !== undefined) {
    return { compilation: { bun, arch: processor }, runtime: 'bun', arch };
  }
  if (arch !== process.arch) {
    throw new Error(
      `the executables for ${arch} are made with Bun: leave out --runtime, and run npm ci if it is missing`,
    );
  }
  if (runtime === 'bun') {
    throw new Error(`there is no Bun for ${process.arch}; run npm ci, or build with --runtime node`);
  }
  return { compilation: undefined, runtime: 'node', arch };
}

/** A killed build leaves its staging folder, with an executable of 100 MB. */
function removeAbandoned(out: string): void {
  if (!fs.existsSync(out)) return;
  const staged = fs.readdirSync(out).filter((name) => name.startsWith('.build-'));
  for (const name of staged.filter((found) => !fs.existsSync(`/proc/${found.slice('.build-'.length)}`))) {
    fs.rmSync(join(out, name), { recursive: true, force: true });
  }
}

/**
 * Returns Bun's program from the package for this machine; undefined if it is missing or does not run here.
 */
function findOwnBun(): string | undefined {
  const processor = process.platform === 'linux' ? parseProcessor(process.arch) : undefined;
  const path = processor === undefined ? undefined : findBun(processor);
  // A wrong libc or a processor without AVX2 shows only when it runs.
  if (path === undefined || spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0) return path;
  console.log(`${path} does not run on this machine: building for Node.js`);
  return undefined;
}

/**
 * `--splitting` makes lazy imports free until used, `--bytecode` halves the start; without the two
 * `no-autoload` flags a program run by root would obey a .env file in its working directory. koffi is for
 * Node.js, and never loaded here. A CNI call ends before compiled code pays off: the JIT policy stops the
 * engine from compiling, which halves the processor time of an ADD (expectLongRun() lifts this). Small parts
 * that every call loads are in one chunk. Without `--target`, Bun would write this machine's `process.arch`
 * into the code.
 */
async function compileWithBun(
  { bun, arch }: Compilation,
  kernel: KernelName,
  staging: string,
): Promise<void> {
  const program = join(staging, 'bin', PROGRAM_NAMES[0]);
  const source = join(staging, 'source');
  await bundleCalls({ entry: join(root, ENTRIES[kernel]), calls: join(root, 'plugin/main.ts') }, source);
  const flags = ['--compile', '--splitting', '--minify', '--bytecode', '--format=esm', '--external=koffi'];
  const closed = ['--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig'];
  const brief = ['--compile-jit-policy=100', '--min-chunk-size=16384'];
  const machine = [`--target=bun-linux-${arch}`, `--compile-executable-path=${ensureBun(arch, staging)}`];
  const what = [...machine, `--outfile=${program}`, join(source, 'entry.js')];
  const args = ['build', ...flags, ...closed, ...brief, ...what];
  const done = spawnSync(bun, args, { cwd: staging, encoding: 'utf8' });
  if (done.status !== 0 || !fs.existsSync(program)) {
    throw new Error(`bun ${args.join(' ')} exited with ${done.status}:\n${done.stderr}${done.stdout}`);
  }
}

/**
 * Without a C compiler for the processor, the program itself is the plugin: just slower. On a simulated
 * kernel it always is, since the shim's server works on the real one.
 */
function addNames(bin: string, arch: string, kernel: KernelName): void {
  const [program, plugin] = [join(bin, PROGRAM_NAMES[0]), join(bin, PLUGIN_NAMES[0])];
  const missing = kernel === 'linux' ? compileShim({ arch, out: plugin }) : undefined;
  if (missing !== undefined) console.log(`azure-vnet is the program itself, which is slower: ${missing}`);
  if (missing !== undefined || kernel === 'simulated') fs.linkSync(program, plugin);
  fs.linkSync(program, join(bin, PROGRAM_NAMES[1]));
  fs.linkSync(plugin, join(bin, PLUGIN_NAMES[1]));
}

/**
 * By rename, one name after another: a container runtime that starts a plugin meanwhile gets the old or the
 * new one.
 */
function install(staging: string, out: string, record: BuildRecord): void {
  fs.mkdirSync(join(out, 'bin'), { recursive: true });
  fs.rmSync(join(out, 'lib'), { recursive: true, force: true });
  if (fs.existsSync(join(staging, 'lib'))) fs.renameSync(join(staging, 'lib'), join(out, 'lib'));
  for (const name of NAMES) fs.renameSync(join(staging, 'bin', name), join(out, 'bin', name));
  fs.writeFileSync(join(out, 'build.json'), `${JSON.stringify(record)}\n`);
}

function isBuilt(out: string, record: BuildRecord): boolean {
  if (!NAMES.every((name) => fs.existsSync(join(out, 'bin', name)))) return false;
  try {
    const last: unknown = JSON.parse(fs.readFileSync(join(out, 'build.json'), 'utf8'));
    return JSON.stringify(last) === JSON.stringify(record);
  } catch {
    return false;
  }
}

/** By content, not by time: a checkout changes times at random. */
function digestSources(): string {
  const digest = createHash('sha256');
  for (const source of SOURCES) {
    const isFolder = fs.statSync(join(root, source)).isDirectory();
    const inside = isFolder
      ? fs.readdirSync(join(root, source), { recursive: true, encoding: 'utf8' })
      : [''];
    for (const path of inside.map((name) => join(source, name)).toSorted()) {
      if (fs.statSync(join(root, path)).isFile())
        digest.update(path).update(fs.readFileSync(join(root, path)));
    }
  }
  return digest.digest('hex');
}

function report(bin: string, { runtime, arch }: BuildRecord, kernel: KernelName): void {
  const what = runtime === 'bun' ? 'an executable' : 'a launcher for Node.js; its code is in ../lib';
  console.log(`${bin} (${arch}):`);
  for (const [name, link] of [PROGRAM_NAMES, PLUGIN_NAMES]) {
    const bytes = fs.readFileSync(join(bin, name));
    const size = bytes.length > 1e6 ? `${(bytes.length / 1e6).toFixed(1)} MB` : `${bytes.length} bytes`;
    const digest = createHash('sha256').update(bytes).digest('hex');
    console.log(`  ${name.padEnd(12)} ${size.padStart(11)}, SHA-256 ${digest}; also as ${link}`);
  }
  if (kernel === 'simulated') return;
  console.log(`vnet is ${what}; azure-vnet hands calls to it, and belongs into the same folder.`);
  for (const other of PROCESSORS.filter(
    (name) => runtime === 'bun' && arch === process.arch && name !== arch,
  )) {
    console.log(`For ${other}: npm run build -- --arch ${other}`);
  }
}

const { values: options } = parseArgs({
  options: {
    force: { type: 'boolean', default: false },
    simulated: { type: 'boolean', default: false },
    runtime: { type: 'string' },
    arch: { type: 'string' },
    out: { type: 'string' },
  },
});

try {
  await main(options);
} catch (error) {
  console.error(`build: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
