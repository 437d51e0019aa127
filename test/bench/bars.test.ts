import { describe, expect, it } from 'vitest';
import { tabulateBars } from '../../bench/bars.ts';
import { makeRecorder } from '../../bench/series.ts';
import {
  LOOK_TASK,
  MEMORY,
  modeCallTask,
  modeTask,
  PLAIN_PATHS,
  REPAIR_ALL,
  repairTask,
  TASKS,
  WATCH_SIZE,
} from '../../bench/tasks.ts';

/** The measured rows, as displayed. */
function shown(fill: (recorder: ReturnType<typeof makeRecorder>) => void): readonly string[] {
  const recorder = makeRecorder();
  fill(recorder);
  const { rows } = tabulateBars(recorder.series());
  return rows.filter(([, , figure]) => figure !== 'not measured').map((row) => row.slice(0, 4).join(' | '));
}

describe('the bars', () => {
  it('compare the processor time of an ADD with that of bridge', () => {
    const key = { task: LOOK_TASK, endpoints: 30 };
    const rows = shown(({ add }) => {
      add({ ...key, contestant: 'vnet' }, { value: 5, cpu: 8 });
      add({ ...key, contestant: 'bridge' }, { value: 10, cpu: 10 });
    });
    expect(rows).toContain(
      'vnet: CPU of an ADD, all included, 30 endpoints | ≤ 0.7 × bridge+host-local | 0.80 × | missed by 0.10 ×',
    );
  });

  it('state the memory limit of the resident process, and the time limit of a reconcile beside it', () => {
    const rows = shown(({ add }) => {
      add({ task: MEMORY.idle, endpoints: 250, contestant: 'vnet', unit: 'MiB' }, { value: 66.4 });
      add({ task: MEMORY.idle, endpoints: 1000, contestant: 'vnet', unit: 'MiB' }, { value: 95 });
      add({ task: TASKS.noop, endpoints: 250, contestant: 'vnet' }, { value: 59 });
      add({ task: TASKS.noop, endpoints: 250, contestant: 'vnet alone' }, { value: 300 });
    });
    expect(rows).toEqual([
      'vnet watch: resident memory, idle, 250 endpoints | ≤ 70 MiB | 66 MiB | met',
      'vnet watch: resident memory, idle, 1000 endpoints | ≤ 90 MiB | 95 MiB | missed by 5 MiB',
      'reconcile, nothing to do, 250 endpoints, beside vnet watch | ≤ 60 ms | 59 ms | met',
      'reconcile, nothing to do, 250 endpoints, alone | ≤ 60 ms | 300 ms | missed by 240 ms',
    ]);
  });

  it('limit the slowest kind of drift as well as all kinds together', () => {
    const rows = shown(({ add }) => {
      const key = { endpoints: WATCH_SIZE, contestant: 'vnet watch' };
      for (const value of [6, 7, 8]) add({ ...key, task: repairTask('veth down') }, { value });
      for (const value of [40, 78, 90]) add({ ...key, task: repairTask('all rules deleted') }, { value });
      for (const value of [6, 7, 8, 9]) add({ ...key, task: REPAIR_ALL }, { value });
    });
    expect(rows).toEqual([
      'drift repaired by vnet watch, 250 endpoints, median of all kinds | ≤ 10 ms | 8 ms | met',
      'drift repaired by vnet watch, 250 endpoints, median of the slowest kind | ≤ 50 ms | 78 ms | missed by 28 ms',
    ]);
  });

  it('compare the processor time of a packet with that of fewer endpoints, and of a bridge without rules', () => {
    const rows = shown(({ add }) => {
      const key = { task: '64-byte packets, pod to pod', unit: 'packets/s' } as const;
      add({ ...key, endpoints: 2, contestant: 'nft (vnet)' }, { value: 100_000, cpu: 8000 });
      add({ ...key, endpoints: 250, contestant: 'nft (vnet)' }, { value: 99_000, cpu: 8000 });
      add({ ...key, endpoints: 250, contestant: 'no rules' }, { value: 140_000, cpu: 5000 });
    });
    expect(rows).toEqual([
      'packets per second, pod to pod, 250 endpoints | ≥ 0.97 × that with 2 | 0.990 × | met',
      'the same, by CPU time for each packet | ≥ 0.97 × that with 2 | 1.000 × | met',
      'CPU time for each packet, pod to pod, 250 endpoints | ≤ 1.2 × that without rules | 1.60 × | missed by 0.40 ×',
    ]);
  });

  it('compare a mode in a family with fewer pods, a plain path, and the plugin bridge', () => {
    const rows = shown(({ add }) => {
      for (const [mode, plain] of [
        ['bridge', PLAIN_PATHS.bridge],
        ['transparent', PLAIN_PATHS.veths],
      ] as const) {
        const key = { task: modeTask({ mode, family: 6 }), unit: 'packets/s' } as const;
        add({ ...key, endpoints: 2, contestant: 'vnet' }, { value: 100_000, cpu: 8000 });
        add({ ...key, endpoints: 250, contestant: 'vnet' }, { value: 96_000, cpu: 8100 });
        add({ ...key, endpoints: 2, contestant: plain }, { value: 100_000, cpu: 7000 });
      }
      const call = { task: modeCallTask('DEL', { mode: 'routed', family: 4 }), endpoints: 30 };
      add({ ...call, contestant: 'vnet' }, { value: 5 });
      add({ ...call, contestant: 'bridge' }, { value: 20 });
    });
    expect(rows).toEqual([
      'packets per second, mode bridge, IPv6, 250 endpoints | ≥ 0.97 × that with 2 | 0.960 × | missed by 0.010',
      'CPU time for each packet, mode bridge, IPv6, 250 endpoints | ≤ 1.2 × plain bridge | 1.16 × | met',
      'packets per second, mode transparent, IPv6, 250 endpoints | ≥ 0.97 × that with 2 | 0.960 × | missed by 0.010',
      'packets per second, mode transparent, IPv6, 250 endpoints | ≥ 0.95 × plain routed veths | 0.960 × | met',
      'vnet: DEL, mode routed, IPv4, 30 endpoints | ≤ 0.3 × bridge+host-local | 0.25 × | met',
    ]);
  });
});
