/** Who holds what no two endpoints may have, counted from change to change. Pure. */
import type { Endpoint, VnetDocument } from '../../schemas/generated/vnet.ts';
import { addressOf } from './check-change.ts';
import type { EffectiveEdit } from './edit.ts';

/** How often each name, MAC and address is held, in whatever network: for who keeps it up to date from change to change. */
export class Holdings {
  readonly #counts = new Map<string, number>();

  constructor(endpoints: VnetDocument['endpoints'] = {}) {
    for (const id of Object.keys(endpoints)) this.#add(endpoints[id], 1);
  }

  /** Returns true when nobody but the endpoints that the edit is about holds what it claims. */
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

  /** Notes the edit. */
  change(before: VnetDocument['endpoints'], edit: EffectiveEdit): void {
    for (const [id, endpoint] of edit.endpoints) {
      this.#add(before?.[id], -1);
      this.#add(endpoint, 1);
    }
  }

  #add(endpoint: Endpoint | undefined, by: number): void {
    for (const one of heldBy(endpoint)) {
      const count = (this.#counts.get(one) ?? 0) + by;
      if (count > 0) this.#counts.set(one, count);
      else this.#counts.delete(one);
    }
  }
}

function heldBy(endpoint: Endpoint | undefined): readonly string[] {
  if (endpoint === undefined) return [];
  const { hostVeth, mac, addresses } = endpoint;
  const held = addresses.map(addressOf);
  if (hostVeth !== undefined) held.push(hostVeth.toLowerCase());
  if (mac !== undefined) held.push(mac.toLowerCase());
  return held;
}
