import { describe, expect, it } from 'vitest';
import { requestOf } from './request.ts';

const APPLY = {
  verb: 'apply',
  file: undefined,
  dryRun: false,
  windowMs: undefined,
  why: undefined,
  ifGeneration: undefined,
  limit: 'hitless',
  withdraw: false,
  yes: false,
  format: 'text',
};

describe('the command line of changes', () => {
  it.each([
    [
      'plan',
      { verb: 'plan', file: undefined, out: undefined, limit: 'hitless', withdraw: false, format: 'text' },
    ],
    [
      'plan -f - --out p -o yaml',
      { verb: 'plan', file: '-', out: 'p', limit: 'hitless', withdraw: false, format: 'yaml' },
    ],
    ['apply', APPLY],
    [
      'apply -f new.yaml --confirm-within 1h30m -m why --if-generation 418 --max-disruption pod-outage --withdraw --yes',
      {
        ...APPLY,
        file: 'new.yaml',
        windowMs: 5_400_000,
        why: 'why',
        ifGeneration: 418,
        limit: 'pod-outage',
        withdraw: true,
        yes: true,
      },
    ],
    ['apply --dry-run -o json', { ...APPLY, dryRun: true, format: 'json' }],
    ['confirm', { verb: 'confirm', id: undefined, format: 'text' }],
    ['confirm 419', { verb: 'confirm', id: 419, format: 'text' }],
    ['revert 419 -o json', { verb: 'revert', id: 419, atDeadline: undefined, format: 'json' }],
    ['revert --at-deadline t', { verb: 'revert', id: undefined, atDeadline: 't', format: 'text' }],
  ])('understands vnet %s', async (line, request) => {
    expect(await requestOf(line.split(' '))).toEqual({ kind: 'request', request });
  });

  it.each([
    ['apply --confirm-within soon', "'soon' is invalid. Expected a duration, such as 90s, 10m, 2h or 30d."],
    ['apply --confirm-within 0s', 'as 90s, 10m, 2h or 30d'],
    ['apply --if-generation last', 'the number of a generation (see vnet history)'],
    ['apply --max-disruption all', 'hitless'],
    ['confirm it', 'the number of a generation (see vnet history)'],
    ['plan new.yaml', 'too many arguments'],
  ])('refuses vnet %s and names the expected syntax', async (line, wanted) => {
    const parsed = await requestOf(line.split(' '));
    expect(parsed).toMatchObject({ kind: 'text', isError: true, text: expect.stringContaining(wanted) });
  });
});
