import { describe, expect, it } from 'vitest';
import { makeRecorder } from '../../bench/series.ts';
import { makeTally } from '../../bench/tally.ts';

const jobOf = (verb: string) => ({ env: { CNI_COMMAND: verb } });
const good = { code: 0, stdout: '{}', stderr: '' };
const bad = (stdout: string, stderr = '') => ({ code: 1, stdout, stderr });

describe('failed calls', () => {
  it('are counted beside those that succeed, with the first reason of each verb', () => {
    const tally = makeTally();
    expect(tally.judge('vnet', jobOf('ADD'), good)).toBe(true);
    expect(tally.judge('vnet', jobOf('ADD'), bad('{"code":11,"msg":"the \\"lock\\" is held"}'))).toBe(false);
    expect(tally.judge('vnet', jobOf('ADD'), bad('{"msg":"something else"}'))).toBe(false);
    expect(tally.judge('vnet', jobOf('DEL'), bad('', 'killed\n  by a signal\n'))).toBe(false);
    expect(tally.judge('bridge', jobOf('DEL'), good)).toBe(true);
    expect(tally.facts()).toEqual({
      'failed calls, vnet': '3 of 4; ADD: the "lock" is held; DEL: killed by a signal',
      'failed calls, bridge': '0 of 1',
    });
  });

  it('have a reason even without output', () => {
    const tally = makeTally();
    tally.judge('vnet', jobOf('DEL'), { code: 137, stdout: '', stderr: '' });
    expect(tally.facts()).toEqual({ 'failed calls, vnet': '1 of 1; DEL: exit code 137' });
  });

  it('include those with wrong answers', () => {
    const tally = makeTally();
    tally.judge('vnet', jobOf('ADD'), good);
    tally.fault('vnet', 'the address was given twice');
    expect(tally.facts()).toEqual({ 'failed calls, vnet': '1 of 1; ADD: the address was given twice' });
  });

  it('are recorded for each contestant, even if there are none', () => {
    const [tally, recorder] = [makeTally(), makeRecorder()];
    tally.judge('vnet', jobOf('ADD'), bad(''));
    tally.judge('bridge', jobOf('ADD'), good);
    tally.record(recorder);
    const found = recorder.series().map(({ contestant, unit, values }) => [contestant, unit, values]);
    expect(found).toEqual([
      ['vnet', 'calls', [1]],
      ['bridge', 'calls', [0]],
    ]);
  });
});
