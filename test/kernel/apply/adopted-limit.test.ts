/** A limit that another program made is adopted in place: to replace it, the kernel drops what the interface sends meanwhile. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { createKernel } from '../../../reconciler/kernel/apply/apply.ts';
import type { Change, Kernel } from '../../../reconciler/model/ports/kernel.ts';
import { HOST, keyOf, type QdiscObject } from '../../../reconciler/model/state.ts';
import { execNow, mustExec } from '../../support/exec.ts';
import { hasNamespaces } from '../../support/namespaces.ts';

const DEV = `vnq${process.pid}`;
const OTHER = `vnp${process.pid}`;

const LIMIT: QdiscObject = {
  kind: 'qdisc',
  netns: HOST,
  dev: DEV,
  handle: 0x7600,
  rateBits: 80_000_000,
  burstNs: 10_000_000,
  limitBytes: 350_000,
};

type Shown = { readonly kind: string; readonly handle: string; readonly packets: number };

function shown(): Shown | undefined {
  const all: readonly Shown[] = JSON.parse(mustExec(['tc', '-s', '-j', 'qdisc', 'show', 'dev', DEV]).stdout);
  return all[0];
}

describe.skipIf(!hasNamespaces)('a limit of another program on the real kernel', () => {
  let kernel: Kernel;
  const see = (): unknown => {
    const seen = kernel.observe({ whole: false, devices: [DEV], pods: [], sysctls: [], entries: [LIMIT] });
    return seen.ok ? seen.value.state.get(keyOf(LIMIT)) : seen.error;
  };
  beforeEach(async () => {
    kernel = createKernel(createSys());
    await kernel.prepare();
    mustExec(['ip', 'link', 'add', DEV, 'type', 'veth', 'peer', 'name', OTHER]);
    mustExec(['ip', 'link', 'set', DEV, 'up']);
    mustExec(['ip', 'link', 'set', OTHER, 'up']);
    mustExec(`tc qdisc add dev ${DEV} root handle 1: tbf rate 80Mbit burst 100000 latency 25ms`.split(' '));
    mustExec(['ip', 'addr', 'add', '10.79.0.1/24', 'dev', DEV]);
    // It has sent some packets, which a new one would not count.
    execNow(['ping', '-q', '-c', '2', '-i', '0.01', '-W', '1', '10.79.0.2']);
  });
  afterEach(() => {
    kernel.close();
    execNow(['ip', 'link', 'del', DEV]);
  });

  it('becomes ours with the handle that it has, gets other values in place, and goes with the document', () => {
    const before = shown();
    expect(before).toMatchObject({ kind: 'tbf', handle: '1:' });
    expect(before?.packets).toBeGreaterThan(0);
    const foreign = see();
    expect(foreign).toMatchObject({ handle: 1 });
    const adopt: Change = { verb: 'update', want: LIMIT, have: { ...LIMIT, handle: 1 }, fields: ['handle'] };
    expect(kernel.apply([adopt])).toEqual([{ ok: true, value: 'changed' }]);
    expect(see()).toMatchObject({ ...LIMIT });
    const after = { ...LIMIT, rateBits: 40_000_000 };
    const change: Change = { verb: 'update', want: after, have: LIMIT, fields: ['rateBits'] };
    expect(kernel.apply([change, change])).toEqual([
      { ok: true, value: 'changed' },
      { ok: true, value: 'unchanged' },
    ]);
    expect(see()).toMatchObject({ ...after });
    expect(shown()).toMatchObject({ kind: 'tbf', handle: '1:' });
    expect(shown()?.packets).toBeGreaterThanOrEqual(before?.packets ?? 1);
    expect(kernel.apply([{ verb: 'delete', have: after }])).toEqual([{ ok: true, value: 'changed' }]);
    expect(see()).toBeUndefined();
  });

  it('of another type is replaced', () => {
    mustExec(`tc qdisc replace dev ${DEV} root handle 2: pfifo limit 10`.split(' '));
    expect(kernel.apply([{ verb: 'create', want: LIMIT }])).toEqual([{ ok: true, value: 'changed' }]);
    expect(shown()).toMatchObject({ kind: 'tbf', handle: '7600:' });
  });
});
