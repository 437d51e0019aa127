import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKernel } from '../../../reconciler/kernel/apply/apply.ts';
import { createSys } from '../../../reconciler/os/sys/koffi.ts';
import type { Change, Kernel } from '../../../reconciler/model/ports/kernel.ts';
import type { Sys } from '../../../reconciler/model/ports/sys.ts';
import { execNow, mustExec } from '../../support/exec.ts';
import { hasNamespaces } from '../../support/namespaces.ts';

const RTM_NEWADDR = 20;
const RTM_NEWROUTE = 24;
const POD = `vnet-objects-${process.pid}`;
const NETNS = `/run/netns/${POD}`;

const ADDRESS: Change = {
  verb: 'create',
  want: { kind: 'address', netns: NETNS, dev: 'lo', address: '10.9.0.4/24', scope: 0 },
};

function routeTo(to: string, via: string): Change {
  return {
    verb: 'create',
    want: { kind: 'route', netns: NETNS, dev: 'lo', family: 4, to, via, table: 254, metric: 0 },
  };
}

/** Counts the datagrams that begin with an address or a route. */
function watched(sys: Sys, seen: number[]): Sys {
  const send: Sys['send'] = (fd, bytes, flags) => {
    const type = new DataView(bytes.buffer, bytes.byteOffset).getUint16(4, true);
    if (type === RTM_NEWADDR || type === RTM_NEWROUTE) seen.push(type);
    return sys.send(fd, bytes, flags);
  };
  return { ...sys, send };
}

describe.skipIf(!hasNamespaces)("a pod's objects on the real kernel", () => {
  const seen: number[] = [];
  let kernel: Kernel;
  beforeEach(() => {
    seen.length = 0;
    kernel = createKernel(watched(createSys(), seen));
    mustExec(['ip', 'netns', 'add', POD]);
    mustExec(['ip', '-n', POD, 'link', 'set', 'lo', 'up']);
  });
  afterEach(() => {
    kernel.close();
    execNow(['ip', 'netns', 'del', POD]);
  });

  it('go in one datagram', () => {
    const results = kernel.apply([ADDRESS, routeTo('10.9.9.0/24', '10.9.0.1')]);
    expect(results).toEqual([
      { ok: true, value: 'changed' },
      { ok: true, value: 'changed' },
    ]);
    expect(seen).toEqual([RTM_NEWADDR]);
    expect(execNow(['ip', '-n', POD, 'route']).stdout).toContain('10.9.9.0/24 via 10.9.0.1');
  });

  it('are tried again one by one if one of them is refused', () => {
    const results = kernel.apply([ADDRESS, routeTo('10.9.9.0/24', '192.0.2.1')]);
    expect(results.map((result) => result.ok)).toEqual([true, false]);
    expect(seen).toEqual([RTM_NEWADDR, RTM_NEWROUTE]);
  });
});
