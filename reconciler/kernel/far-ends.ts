/** Finds the namespaces behind the host's veths, whichever program created them. Read-only. */
import { familyOf, withoutLength } from '../model/addresses/address.ts';
import type { FarEnd } from '../model/ports/far-end.ts';
import { ok, type Result } from '../model/result.ts';
import { HOST, type NetnsPath } from '../model/state.ts';
import type { Sys } from '../model/ports/sys.ts';
import type { LinkFact } from './netlink/link.ts';
import { readAddresses } from './kinds/address.ts';
import { listRoutes } from './kinds/route.ts';
import { orAbsent, readLinks } from './read.ts';
import { Sockets } from './sockets.ts';

/**
 * Returns the peers of host veths in these namespaces. If two paths lead to one namespace, or two namespaces
 * match one veth, the first counts. Namespaces that end meanwhile are skipped.
 */
export function findFarEnds(sys: Sys, paths: readonly NetnsPath[]): Result<readonly FarEnd[]> {
  const sockets = new Sockets(sys, { readOnly: true, lifetime: 'round' });
  try {
    const socket = sockets.route(HOST);
    if (!socket.ok) return socket;
    const links = readLinks(socket.value);
    if (!links.ok) return links;
    const veths = new Map(
      links.value.filter(({ kind }) => kind === 'veth').map((link) => [link.index, link]),
    );
    const found: FarEnd[] = [];
    const seen = new Set<number>();
    const known = new Set<string>();
    for (const netns of paths) {
      const fact = sockets.namespaces.stat(netns);
      if (!fact.ok || fact.value === 'gone' || seen.has(fact.value.inode)) continue;
      seen.add(fact.value.inode);
      const ends = orAbsent(readEnds(sockets, netns, veths), []);
      sockets.leavePods();
      if (!ends.ok) return ends;
      const { inode } = fact.value;
      for (const end of ends.value.filter(({ hostVeth }) => !known.has(hostVeth))) {
        known.add(end.hostVeth);
        found.push({ ...end, netns, netnsInode: inode });
      }
    }
    return ok(found);
  } finally {
    sockets.close();
  }
}

function readEnds(
  sockets: Sockets,
  netns: NetnsPath,
  veths: ReadonlyMap<number, LinkFact>,
): Result<readonly Omit<FarEnd, 'netns' | 'netnsInode'>[]> {
  const socket = sockets.route(netns);
  if (!socket.ok) return socket;
  const links = readLinks(socket.value);
  if (!links.ok) return links;
  const addresses = readAddresses(socket.value, 0);
  if (!addresses.ok) return addresses;
  const routes = listRoutes(socket.value);
  if (!routes.ok) return routes;
  return ok(
    links.value.flatMap((link) => {
      const host = veths.get(link.peerIndex);
      if (host === undefined || !isPair(host, link)) return [];
      const own = addresses.value.filter(({ index }) => index === link.index);
      const gateways = routes.value.flatMap(({ index, to, via, tos }) =>
        index === link.index && to === 'default' && via && tos === undefined ? [withoutLength(via)] : [],
      );
      return [
        {
          hostVeth: host.name,
          ifName: link.name,
          mac: link.mac ?? '',
          addresses: own.map(({ address }) => address),
          gateways: ([4, 6] as const).flatMap(
            (family) => gateways.find((gateway) => familyOf(gateway) === family) ?? [],
          ),
        },
      ];
    }),
  );
}

function isPair(host: LinkFact, far: LinkFact): boolean {
  return far.kind === 'veth' && host.peerIndex === far.index && host.isPeerElsewhere && far.isPeerElsewhere;
}
