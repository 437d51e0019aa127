/** The bars of the modes, in each family. Pure. */
import { asRatio, asShare, type Bar } from './bar.ts';
import { compareSeries, findSeries } from './series.ts';
import { compare } from './statistics.ts';
import { OWN } from './table.ts';
import {
  MEASURED_MODES,
  MODE_SIZES,
  modeCallTask,
  type ModeFamily,
  modeTask,
  PLAIN_PATHS,
  USUAL_SIZE,
} from './tasks.ts';

const [FEW = 0, MANY = 0] = MODE_SIZES;

/** Returns the bars of a mode in a family. */
function barsOf(one: ModeFamily): readonly Bar[] {
  const limits: Readonly<Partial<Record<ModeFamily['mode'], Bar>>> = {
    bridge: packetAgainstPlain(one, PLAIN_PATHS.bridge, 1.2),
    transparent: rateAgainstPlain(one, PLAIN_PATHS.veths, 0.95),
  };
  const own = limits[one.mode];
  return [
    manyAgainstFew(one),
    ...(own === undefined ? [] : [own]),
    callAgainstBridge('ADD', one, 0.4),
    callAgainstBridge('DEL', one, 0.3),
  ];
}

/** Packets per second between pods of a node with 250, against one with 2. */
function manyAgainstFew(one: ModeFamily): Bar {
  const key = { task: modeTask(one), contestant: OWN };
  return {
    what: `packets per second, mode ${one.mode}, IPv${one.family}, ${MANY} endpoints`,
    limit: `≥ 0.97 × that with ${FEW}`,
    measure: (all) => {
      const ratio = compareSeries(all, { ...key, endpoints: MANY }, { ...key, endpoints: FEW })?.paired;
      return ratio === undefined ? undefined : asShare(ratio, 0.97);
    },
  };
}

function rateAgainstPlain(one: ModeFamily, plain: string, least: number): Bar {
  const key = { task: modeTask(one) };
  return {
    what: `packets per second, mode ${one.mode}, IPv${one.family}, ${MANY} endpoints`,
    limit: `≥ ${least} × ${plain}`,
    measure: (all) => {
      const own = { ...key, contestant: OWN, endpoints: MANY };
      const ratio = compareSeries(all, own, { ...key, contestant: plain, endpoints: FEW })?.paired;
      return ratio === undefined ? undefined : asShare(ratio, least);
    },
  };
}

function packetAgainstPlain(one: ModeFamily, plain: string, limit: number): Bar {
  const key = { task: modeTask(one) };
  return {
    what: `CPU time for each packet, mode ${one.mode}, IPv${one.family}, ${MANY} endpoints`,
    limit: `≤ ${limit} × ${plain}`,
    measure: (all) => {
      const own = findSeries(all, { ...key, contestant: OWN, endpoints: MANY });
      const theirs = findSeries(all, { ...key, contestant: plain, endpoints: FEW });
      return own && theirs && asRatio(compare(own.cpu, theirs.cpu).paired, limit);
    },
  };
}

/** In both families against calls of IPv4: in IPv6 the plugin `bridge` waits for duplicate address detection. */
function callAgainstBridge(verb: 'ADD' | 'DEL', one: ModeFamily, limit: number): Bar {
  const task = modeCallTask(verb, one);
  return {
    what: `${OWN}: ${task}, ${USUAL_SIZE} endpoints`,
    limit: `≤ ${limit} × bridge+host-local`,
    measure: (all) => {
      const key = { task, endpoints: USUAL_SIZE };
      const ratio = compareSeries(all, { ...key, contestant: OWN }, { ...key, contestant: 'bridge' });
      return ratio === undefined ? undefined : asRatio(ratio.ofMedians, limit);
    },
  };
}

/** Packets per second and calls in every mode and family; packets against plain paths where the mode has one. */
export const MODE_BARS: readonly Bar[] = MEASURED_MODES.flatMap(barsOf);
