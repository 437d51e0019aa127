/** IP forwarding, which every mode needs whose node routes to its pods. Pure. */
import { HOST, keyOf, type SysctlObject, type State } from '../../state.ts';

/** The sysctl without which the node does not forward. */
export const FORWARDING: SysctlObject = {
  kind: 'sysctl',
  netns: HOST,
  name: 'net/ipv4/ip_forward',
  value: '1',
};

/** Returns true if the node forwards. */
export function isForwarding(state: State): boolean {
  const seen = state.get(keyOf(FORWARDING));
  return seen?.kind === 'sysctl' && seen.value === FORWARDING.value;
}
