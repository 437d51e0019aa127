import { describe, expect, it } from 'vitest';
import { dispatch, type CallInputs } from '../../plugin/dispatch.ts';
import { cniError, toCniError } from '../../plugin/protocol/errors.ts';
import { err, FAILURE_CODES, failure, ok } from '../../reconciler/model/result.ts';
import { AZURE_CONF, createCaller, environmentOf } from './caller.ts';

function given(more: Partial<CallInputs> = {}): CallInputs {
  return {
    role: 'azure-vnet',
    version: async () => '1.2.3',
    argv: [],
    env: environmentOf('ADD', 0),
    readStdin: () => ok(JSON.stringify(AZURE_CONF)),
    open: () => Promise.resolve(ok({ ...createCaller().host, close: () => undefined })),
    ...more,
  };
}

function notOpened(): Promise<never> {
  return Promise.reject(new Error('opened'));
}

function badConf() {
  return ok('{"name": "", "cniVersion": "9"}');
}

function neverRead(): never {
  throw new Error('stdin was read');
}

async function errorOf(more: Partial<CallInputs>) {
  const answer = await dispatch(given(more));
  expect(answer.exitCode).toBe(1);
  return JSON.parse(answer.stdout);
}

describe('VERSION', () => {
  it('lists the versions and does not read from stdin', async () => {
    const answer = await dispatch(given({ env: environmentOf('VERSION', 0), readStdin: neverRead }));
    expect(answer.exitCode).toBe(0);
    expect(JSON.parse(answer.stdout)).toEqual({
      cniVersion: '1.1.0',
      supportedVersions: ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'],
    });
  });
});

describe('a call without a command', () => {
  it.each(['', undefined])('prints the about string and the versions on stderr (%j)', async (command) => {
    const answer = await dispatch(given({ env: { CNI_COMMAND: command }, readStdin: neverRead }));
    expect(answer).toMatchObject({ exitCode: 0, stdout: '' });
    expect(answer.stderr).toContain('azure-vnet 1.2.3');
    expect(answer.stderr).toContain('0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0');
  });

  it.each(['-v', '--version'])('prints the version for %s', async (flag) => {
    const answer = await dispatch(given({ argv: [flag], env: {} }));
    expect(answer).toEqual({ exitCode: 0, stdout: 'azure-vnet 1.2.3 (vnet)\n', stderr: '' });
  });
});

describe('the order of checks', () => {
  const STEPS: readonly (readonly [string, Partial<CallInputs>, number])[] = [
    ['missing variables before stdin', { env: { CNI_COMMAND: 'ADD' }, readStdin: neverRead }, 4],
    [
      'bad names before stdin',
      { env: environmentOf('ADD', 0, { CNI_IFNAME: '..' }), readStdin: neverRead },
      4,
    ],
    ['an unknown command before stdin', { env: environmentOf('UPDATE', 0), readStdin: neverRead }, 4],
    ['stdin that cannot be read', { readStdin: () => err('EBADF') }, 5],
    ['stdin that is not JSON', { readStdin: () => ok('{') }, 6],
    ['the name before the version', { readStdin: badConf }, 7],
    ['the version before the keys', { readStdin: () => ok('{"name":"a","cniVersion":"9","mode":"x"}') }, 1],
    [
      'the keys before CNI_ARGS',
      { readStdin: () => ok('{"name":"a","mode":"x"}'), env: environmentOf('ADD', 0, { CNI_ARGS: 'x' }) },
      7,
    ],
    ['CNI_ARGS before the store', { env: environmentOf('ADD', 0, { CNI_ARGS: 'x' }) }, 4],
  ];
  it.each(STEPS)('reports %s', async (_name, more, code) => {
    expect(await errorOf({ open: notOpened, ...more })).toMatchObject({ code });
  });

  it.each(['0.1.0', '0.2.0', '0.3.0', '0.3.1'])('refuses CHECK at %s with code 1', async (cniVersion) => {
    const conf = JSON.stringify({ ...AZURE_CONF, cniVersion });
    const json = await errorOf({
      env: environmentOf('CHECK', 0),
      readStdin: () => ok(conf),
      open: notOpened,
    });
    expect(json).toMatchObject({ cniVersion, code: 1, msg: 'config version does not allow CHECK' });
  });

  it.each(['GC', 'STATUS'])('refuses %s below 1.1.0 with code 1', async (verb) => {
    const json = await errorOf({ env: environmentOf(verb, 0), open: notOpened });
    expect(json).toMatchObject({
      cniVersion: '1.0.0',
      code: 1,
      msg: `config version does not allow ${verb}`,
    });
  });
});

