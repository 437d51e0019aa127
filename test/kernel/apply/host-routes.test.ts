/** The node has a route to each pod in mode transparent: a call for one of them must not pay for the others. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSys } from '#sys';
import { createKernel } from '../../../reconciler/kernel/apply/apply.ts';
import { routeCodec } from '../../../reconciler/kernel/kinds/route-codec.ts';
import type { Change, Kernel, Scope } from '../../../reconciler/model/ports/kernel.ts';
import type { Sys } from '../../../reconciler/model/ports/sys.ts';
import { HOST, keyOf, type RouteObject } from '../../../reconciler/model/state.ts';
import { execNow, mustExec } from '../../support/exec.ts';
import { hasNamespaces } from '../../support/namespaces.ts';

const RTM_NEWROUTE = 24;
const DEV = `vnr${process.pid}`;
const COUNT = 200;

function routeTo(to: string): RouteObject {
  const family = to.includes(':') ? 6 : 4;
  const more = family === 4 ? { scope: 253 } : {};
  const metric = family === 4 ? 0 : 1024;
  return { kind: 'route', netns: HOST, dev: DEV, family, to, table: 254, metric, protocol: 118, ...more };
}

const create = (want: RouteObject): Change => ({ verb: 'create', want });

function scopeOf(entries: Scope['entries']): Scope {
  return { whole: false, devices: [DEV], pods: [], sysctls: [], entries };
}

describe.skipIf(!hasNamespaces)('routes to pods on the real kernel', () => {
  const datagrams: number[] = [];
  let kernel: Kernel;

  function watched(sys: Sys): Sys {
    const send: Sys['send'] = (fd, bytes, flags) => {
      const type = new DataView(bytes.buffer, bytes.byteOffset).getUint16(4, true);
      if (type === RTM_NEWROUTE) datagrams.push(bytes.length);
      return sys.send(fd, bytes, flags);
    };
    return { ...sys, send };
  }

  beforeEach(() => {
    datagrams.length = 0;
    kernel = createKernel(watched(createSys()));
    mustExec(['ip', 'link', 'add', DEV, 'type', 'bridge']);
    mustExec(['ip', 'link', 'set', DEV, 'up']);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    kernel.close();
    execNow(['ip', 'link', 'del', DEV]);
  });

  it('of several pods are made in one datagram, and one that is there is no error', () => {
    const routes = ['10.77.0.1/32', '10.77.0.2/32', 'fd77::1/128', 'fd77::2/128'].map(routeTo);
    const [first] = routes;
    expect(first && kernel.apply([create(first)])).toEqual([{ ok: true, value: 'changed' }]);
    datagrams.length = 0;
    expect(kernel.apply(routes.map(create)).map((result) => result.ok && result.value)).toEqual([
      'unchanged',
      'changed',
      'changed',
      'changed',
    ]);
    // All of them, and the one that was refused again.
    expect(datagrams).toHaveLength(2);
  });

  it.each([4, 6])(
    'are not parsed to find that of one pod, to look at it or to delete it: IPv%i',
    (family) => {
      const to = (index: number): string =>
        family === 4 ? `10.77.1.${index}/32` : `fd77::1:${index.toString(16)}/128`;
      const lines = Array.from(
        { length: COUNT },
        (_, index) => `route add ${to(index)} dev ${DEV} proto 118`,
      );
      mustExec(['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });
      const own = routeTo(to(COUNT / 2));
      const parse = vi.spyOn(routeCodec, 'parse');
      const seen = kernel.observe(scopeOf([own, routeTo('10.78.0.1/32'), routeTo('default')]));
      expect(seen.ok && seen.value.state.get(keyOf(own))).toMatchObject({
        to: own.to,
        dev: DEV,
        protocol: 118,
      });
      expect(seen.ok && seen.value.state.has(keyOf(routeTo('10.78.0.1/32')))).toBe(false);
      const looked = parse.mock.calls.length;
      expect(looked).toBeLessThan(5);
      expect(kernel.apply([{ verb: 'delete', have: own }])).toEqual([{ ok: true, value: 'changed' }]);
      expect(parse.mock.calls.length - looked).toBeLessThan(5);
      expect(mustExec(['ip', `-${family}`, 'route', 'show', 'dev', DEV]).stdout).not.toContain(
        `${own.to.split('/')[0]} `,
      );
    },
  );
});
