/**
 * Creators of routes and neighbours, by protocol number. Pure.
 * Source: /etc/iproute2/rt_protos; 118 is ours.
 */
import { VNET_PROTOCOL } from '../../names.ts';

const PROTOCOLS: Readonly<Record<number, string>> = {
  2: 'kernel',
  3: 'boot',
  4: 'static',
  9: 'ra',
  16: 'dhcp',
  [VNET_PROTOCOL]: 'vnet',
};

/** Returns the name of the protocol number: `dhcp`, `vnet`. */
export function protocolName(protocol: number): string {
  return PROTOCOLS[protocol] ?? String(protocol);
}

/** Returns the text of a field `protocol`; undefined for other fields. */
export function showProtocol(field: string, value: unknown): string | undefined {
  return field === 'protocol' && typeof value === 'number' ? protocolName(value) : undefined;
}
