import { describe, expect, it } from 'vitest';
import {
  createSimulatedKernel,
  type SimulatedKernel,
} from '../../../reconciler/kernel/simulated/simulated.ts';
import { planNetworks } from '../../../reconciler/loop/node/plan-node.ts';
import { ensureNetworks } from '../../../reconciler/loop/takeover/takeover.ts';
import { failure } from '../../../reconciler/model/result.ts';
import { keyOf, type NetObject } from '../../../reconciler/model/state.ts';
import { subjectOf } from '../../../reconciler/model/ports/kernel.ts';
import { createMemorySession } from '../../support/memory-session.ts';
import { documentOf, NETWORK, UPLINK_CONFIGURATION } from '../../support/node.ts';

const document = documentOf([]);

/** DHCP's configuration of the uplink, each object with attributes unknown to vnet. */
const CONFIGURATION = UPLINK_CONFIGURATION.map((object, index): NetObject => {
  const rest = [`8.11 ${String(index).padStart(2, '0')}000000`, '11 07000500'];
  return object.kind === 'address' || object.kind === 'route' ? { ...object, rest } : object;
});

function bootedWithRest(): SimulatedKernel {
  const kernel = createSimulatedKernel();
  const eth0 = { kind: 'link', netns: '', name: 'eth0', type: 'device', mac: '00:0d:3a:51:c4:90' } as const;
  kernel.addDevice(eth0, CONFIGURATION);
  return kernel;
}

/** Objects with unknown attributes as text, independent of their interface. */
function restsOn(kernel: SimulatedKernel, dev: string): readonly string[] {
  const { objects } = JSON.parse(kernel.dump()) as {
    objects: (NetObject & { dev?: string; rest?: unknown })[];
  };
  return objects
    .filter((object) => object.dev === dev && object.rest !== undefined)
    .map((object) => `${keyOf(object).replace(` dev ${dev}`, '')} ${JSON.stringify(object.rest)}`)
    .toSorted();
}

function stepKeys(): readonly string[] {
  const planned = planNetworks(bootedWithRest(), document);
  if (!planned.ok) throw new Error(planned.error.message);
  return planned.value.plan.steps.map(({ change }) => `${change.verb} ${keyOf(subjectOf(change))}`);
}

describe('unknown attributes of an uplink', () => {
  it('move to the bridge with its objects, and back on release', () => {
    const kernel = bootedWithRest();
    const before = restsOn(kernel, 'eth0');
    expect(before).toHaveLength(CONFIGURATION.length);
    const session = createMemorySession(kernel, document);
    expect(ensureNetworks(session, document)).toMatchObject({ ok: true });
    expect([restsOn(kernel, 'eth0'), restsOn(kernel, 'azure0')]).toEqual([[], before]);
    expect(ensureNetworks(session, document)).toEqual({ ok: true, value: [] });
    const released = documentOf([], { ...NETWORK, uplink: { ...NETWORK.uplink, released: true } });
    expect(ensureNetworks(session, released)).toMatchObject({ ok: true });
    expect([restsOn(kernel, 'eth0'), restsOn(kernel, 'azure0')]).toEqual([before, []]);
  });

  it.each(stepKeys())('are unchanged when this fails: %s', (key) => {
    const kernel = bootedWithRest();
    const before = restsOn(kernel, 'eth0');
    kernel.failNext(
      (change) => `${change.verb} ${keyOf(subjectOf(change))}` === key,
      failure('io', key, 'made to fail by the test'),
    );
    expect(ensureNetworks(createMemorySession(kernel, document), document)).toMatchObject({ ok: false });
    expect([restsOn(kernel, 'eth0'), restsOn(kernel, 'azure0')]).toEqual([before, []]);
  });
});
