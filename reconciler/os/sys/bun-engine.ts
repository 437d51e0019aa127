/** Engine settings of a resident process under Bun: little memory, and no activity while idle. */
import { dlopen, ptr } from 'bun:ffi';
import { gc } from 'bun';
import {
  type Environment,
  FLAGS,
  type ResidentState,
  type ResidentWork,
  type Sys,
} from '../../model/ports/sys.ts';
import { findFileMappings, type Mapping } from '../file-mappings.ts';

const LIBC = 'libc.so.6';

/**
 * Engine settings that are read once, at start. By default the heap grows with its share of the machine's memory: on a node it would
 * be collected only when garbage exceeds all live data, and the collector would wake up every second. The allocator
 * would return holes between objects to the kernel ten times a second during work; the next call refills most of them.
 * With so little memory, every other collection would be of the whole heap, a quarter of a burst's processor time: a new
 * generation may be larger, and several of them are collected by themselves before the whole heap is (createMemoryTrim() undoes its growth).
 * Source: JavaScriptCore's OptionsList.h; Bun's GarbageCollectionController; its mimalloc's options.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  BUN_JSC_forceRAMSize: String(64 * 1024 * 1024),
  BUN_JSC_largeHeapGrowthFactor: '1.4',
  BUN_JSC_minEdenToOldGenerationRatio: '0.22',
  BUN_GC_TIMER_DISABLE: '1',
  BUN_JSC_useFTLJIT: '0',
  MIMALLOC_PURGE_HOLES_MIN_INTERVAL: String(20_000),
};

/**
 * By the work of the process. A call runs most functions a few times only: compiled after 50 executions instead of 500, the hundredth call takes
 * a fifth less processor time; optimised after 200 instead of 1000, an eighth less. Optimising a large function, or one with others inlined,
 * takes longer than a node's pods gain from it: with less of both, the first 100 pods take a twentieth less, all compilers included. Rare
 * work gains nothing from early compilation, and the code would take 14 MiB of an agent. Without the optimising compiler, it would have
 * 5 MiB less, and parse a list of 30 000 pods half as fast.
 */
const SETTINGS_BY_WORK: Readonly<Record<ResidentWork, Readonly<Record<string, string>>>> = {
  calls: {
    BUN_JSC_thresholdForJITAfterWarmUp: '50',
    BUN_JSC_thresholdForJITSoon: '20',
    BUN_JSC_thresholdForOptimizeAfterWarmUp: '200',
    BUN_JSC_thresholdForOptimizeSoon: '200',
    BUN_JSC_maximumOptimizationCandidateBytecodeCost: '1000',
    BUN_JSC_maximumFunctionForCallInlineCandidateBytecodeCostForDFG: '30',
    BUN_JSC_maximumFunctionForClosureCallInlineCandidateBytecodeCostForDFG: '30',
    BUN_JSC_maximumFunctionForConstructInlineCandidateBytecodeCostForDFG: '30',
  },
  rare: {},
};

/**
 * Ensures the settings: re-executes the program unless all of them are set. Child processes do not inherit
 * them. If that is impossible, the defaults remain.
 */
export function setUpEngine(sys: Sys, environment: Environment, work: ResidentWork): void {
  const settings = { ...SETTINGS, ...SETTINGS_BY_WORK[work] };
  const missing = Object.entries(settings).filter(([name]) => environment[name] === undefined);
  if (missing.length > 0) executeAgain(sys, { ...environment, ...Object.fromEntries(missing) });
  for (const name of Object.keys(settings)) Reflect.deleteProperty(environment, name);
}

/** Returns only on failure. Source: execve(2). */
function executeAgain(sys: Sys, environment: Environment): void {
  const path = sys.readlink(SELF);
  const line = readWhole(sys, '/proc/self/cmdline');
  if (typeof path === 'number' || line === undefined) return;
  const argv = line.split('\0').slice(0, -1).map(encode);
  const variables = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [encode(`${name}=${value}`)],
  );
  const { execve } = dlopen(LIBC, {
    execve: { args: ['ptr', 'ptr', 'ptr'], returns: 'i32' },
  }).symbols;
  execve(encode(path), pointersTo(argv), pointersTo(variables));
}

const SELF = '/proc/self/exe';

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

/** Pointers with a terminating null. They are valid while their targets are referenced. */
function pointersTo(strings: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(new BigUint64Array([...strings.map((one) => BigInt(ptr(one))), 0n]).buffer);
}

/** Source: madvise(2). */
const MADV_DONTNEED = 4;

/**
 * Returns the functions that release memory. `unmap` takes the pages of mapped files, above all of the program's machine code, out of the resident
 * memory: a start touches most of them. They stay in the page cache and return page by page. `trim` collects all garbage before.
 */
export function createMemoryTrim(sys: Sys): ResidentState {
  const { madvise } = dlopen(LIBC, {
    madvise: { args: ['u64_fast', 'u64_fast', 'i32'], returns: 'i32' },
  }).symbols;
  let mappings: readonly Mapping[] | undefined;
  const unmap = (): void => {
    mappings ??= findFileMappings(readWhole(sys, '/proc/self/smaps') ?? '');
    for (const { start, bytes } of mappings) madvise(start, bytes, MADV_DONTNEED);
  };
  return {
    unmap,
    trim: () => {
      // Unlike the engine's own collection, it returns the pages to the kernel, too.
      gc(true);
      unmap();
    },
  };
}

function readWhole(sys: Sys, path: string): string | undefined {
  const fd = sys.open(path, FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
  const bytes = fd < 0 ? fd : sys.readAll(fd);
  if (fd >= 0) sys.close(fd);
  return typeof bytes === 'number' ? undefined : new TextDecoder().decode(bytes);
}