describe('an error', () => {
  it('is one JSON object in the version of the configuration', async () => {
    const conf = JSON.stringify({ ...AZURE_CONF, cniVersion: '0.3.1', mode: 'l2' });
    expect(await errorOf({ readStdin: () => ok(conf) })).toMatchObject({ cniVersion: '0.3.1', code: 7 });
  });

  it('is code 999 for any exception, with the stack on stderr only', async () => {
    const answer = await dispatch(given({ open: () => Promise.reject(new Error('boom')) }));
    expect(JSON.parse(answer.stdout)).toMatchObject({
      cniVersion: '1.0.0',
      code: 999,
      msg: 'internal error: boom',
    });
    expect(answer.stdout).not.toContain('dispatch.test');
    expect(answer.stderr).toContain('dispatch.test');
    expect(answer.exitCode).toBe(1);
  });

  it('closes opened resources all the same', async () => {
    let closed = 0;
    const host = { ...createCaller().host, close: () => void (closed += 1) };
    await dispatch(given({ env: environmentOf('CHECK', 0), open: () => Promise.resolve(ok(host)) }));
    expect(closed).toBe(1);
  });

  it('is that of opening the node if it cannot be opened', async () => {
    const json = await errorOf({ open: () => Promise.resolve(err(cniError(100, 'no boot id'))) });
    expect(json).toEqual({ cniVersion: '1.0.0', code: 100, msg: 'no boot id' });
  });
});

describe('the codes of failures', () => {
  const AREAS = ['document', 'address', 'kernel', 'uplink', 'pool'] as const;
  it('are one for every code in every area, and 11 exactly for what may pass later', () => {
    for (const area of AREAS) {
      for (const code of FAILURE_CODES) {
        const error = toCniError(failure(code, 'step', 'message'), area);
        expect(error.msg).toBe('step: message');
        const isAsked = area === 'pool' && code !== 'exhausted';
        const isLater = isAsked || code === 'busy' || code === 'timeout' || code === 'interrupted';
        expect(error.code === 11).toBe(isLater);
        expect(error.code).toBeGreaterThan(0);
      }
    }
  });

  const TABLE = [
    ['document', 'invalid', 103],
    ['document', 'io', 5],
    ['address', 'exhausted', 101],
    ['address', 'conflict', 102],
    ['address', 'invalid', 7],
    ['kernel', 'permission', 100],
    ['kernel', 'refused', 100],
    ['uplink', 'not-found', 105],
    ['pool', 'io', 11],
    ['pool', 'exhausted', 101],
  ] as const;
  it.each(TABLE)('%s %s is %d', (area, code, expected) => {
    expect(toCniError(failure(code, 's', 'm'), area).code).toBe(expected);
  });

  it('are 105 for the uplink, in any step', () => {
    const obstacle = failure('refused', 's', 'm', { about: 'uplink' });
    expect(toCniError(obstacle, 'kernel').code).toBe(105);
    expect(toCniError(failure('not-found', 's', 'm', { about: 'uplink' }), 'kernel').code).toBe(105);
  });

  it('put causes and the hint into details', () => {
    const cause = failure('io', 'read', 'EIO');
    const error = toCniError(failure('invalid', 's', 'm', { hint: 'do this', cause }), 'kernel');
    expect(error.details).toBe('read: EIO\ndo this');
  });

  it('list every issue of the document with its place', () => {
    const issue = {
      kind: 'issue',
      code: 'x',
      file: '/v.yaml',
      path: 'a.b',
      line: 3,
      column: 5,
      message: 'bad',
    } as const;
    const error = toCniError(
      { kind: 'issues', issues: [issue, { ...issue, line: 9, hint: 'use c' }] },
      'document',
    );
    expect(error).toMatchObject({
      code: 103,
      details: '/v.yaml:3:5: a.b: bad\n/v.yaml:9:5: a.b: bad (use c)',
    });
    expect(error.msg).toContain('2 errors');
  });
});
