/** The limits of kubenet, in the form of the document: a class of HTB on the bridge for each address and direction. Pure. */
import type { Bandwidth } from '../../../schemas/generated/vnet.ts';

/** Rates of addresses of pods. */
export type ShapedPods = ReadonlyMap<string, Bandwidth>;

/** `class htb 1:1 root prio 0 rate 10Mbit ceil 10Mbit burst 1600b cburst 1600b`. Source: tc-htb(8). */
const CLASS = /^class htb (\S+) .*\brate (\d+(?:\.\d+)?)([KMGT]?)bit/gm;
const POWERS = ['', 'K', 'M', 'G', 'T'];

/** `… flowid 1:1 …` and, on the next line, `match 0af40002/ffffffff at 16`. Source: tc-u32(8). */
const FILTER = /flowid (\S+)[^\n]*\n\s*match ([0-9a-f]{8})\/ffffffff at (12|16)\b/g;

/** The byte of the destination in a header of IPv4; the source is at 12. */
const DESTINATION = '16';

/** HTB has no bucket to speak of: a tenth of a second, and ten frames at least. Units: bits. */
const LEAST_BURST = 10 * 1514 * 8;

/**
 * Returns the limits by address, from the output of `tc class show` and `tc filter show` for the bridge: the limit of packets to
 * a pod is its ingress. Source: kubernetes, pkg/util/bandwidth/linux.go: classes of 1:, filters of u32 on addresses.
 */
export function parseShaper(classes: string, filters: string): ShapedPods {
  const rates = new Map(
    Array.from(classes.matchAll(CLASS), ([, id = '', number, power = '']) => [
      id,
      Number(number) * 1000 ** POWERS.indexOf(power),
    ]),
  );
  const pods = new Map<string, Bandwidth>();
  for (const [, id = '', hex = '', at] of filters.matchAll(FILTER)) {
    const rate = rates.get(id);
    if (rate === undefined) continue;
    const address = (hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).join('.');
    const limit = { rate, burst: Math.max(Math.round(rate / 10), LEAST_BURST) };
    const direction = at === DESTINATION ? 'ingress' : 'egress';
    pods.set(address, { ...pods.get(address), [direction]: limit });
  }
  return pods;
}
