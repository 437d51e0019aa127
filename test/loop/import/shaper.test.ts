/** The limits of kubenet, as tc 6.1 shows them. */
import { describe, expect, it } from 'vitest';
import { parseShaper } from '../../../reconciler/loop/import/shaper.ts';

const CLASSES = `class htb 1:1 root prio 0 rate 10Mbit ceil 10Mbit burst 1600b cburst 1600b
class htb 1:2 root prio 0 rate 512Kbit ceil 512Kbit burst 1600b cburst 1600b
class htb 1:30 root prio 0 rate 1500bit ceil 1500bit burst 1600b cburst 1600b
`;

const filter = (flow: string, match: string): string =>
  `filter parent 1: protocol ip pref 1 u32 chain 0 fh 800::800 order 2048 key ht 800 bkt 0 flowid ${flow} not_in_hw
  match ${match}
`;

describe('the limits of kubenet', () => {
  it('are those of the classes that its filters name, for each address and direction', () => {
    const filters =
      'filter parent 1: protocol ip pref 1 u32 chain 0 fh 800: ht divisor 1\n' +
      filter('1:1', '0af40002/ffffffff at 16') +
      filter('1:2', '0af40002/ffffffff at 12') +
      filter('1:30', '0af400ff/ffffffff at 12');
    expect(Object.fromEntries(parseShaper(CLASSES, filters))).toEqual({
      '10.244.0.2': {
        ingress: { rate: 10_000_000, burst: 1_000_000 },
        egress: { rate: 512_000, burst: 121_120 },
      },
      '10.244.0.255': { egress: { rate: 1500, burst: 121_120 } },
    });
  });

  it('are none for prefixes, for classes that do not exist, and without any', () => {
    const others = filter('1:1', '0af40000/ffffff00 at 16') + filter('1:9', '0af40003/ffffffff at 16');
    expect([parseShaper(CLASSES, others).size, parseShaper('', '').size]).toEqual([0, 0]);
  });
});
