import { describe, expect, it } from 'vitest';
import { requestOf } from '../../cli/request.ts';
import { parseLocalAddress, renderLocalAddress } from '../../../reconciler/os/local-http/address.ts';

describe('the address of metrics', () => {
  it.each(['unix:/run/vnet/metrics.sock', '127.0.0.1:9468', '127.1.2.3:1', 'localhost:65535', '[::1]:9468'])(
    '%s is this machine alone',
    (text) => {
      const address = parseLocalAddress(text);
      expect(address === undefined ? undefined : renderLocalAddress(address)).toBe(text);
    },
  );

  it.each([
    '0.0.0.0:9468',
    '10.240.0.35:9468',
    ':9468',
    '9468',
    '127.0.0.1',
    '127.0.0.1:0',
    '127.0.0.1:65536',
  ])('%s is refused', (text) => expect(parseLocalAddress(text)).toBeUndefined());

  it.each([
    '127.0.0.300:9468',
    '[::]:9468',
    'unix:metrics.sock',
    'unix:/',
    'unix:/run/',
    'example.com:80',
    '',
  ])('%j is refused too', (text) => expect(parseLocalAddress(text)).toBeUndefined());

  it('is off by default', async () => {
    const request = (...args: readonly string[]) => requestOf(['watch', ...args]);
    expect(await request()).toEqual({
      kind: 'request',
      request: { verb: 'watch', intervalMs: 60_000, format: 'text' },
    });
    expect(await request('--metrics', '127.0.0.1:9468', '--metrics-file', '/x/vnet.prom')).toMatchObject({
      request: { metrics: { kind: 'tcp', host: '127.0.0.1', port: 9468 }, metricsFile: '/x/vnet.prom' },
    });
    for (const wrong of [
      ['--metrics', '0.0.0.0:9468'],
      ['--metrics-file', 'vnet.prom'],
      ['--metrics-file', '/x/vnet.txt'],
    ]) {
      expect(await request(...wrong)).toMatchObject({ kind: 'text', isError: true });
    }
  });
});
