import { describe, expect, it } from 'vitest';
import { tabulateBars } from '../../bench/bars.ts';
import { makeRecorder } from '../../bench/series.ts';
import { LOOK_TASK, MEMORY, TASKS } from '../../bench/tasks.ts';

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
      add({ task: MEMORY, endpoints: 250, contestant: 'vnet', unit: 'MiB' }, { value: 66.4 });
      add({ task: MEMORY, endpoints: 1000, contestant: 'vnet', unit: 'MiB' }, { value: 95 });
      add({ task: TASKS.noop, endpoints: 250, contestant: 'vnet' }, { value: 59 });
      add({ task: TASKS.noop, endpoints: 250, contestant: 'vnet alone' }, { value: 300 });
    });
    expect(rows).toEqual([
      'memory of vnet watch, 250 endpoints | ≤ 70 MiB | 66 MiB | met',
      'memory of vnet watch, 1000 endpoints | ≤ 90 MiB | 95 MiB | missed by 5 MiB',
      'reconcile, nothing to do, 250 endpoints, beside vnet watch | ≤ 60 ms | 59 ms | met',
    ]);
  });
});
