import { describe, expect, it } from 'vitest';
import { countLost } from './ping.ts';

const replies = (...numbers: readonly number[]): string =>
  numbers.map((number) => `64 bytes from 10.240.0.1: icmp_seq=${number} ttl=64 time=0.05 ms`).join('\n');

const statistics = (sent: number, received: number): string =>
  `\n--- 10.240.0.1 ping statistics ---\n${sent} packets transmitted, ${received} received, 0% packet loss\n`;

describe('the count of lost pings', () => {
  it('names the sequence numbers that were never answered', () => {
    expect(countLost(replies(1, 2, 5) + statistics(5, 3))).toEqual({ sent: 5, lost: [3, 4] });
  });

  it('forgives the last request, which may have been under way', () => {
    expect(countLost(replies(1, 2, 3) + statistics(4, 3))).toEqual({ sent: 3, lost: [] });
  });

  it('forgives no more than that', () => {
    expect(countLost(replies(1, 2) + statistics(4, 2))).toEqual({ sent: 4, lost: [3, 4] });
    expect(countLost(statistics(1, 0))).toEqual({ sent: 1, lost: [1] });
  });

  it('does not take an error of the gateway for an answer', () => {
    const refused = '\nFrom 10.240.0.35 icmp_seq=2 Destination Host Unreachable';
    expect(countLost(replies(1, 3) + refused + statistics(3, 2))).toEqual({ sent: 3, lost: [2] });
  });
});
