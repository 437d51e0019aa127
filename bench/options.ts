/** The command line of the benchmark. Pure. */
import { parseArgs } from 'node:util';
import { DATA_PATH_MODES, type ModeFamily } from './tasks.ts';

/** The workloads, in order of execution. */
export const WORKLOADS = [
  'start',
  'attach',
  'burst',
  'gone',
  'storm',
  'reconcile',
  'watch',
  'packets',
  'throughput',
  'modes',
  'policy',
  'split',
] as const;

/** One of WORKLOADS. */
export type Workload = (typeof WORKLOADS)[number];

/** Another plugin to measure. Shape: `conf` is its configuration file. */
export type PeerOption = { readonly name: string; readonly binary: string; readonly conf: string };

/** The options of the command line. Shape: `runs` is the number of rounds of a process measurement. */
export type Options = {
  readonly workloads: readonly Workload[];
  readonly runs: number;
  readonly isQuick: boolean;
  readonly format: 'table' | 'json';
  readonly isWriting: boolean;
  readonly peers: readonly PeerOption[];
  /** The modes that the workload `modes` measures. */
  readonly modes: readonly ModeFamily['mode'][];
  /** true: the workload `modes` measures calls, and no packets. */
  readonly isCalls: boolean;
  /** Number of busy loops beside the benchmark. */
  readonly busyLoops: number;
  /** The folder of the executables to measure; undefined: dist/bin, built first. */
  readonly bin: string | undefined;
};

/** Text to print instead of measuring. */
export type Usage = { readonly usage: string; readonly isError: boolean };

const HELP = `npm run bench -- [options]

  --only WORKLOAD             ${WORKLOADS.join(', ')}; may be given more than once
  -n, --runs RUNS             rounds of each process measurement (default 25; --quick: 5)
  --mode MODE                 of the workload modes: ${DATA_PATH_MODES.join(', ')}; may be given more than once
  --calls                     of the workload modes: ADD and DEL, no packets
  --quick                     few rounds, and only the smaller sizes
  --peer NAME=BINARY:CONF     measure this CNI plugin too, with this configuration (JSON); may be given more than once
  --busy N                    run N busy loops beside everything (default 0)
  --bin FOLDER                measure these executables of vnet (default: dist/bin, built first)
  -o, --output FORMAT         table (default) or json
  --write                     rewrite bench/RESULTS.md, the plots and docs/modes.md; with --only modes, the figures of modes
  -h, --help                  this text`;

/** Returns the options, or the text to print. Total. */
export function parseOptions(argv: readonly string[]): Options | Usage {
  const refuse = (problem: string): Usage => ({ usage: `${problem}\n\n${HELP}`, isError: true });
  let values: ReturnType<typeof readArgs>;
  try {
    values = readArgs(argv);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  if (values.help) return { usage: HELP, isError: false };
  const unknown = values.only.find((name) => !isWorkload(name));
  if (unknown !== undefined) return refuse(`--only ${unknown}: there are ${WORKLOADS.join(', ')}`);
  const runs = Number(values.runs ?? (values.quick ? 5 : 25));
  if (!Number.isInteger(runs) || runs < 1) return refuse(`--runs ${values.runs}: not a number of rounds`);
  const busyLoops = Number(values.busy);
  if (!Number.isInteger(busyLoops) || busyLoops < 0)
    return refuse(`--busy ${values.busy}: not a number of loops`);
  const modes = DATA_PATH_MODES.filter((mode) => values.mode.length === 0 || values.mode.includes(mode));
  if (modes.length === 0)
    return refuse(`--mode ${values.mode.join(', ')}: there are ${DATA_PATH_MODES.join(', ')}`);
  const { output } = values;
  if (output !== 'table' && output !== 'json') return refuse(`--output ${output}: table or json`);
  const peers = values.peer.map(parsePeer);
  const bad = peers.findIndex((peer) => peer === undefined);
  if (bad >= 0) return refuse(`--peer ${values.peer[bad]}: not NAME=BINARY:CONF`);
  const isWhole = values.only.length === 0 || (values.only.length === 1 && values.only[0] === 'modes');
  const isPart = values.quick || values.calls || values.mode.length > 0;
  if (values.write && (!isWhole || isPart || peers.length > 0 || busyLoops > 0)) {
    return refuse(
      '--write needs the whole benchmark, or --only modes, by itself: leave out --quick, --mode, --calls, --peer and --busy',
    );
  }
  return {
    workloads: WORKLOADS.filter((name) => values.only.length === 0 || values.only.includes(name)),
    runs,
    isQuick: values.quick,
    format: output,
    isWriting: values.write,
    peers: peers.filter((peer) => peer !== undefined),
    modes,
    isCalls: values.calls,
    busyLoops,
    bin: values.bin,
  };
}

function readArgs(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string', short: 'n' },
      quick: { type: 'boolean', default: false },
      peer: { type: 'string', multiple: true, default: [] },
      mode: { type: 'string', multiple: true, default: [] },
      calls: { type: 'boolean', default: false },
      output: { type: 'string', short: 'o', default: 'table' },
      busy: { type: 'string', default: '0' },
      bin: { type: 'string' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

function isWorkload(name: string): name is Workload {
  return WORKLOADS.some((workload) => workload === name);
}

function parsePeer(text: string): PeerOption | undefined {
  const match = /^([\w.-]+)=([^:]+):(.+)$/.exec(text);
  if (match === null) return undefined;
  const [, name = '', binary = '', conf = ''] = match;
  return { name, binary, conf };
}
