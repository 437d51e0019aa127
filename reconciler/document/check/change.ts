/**
 * Whether an edit keeps a valid document valid: checks changed entries completely, all others only for
 * conflicts with them. Pure.
 */
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { normaliseAddress, withoutLength } from '../../model/addresses/address.ts';
import { ownValue } from '../../model/objects.ts';
import { checkEndpoints } from './endpoints.ts';
import type { EffectiveEdit } from '../edit.ts';

/**
 * Returns true if `after`, a valid document plus the edit's endpoints and released addresses, is valid.
 * Law: true implies that checkEndpoints finds nothing in `after`. False only means that a complete check is
 * needed.
 */
export function staysValid(after: VnetDocument, edit: EffectiveEdit): boolean {
  const claims = claimsOf(after, edit);
  if (claims === undefined) return false;
  for (const id of Object.keys(after.endpoints ?? {})) {
    const endpoint = edit.endpoints.has(id) ? undefined : after.endpoints?.[id];
    if (endpoint !== undefined && claims.contradict(networkOf(id), endpoint)) return false;
  }
  return true;
}

/**
 * Returns the unique values that the edit claims (`taken`, in lower case); undefined if the edit alone
 * breaks a rule.
 */
export function claimsOf(after: VnetDocument, edit: EffectiveEdit): Claims | undefined {
  const endpoints: Record<string, Endpoint> = {};
  const released: Record<string, string> = {};
  const claims = new Claims();
  for (const [id, endpoint] of edit.endpoints) {
    if (endpoint === undefined) continue;
    endpoints[id] = endpoint;
    const network = networkOf(id);
    claims.add(network, endpoint.hostVeth, endpoint.mac);
    for (const address of endpoint.addresses) {
      claims.add(network, addressOf(address));
      const key = `${network}/${withoutLength(address)}`;
      const time = ownValue(after.released, key);
      if (time) released[key] = time;
    }
  }
  for (const [key, time] of edit.released) {
    if (time === undefined) continue;
    released[key] = time;
    claims.add(networkOf(key), key.slice(key.indexOf('/') + 1));
  }
  return checkEndpoints({ ...after, endpoints, released }).length > 0 ? undefined : claims;
}

/** Unique values that the edit claims: interface names on the node, MACs and addresses within a network. */
class Claims {
  readonly #networks = new Set<string>();
  readonly taken = new Set<string>();

  add(network: string, ...taken: readonly (string | undefined)[]): void {
    this.#networks.add(network);
    for (const one of taken) if (one !== undefined) this.taken.add(one.toLowerCase());
  }

  contradict(network: string, { hostVeth, mac, addresses }: Endpoint): boolean {
    if (hostVeth !== undefined && this.taken.has(hostVeth.toLowerCase())) return true;
    if (!this.#networks.has(network)) return false;
    if (mac !== undefined && this.taken.has(mac.toLowerCase())) return true;
    for (const address of addresses) if (this.taken.has(addressOf(address))) return true;
    return false;
  }
}

function networkOf(id: string): string {
  return id.slice(0, id.indexOf('/'));
}

/** Returns the address of a prefix in the notation that claims use. */
export function addressOf(cidr: string): string {
  const address = withoutLength(cidr);
  return address.includes(':') ? normaliseAddress(address) : address;
}
