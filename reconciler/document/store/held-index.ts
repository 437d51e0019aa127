/** Index of the unique values held by endpoints, updated with each edit. Pure. */
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Address } from '../../model/addresses/address.ts';
import { parseEndpointId } from '../../model/names.ts';
import { addressesOf, type Held, type Holder, holderOf } from '../../model/addresses/pool.ts';
import { addressOf } from '../check/change.ts';
import type { EffectiveEdit } from '../edit.ts';

/**
 * The number of holders of each interface name, MAC and address on the node, and the holders of addresses by
 * network.
 * Law: equal to a new index of the document's endpoints.
 */
export class HeldIndex implements Held {
  readonly #counts = new Map<string, number>();
  readonly #holders = new Map<string, Map<Address, Holder>>();

  constructor(endpoints: VnetDocument['endpoints'] = {}) {
    for (const id of Object.keys(endpoints)) this.#add(id, endpoints[id]);
  }

  holders(network: string): ReadonlyMap<Address, Holder> {
    return this.#holders.get(network) ?? NO_HOLDERS;
  }

  hasMac(mac: string): boolean {
    return this.#counts.has(mac);
  }

  /** Returns true if only endpoints of the edit hold the values that it claims. */
  leave(
    { taken }: { readonly taken: ReadonlySet<string> },
    before: VnetDocument['endpoints'],
    edit: EffectiveEdit,
  ): boolean {
    const free = new Map<string, number>();
    for (const id of edit.endpoints.keys()) {
      for (const one of heldBy(before?.[id])) free.set(one, (free.get(one) ?? 0) + 1);
    }
    for (const one of taken) if ((this.#counts.get(one) ?? 0) > (free.get(one) ?? 0)) return false;
    return true;
  }

  /** Applies the edit. */
  change(before: VnetDocument['endpoints'], edit: EffectiveEdit): void {
    for (const [id, endpoint] of edit.endpoints) {
      this.#remove(id, before?.[id]);
      this.#add(id, endpoint);
    }
  }

  #add(id: string, endpoint: Endpoint | undefined): void {
    this.#count(endpoint, 1);
    if (endpoint === undefined) return;
    const { network } = parseEndpointId(id);
    const holders = this.#holders.get(network) ?? new Map<Address, Holder>();
    this.#holders.set(network, holders);
    const holder = holderOf(id, endpoint);
    for (const address of addressesOf(endpoint)) holders.set(address, holder);
  }

  #remove(id: string, endpoint: Endpoint | undefined): void {
    this.#count(endpoint, -1);
    if (endpoint === undefined) return;
    const holders = this.#holders.get(parseEndpointId(id).network);
    for (const address of addressesOf(endpoint)) {
      if (holders?.get(address)?.endpoint === id) holders.delete(address);
    }
  }

  #count(endpoint: Endpoint | undefined, by: number): void {
    for (const one of heldBy(endpoint)) {
      const count = (this.#counts.get(one) ?? 0) + by;
      if (count > 0) this.#counts.set(one, count);
      else this.#counts.delete(one);
    }
  }
}

const NO_HOLDERS: ReadonlyMap<Address, Holder> = new Map();

function heldBy(endpoint: Endpoint | undefined): readonly string[] {
  if (endpoint === undefined) return [];
  const { hostVeth, mac, addresses } = endpoint;
  const held = addresses.map(addressOf);
  if (hostVeth !== undefined) held.push(hostVeth.toLowerCase());
  if (mac !== undefined) held.push(mac.toLowerCase());
  return held;
}
