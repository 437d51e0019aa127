/** Derives the desired State from the document and facts about namespaces. Pure. */
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { Collection, type Desired } from './desired.ts';
import { collectEndpoint, type NamespaceFacts } from './endpoints.ts';
import { ipv6Off, withoutIpv6 } from './modes/ipv6-off.ts';
import { modeOf } from './modes/registry.ts';
import { isReleased } from './networks.ts';
import { collectPolicies, brouteFragments } from './policy/desired.ts';
import type { DerivedPolicies } from './policy/policy-input.ts';
import { deriveNftTable } from './nft-table.ts';
import type { State } from './state.ts';

/**
 * Returns the desired State of the whole node, for pods as observed: a MAC changed in a pod is kept.
 * Shape: `policies` are those of the whole node, also where `document` has only a part of its endpoints.
 * Law: depends on its arguments only; leaving and dead endpoints contribute nothing.
 */
export function derive(
  document: VnetDocument,
  namespaces: NamespaceFacts,
  seen?: State,
  policies?: DerivedPolicies,
): Desired {
  const desired = new Collection();
  collectTables(desired, document, policies !== undefined);
  if (policies !== undefined) collectPolicies(desired, document, policies, namespaces);
  for (const [name, network] of Object.entries(document.networks)) {
    if (seen !== undefined) desired.add(name, modeOf(network).restores?.(network, seen) ?? []);
  }
  for (const [name, network] of Object.entries(document.networks)) {
    const objects = modeOf(network).network(name, network, seen);
    const off = seen === undefined ? undefined : ipv6Off(network, seen);
    desired.add(name, off === undefined ? objects : withoutIpv6(objects, off));
  }
  for (const id of Object.keys(document.endpoints ?? {})) {
    collectEndpoint(desired, document, id, { namespaces, seen: seen ?? new Map() });
  }
  return desired.finish();
}

/** A table belongs to the first network that contributes to it. */
function collectTables(desired: Collection, document: VnetDocument, isPoliced: boolean): void {
  const fragments = Object.entries(document.networks).flatMap(([name, network]) => {
    const own = isReleased(network) ? undefined : modeOf(network).rules?.(network, name);
    const lift = isPoliced ? brouteFragments(network) : [];
    return [...(own ?? []), ...lift].map((fragment) => ({ name, fragment }));
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
