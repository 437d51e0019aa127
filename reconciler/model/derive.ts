/**
 * The desired State, derived from the document and the facts about pods' namespaces. Pure.
 */
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { Collection, type Desired } from './desired.ts';
import { collectEndpoint, type Namespaces } from './endpoints.ts';
import { modeOf } from './modes/registry.ts';
import { isReleased } from './networks.ts';
import { deriveNftTable } from './nft-table.ts';
import type { State } from './state.ts';

/**
 * Returns everything the node's kernel should hold, for pods as they were seen: one that was given another MAC keeps it.
 * Law: depends on nothing but its arguments; endpoints that are leaving or dead contribute nothing.
 */
export function derive(document: VnetDocument, namespaces: Namespaces, seen: State = new Map()): Desired {
  const desired = new Collection();
  collectTables(desired, document);
  for (const [name, network] of Object.entries(document.networks)) {
    desired.add(name, modeOf(network).network(name, network));
  }
  for (const id of Object.keys(document.endpoints ?? {})) {
    collectEndpoint(desired, document, id, { namespaces, seen });
  }
  return desired.finish();
}

/** A table is made for the first of the networks that contribute to it. */
function collectTables(desired: Collection, document: VnetDocument): void {
  const fragments = Object.entries(document.networks).flatMap(([name, network]) => {
    const fragment = isReleased(network) ? undefined : modeOf(network).rules?.(network);
    return fragment === undefined ? [] : [{ name, fragment }];
  });
  for (const family of new Set(fragments.map(({ fragment }) => fragment.family))) {
    const own = fragments.filter(({ fragment }) => fragment.family === family);
    const table = deriveNftTable(
      family,
      own.map(({ fragment }) => fragment),
    );
    desired.add(own[0]?.name ?? '', [table]);
  }
}
