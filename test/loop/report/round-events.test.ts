import { describe, expect, it } from 'vitest';
import { endpointOf, bootedKernel, documentOf } from '../../support/node.ts';
import { createMemorySession } from '../../support/memory-session.ts';
import { play } from '../watch/watch-support.ts';

const PODS = Array.from({ length: 12 }, (_, pod) => pod);

describe('events of a round', () => {
  it('is one event of each sort for each kind of object where there are more than ten', async () => {
    const at = { now: new Date('2026-11-21T12:00:00.000Z') };
    const played = await play({
      session: createMemorySession(bootedKernel(PODS), documentOf(PODS), at),
      at,
    });
    await played.pass(2000);
    for (const pod of PODS) {
      const { addresses, hostVeth = '', mac = '' } = endpointOf(pod);
      const [address = ''] = addresses[0].split('/');
      played.session.kernel.tamper({
        verb: 'delete',
        have: { kind: 'neighbour', netns: '', dev: 'azure0', address, mac, protocol: 118 },
      });
      played.session.kernel.tamper({
        verb: 'delete',
        have: { kind: 'fdb', netns: '', dev: hostVeth, mac },
      });
    }
    const before = played.events.length;
    played.scan();
    await played.pass(10);
    const said = played.events.slice(before);
    expect(said.map(({ type }) => type)).toEqual(['Drift', 'Drift', 'Repaired', 'Repaired']);
    for (const { message } of said) expect(message).toContain('11');
  });
});
