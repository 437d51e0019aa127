import { describe, expect, it } from 'vitest';
import { deriveSplit, parseTrace } from '../../bench/split.ts';

/** Excerpt from `perf script`; the times are rounded. */
const TRACE = `
22060  6342.990000000:      sched:sched_process_exec: filename=/bin/timer pid=22060 old_pid=22060
22065  6342.999000000:       syscalls:sys_enter_read: fd: 0x00000000, buf: 0x3dd47fac000, count: 0x00004000
22065  6343.000000000:      sched:sched_process_exec: filename=/bin/azure-vnet pid=22065 old_pid=22065
22065  6343.001000000:       syscalls:sys_enter_read: fd: 0x00000003, buf: 0x7ffdeffc8508, count: 0x00000340
22070  6343.001500000:       syscalls:sys_enter_read: fd: 0x00000000, buf: 0x3dd47fac000, count: 0x00004000
22065  6343.005000000:       syscalls:sys_enter_read: fd: 0x00000000, buf: 0x3dd47fac000, count: 0x00004000
22065  6343.006000000:      syscalls:sys_enter_flock: fd: 0x00000007, cmd: 0x00000006
22065  6343.007000000:     syscalls:sys_enter_rename: oldname: 0x3dd47fb82b0, newname: 0x3dd47fb8280
22065  6343.007500000:     syscalls:sys_enter_sendto: fd: 0x00000007, buff: 0x3dd46aea600, len: 0x00000034
22065  6343.008000000:      syscalls:sys_exit_sendto: 0x34
22065  6343.008250000:   syscalls:sys_enter_recvfrom: fd: 0x00000007, ubuf: 0x3dd48200000, size: 0x00010000
22065  6343.008500000:    syscalls:sys_exit_recvfrom: 0x5f0
22065  6343.009500000:      syscalls:sys_enter_write: fd: 0x00000001, buf: 0x3dd46bf8960, count: 0x000000c8
22065  6343.009750000: syscalls:sys_enter_exit_group: error_code: 0x00000000
22065  6343.011750000:      sched:sched_process_exit: comm=azure-vnet pid=22065 prio=120
`;

const expectClose = (trace: Readonly<Record<string, number>>, expected: Record<string, number>): void => {
  for (const [phase, ms] of Object.entries(expected))
    expect([phase, trace[phase]?.toFixed(3)]).toEqual([phase, ms.toFixed(3)]);
};

describe('the split of a call', () => {
  it('is derived from the system calls of the main thread only', () => {
    expectClose(parseTrace(TRACE, 22065), {
      runtime: 5,
      code: 1,
      document: 1.5,
      kernel: 0.75,
      plan: 1.25,
      answer: 0.25,
      exit: 2,
    });
  });

  it('counts the work of the shim before the program runs as its start', () => {
    const asks = `22065  6343.000200000:   syscalls:sys_enter_socket: family: 0x00000001
22065  6343.000300000:    syscalls:sys_exit_socket: 0x3
22065  6343.000400000:      sched:sched_process_exec: filename=/bin/vnet pid=22065 old_pid=22065
`;
    const at = TRACE.indexOf('22065  6343.001000000');
    const trace = parseTrace(TRACE.slice(0, at) + asks + TRACE.slice(at), 22065);
    expectClose(trace, { runtime: 5, code: 1, plan: 1.25, kernel: 0.75 });
  });

  it('refuses a trace that was cut', () => {
    const cut = TRACE.split('\n').slice(0, -2).join('\n');
    expect(() => parseTrace(cut, 22065)).toThrow('no end');
  });

  it('takes the quickest trace, and its difference to the quickest call as overhead', () => {
    const slow = TRACE.replace('6343.011750000', '6343.051750000');
    const split = deriveSplit([parseTrace(slow, 22065), parseTrace(TRACE, 22065)], [20, 14]);
    expectClose(split.ms, { around: 14 - 11.75, exit: 2 });
    expect(split).toMatchObject({ totalMs: 14, runs: 2 });
  });
});
