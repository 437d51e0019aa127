import { describe, expect, it } from 'vitest';
import { hasNamespaces } from '../support/namespaces.ts';
import { makeNetns, uniqueName } from '../support/netns.ts';
import { answers, countLost, startPing } from './ping.ts';

const replies = (...numbers: readonly number[]): string =>
  numbers.map((number) => `64 bytes from 10.240.0.1: icmp_seq=${number} ttl=64 time=0.05 ms`).join('\n');

describe('the count of lost pings', () => {
  it('names the sequence numbers that were never answered', () => {
    expect(countLost(replies(1, 2, 5), 5)).toEqual({ sent: 5, lost: [3, 4] });
    expect(countLost(replies(1, 2), 4)).toEqual({ sent: 4, lost: [3, 4] });
    expect(countLost('', 1)).toEqual({ sent: 1, lost: [1] });
  });

  it('is that of the requests before the end alone', () => {
    expect(countLost(replies(1, 2, 3, 4), 3)).toEqual({ sent: 3, lost: [] });
  });

  it('does not take an error of the gateway for an answer', () => {
    const refused = '\nFrom 10.240.0.35 icmp_seq=2 Destination Host Unreachable\n';
    expect(countLost(replies(1) + refused + replies(3), 3)).toEqual({ sent: 3, lost: [2] });
  });
});

describe.skipIf(!hasNamespaces)('a ping', () => {
  it('does not wait for replies where a rule rejects its requests: they are lost', async () => {
    const space = makeNetns(uniqueName('ping'));
    try {
      const rules = `table inet t { chain c { type filter hook input priority 0; icmp type echo-request reject with icmpx admin-prohibited; }; }\n`;
      space.mustExec(['nft', '-f', '-'], { input: rules });
      const cut = startPing(space, '127.0.0.1', { patienceMs: 600_000 });
      await cut.heard(4);
      const { sent, lost } = await cut.stop();
      expect([sent >= 4, lost.length]).toEqual([true, sent]);
      expect(await answers(space, '127.0.0.1')).toBe(false);
    } finally {
      space.remove();
    }
  });

  it('counts lost packets in between, and none in flight at the end', async () => {
    const space = makeNetns(uniqueName('ping'));
    try {
      const good = startPing(space, '127.0.0.1');
      await good.answered(20);
      expect((await good.stop()).lost).toEqual([]);
      const cut = startPing(space, '127.0.0.1');
      await cut.answered(5);
      space.mustExec(['ip', 'link', 'set', 'lo', 'down']);
      await new Promise((resolve) => setTimeout(resolve, 100));
      space.mustExec(['ip', 'link', 'set', 'lo', 'up']);
      await cut.answered(5);
      const { sent, lost } = await cut.stop();
      expect(lost.length).toBeGreaterThan(0);
      expect(sent).toBeGreaterThan(lost.length);
    } finally {
      space.remove();
    }
  });
});
