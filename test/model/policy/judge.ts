/** The verdict of compiled sets on a packet, as the rules of our table find it. Pure. */
import {
  type Family,
  familyOf,
  isInRange,
  parseAddress,
} from '../../../reconciler/model/addresses/address.ts';
import { readRange } from '../../../reconciler/model/addresses/address-list.ts';
import {
  DIRECTION_WORDS,
  namesOfChain,
  type PolicySets,
} from '../../../reconciler/model/policy/compiler/sets.ts';
import type { Direction } from '../../../reconciler/model/policy/rules.ts';

/** The first packet of a connection. Shape: `protocol` is its number; `port` is the destination's, absent where there is none. */
export type PolicyPacket = {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly port?: number;
};

/** Returns the direction in which the packet is denied; undefined if it passes. */
export function deniedIn(sets: PolicySets, packet: PolicyPacket): Direction | undefined {
  const { source, destination } = packet;
  const family = familyOf(source);
  if (family === undefined || source === destination) return undefined;
  const isOfNode = (address: string): boolean =>
    [...(sets.get(`node${family}`)?.keys() ?? [])].some((key) => isAddressIn(address, key));
  if (isOfNode(source) || isOfNode(destination)) return undefined;
  if (isDenied(sets, 'egress', family, { pod: source, peer: destination, packet })) return 'egress';
  if (isDenied(sets, 'ingress', family, { pod: destination, peer: source, packet })) return 'ingress';
  return undefined;
}

type Ends = { readonly pod: string; readonly peer: string; readonly packet: PolicyPacket };

function isDenied(
  sets: PolicySets,
  direction: Direction,
  family: Family,
  { pod, peer, packet }: Ends,
): boolean {
  const words = DIRECTION_WORDS[direction];
  const names = namesOfChain(sets.get(`${words.pods}${family}`)?.get(pod) ?? '');
  if (names === undefined) return false;
  const { protocol, port = 0 } = packet;
  const isIn = (name: string | undefined, parts: readonly (string | number)[]): boolean =>
    [...(sets.get(name ?? '')?.keys() ?? [])].some((key) => isKeyOf(key, parts));
  const number = sets.get(`${words.peers}${family}`)?.get(peer);
  const isGranted =
    number !== undefined && [names.ports, names.ranges].some((name) => isIn(name, [number, protocol, port]));
  return !isGranted && !isIn(names.blocks, [peer, protocol, port]);
}

function isKeyOf(key: string, parts: readonly (string | number)[]): boolean {
  return key.split(' . ').every((text, index) => {
    const part = parts[index];
    if (typeof part === 'string') return part === text || isAddressIn(part, text);
    const [first, last = first] = text.split('-').map(Number);
    return part !== undefined && first !== undefined && last !== undefined && part >= first && part <= last;
  });
}

function isAddressIn(address: string, text: string): boolean {
  const value = parseAddress(address);
  const range = readRange(text);
  return value !== undefined && range !== undefined && isInRange(value, range);
}
