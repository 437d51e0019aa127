/** Sets of transport protocols and ports. Pure. */
import type { TransportProtocol } from '../members.ts';

/** Ports from `first` to `last`, both included. */
export type PortRange = { readonly first: number; readonly last: number };

/**
 * A set of protocols and ports.
 * Shape: the ranges of each protocol are disjoint, merged and in order. `others`: every protocol without ports here, such as ICMP.
 */
export type PortSet = {
  readonly others: boolean;
  readonly ranges: Readonly<Record<TransportProtocol, readonly PortRange[]>>;
};

/** The protocols, with their numbers, in the order of the numbers. Source: IANA, Assigned Internet Protocol Numbers. */
const PROTOCOL_NUMBERS: readonly (readonly [TransportProtocol, number])[] = [
  ['TCP', 6],
  ['UDP', 17],
  ['SCTP', 132],
];

/** All ports. */
export const ALL_PORTS: PortRange = { first: 0, last: 65_535 };

/** The set without elements. */
export const NO_PORTS: PortSet = { others: false, ranges: { TCP: [], UDP: [], SCTP: [] } };

/** All traffic. */
export const EVERYTHING: PortSet = {
  others: true,
  ranges: { TCP: [ALL_PORTS], UDP: [ALL_PORTS], SCTP: [ALL_PORTS] },
};

/** Returns the set of the ports of one protocol. */
export function portsOf(protocol: TransportProtocol, range: PortRange): PortSet {
  return { others: false, ranges: { ...NO_PORTS.ranges, [protocol]: [range] } };
}

/** Returns the union of the sets. */
export function unionOfPorts(sets: readonly PortSet[]): PortSet {
  const [only] = sets;
  if (only !== undefined && sets.every((set) => set === only)) return only;
  const merged = (protocol: TransportProtocol): readonly PortRange[] =>
    mergePorts(sets.flatMap(({ ranges }) => ranges[protocol]));
  return {
    others: sets.some(({ others }) => others),
    ranges: { TCP: merged('TCP'), UDP: merged('UDP'), SCTP: merged('SCTP') },
  };
}

/** Returns the intersection of two sets. */
export function commonPorts(left: PortSet, right: PortSet): PortSet {
  const both = (protocol: TransportProtocol): readonly PortRange[] =>
    left.ranges[protocol].flatMap((one) =>
      right.ranges[protocol].flatMap((other) => {
        const [first, last] = [Math.max(one.first, other.first), Math.min(one.last, other.last)];
        return first <= last ? [{ first, last }] : [];
      }),
    );
  return {
    others: left.others && right.others,
    ranges: { TCP: both('TCP'), UDP: both('UDP'), SCTP: both('SCTP') },
  };
}

/** Returns the set in words: `all`, `nothing`, or `TCP 80, UDP 53-60`. */
export function renderPorts({ others, ranges }: PortSet): string {
  const words = PROTOCOL_NUMBERS.flatMap(([name]) => {
    if (ranges[name].some(isAll)) return [name];
    return ranges[name].map((range) => `${name} ${rangeText(range)}`);
  });
  if (others && words.join() === PROTOCOL_NUMBERS.map(([name]) => name).join()) return 'all';
  const all = others ? [...words, 'other protocols'] : words;
  return all.length === 0 ? 'nothing' : all.join(', ');
}

function mergePorts(ranges: readonly PortRange[]): readonly PortRange[] {
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of ranges.toSorted((left, right) => left.first - right.first)) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous.last + 1) previous.last = Math.max(previous.last, last);
    else merged.push({ first, last });
  }
  return merged;
}

/**
 * Returns the set as keys of an interval set of nft: `inet_proto . inet_service`. No two of them overlap.
 * Source: nft refuses overlapping intervals, even equal verdicts.
 */
export function portKeys({ others, ranges }: PortSet): readonly string[] {
  if (others && PROTOCOL_NUMBERS.every(([name]) => ranges[name].some(isAll))) return ['0-255 . 0-65535'];
  const keys: string[] = [];
  let next = 0;
  for (const [name, number] of PROTOCOL_NUMBERS) {
    if (others) keys.push(`${rangeText({ first: next, last: number - 1 })} . 0-65535`);
    keys.push(...ranges[name].map((range) => `${number} . ${rangeText(range)}`));
    next = number + 1;
  }
  if (others) keys.push(`${rangeText({ first: next, last: 255 })} . 0-65535`);
  return keys;
}

/** The most ports of a range that are single elements: a hash is asked sooner than an interval set. */
const MAX_SINGLES = 8;

function isNarrow({ first, last }: PortRange): boolean {
  return last - first < MAX_SINGLES;
}

function rangesIn({ ranges }: PortSet): readonly PortRange[] {
  return PROTOCOL_NUMBERS.flatMap(([name]) => ranges[name]);
}

/** Returns true if the set has ports that are single elements. */
export function hasSingles(set: PortSet): boolean {
  return rangesIn(set).some(isNarrow);
}

/** Returns true if the set has more than a few ports in a row, or protocols without ports. */
export function hasWide(set: PortSet): boolean {
  return set.others || rangesIn(set).some((range) => !isNarrow(range));
}

/**
 * Returns the set as keys of a set of single ports and of one of ranges, of which one may be missing. Law: the keys of both have exactly the
 * ports of the set. Shape: without a set of ranges, the set is a union of such as hasWide() is not true of.
 */
export function splitKeys(
  set: PortSet,
  { hasPorts, hasRanges }: { readonly hasPorts: boolean; readonly hasRanges: boolean },
): { readonly ports: readonly string[]; readonly ranges: readonly string[] } {
  if (!hasPorts) return { ports: [], ranges: portKeys(set) };
  const isSingle = (range: PortRange): boolean => !hasRanges || isNarrow(range);
  const ports = PROTOCOL_NUMBERS.flatMap(([name, number]) =>
    set.ranges[name]
      .filter(isSingle)
      .flatMap(({ first, last }) =>
        Array.from({ length: last - first + 1 }, (_, at) => `${number} . ${first + at}`),
      ),
  );
  const wide = (protocol: TransportProtocol): readonly PortRange[] =>
    set.ranges[protocol].filter((range) => !isSingle(range));
  const ranges = { TCP: wide('TCP'), UDP: wide('UDP'), SCTP: wide('SCTP') };
  return { ports, ranges: portKeys({ others: set.others, ranges }) };
}

function isAll({ first, last }: PortRange): boolean {
  return first === 0 && last === ALL_PORTS.last;
}

function rangeText({ first, last }: PortRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}
