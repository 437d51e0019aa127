/** Pools of tests. */
import type { Ipv4Pool } from '../../schemas/generated/vnet.ts';

/** Returns the static pool of 10.240.0.0/16 with these addresses. */
export function staticPool(...addresses: [string, ...string[]]): Ipv4Pool {
  return { source: 'static', subnet: '10.240.0.0/16', gateway: '10.240.0.1', addresses };
}
