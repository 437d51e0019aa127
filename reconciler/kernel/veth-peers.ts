/** Finds the namespaces behind the host's veths, whichever program created them. Read-only. */
import { familyOf, withoutLength } from '../model/addresses/address.ts';
import type { VethPeer } from '../model/ports/veth-peer.ts';
import { ok, type Result } from '../model/result.ts';
import { HOST, type NetnsPath } from '../model/state.ts';
import type { Sys } from '../model/ports/sys.ts';
import { dumpLinks, type LinkFact } from './netlink/link.ts';
import type { BodyReader } from './netlink/reader.ts';
import type { NetlinkSocket } from './netlink/socket.ts';
import { BodyWriter } from './netlink/writer.ts';
import { readAddresses } from './kinds/address.ts';
import { listRoutes } from './kinds/route.ts';
import { orAbsent, readLinks } from './read.ts';
import { Sockets } from './sockets.ts';

const IFINFOMSG_BYTES = 16;
const IFLA_LINK_NETNSID = 37;
const RTM_GETNSID = 90;
const RTGENMSG_BYTES = 4;
const NETNSA_NSID = 1;
const NETNSA_FD = 3;

/**
 * Returns the peers of host veths in these namespaces. If two paths lead to one namespace, or two namespaces
 * match one veth, the first counts. Namespaces that end meanwhile are skipped.
 */
export function findVethPeers(sys: Sys, paths: readonly NetnsPath[]): Result<readonly VethPeer[]> {
  const sockets = new Sockets(sys, { readOnly: true, lifetime: 'round' });
  try {
    const socket = sockets.route(HOST);
    if (!socket.ok) return socket;
    const links = readLinks(socket.value);
    if (!links.ok) return links;
    const places = readPeerNamespaces(socket.value);
    if (!places.ok) return places;
    const veths = new Map(
      links.value.filter(({ kind }) => kind === 'veth').map((link) => [link.index, link]),
    );
    const found: VethPeer[] = [];
    const seen = new Set<number>();
    const known = new Set<string>();
    for (const netns of paths) {
      const fact = sockets.namespaces.stat(netns);
      if (!fact.ok || fact.value === 'gone' || seen.has(fact.value.inode)) continue;
      seen.add(fact.value.inode);
      const nsid = readNamespaceId(sockets, netns);
      if (!nsid.ok) return nsid;
      // Interfaces of other namespaces may have the same numbers.
      const here = new Map([...veths].filter(([index]) => places.value.get(index) === nsid.value));
      // A namespace behind none of them is of another program, which may change its links all the time.
      if (nsid.value === undefined || here.size === 0) continue;
      const ends = orAbsent(readEnds(sockets, netns, here), []);
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

/** Returns the number of the peer's namespace, by the link's index. */
function readPeerNamespaces(socket: NetlinkSocket): Result<ReadonlyMap<number, number>> {
  const found = socket.dump(dumpLinks(), parsePeerNamespace, 'list the namespaces of peers');
  return found.ok ? ok(new Map(found.value)) : found;
}

function parsePeerNamespace(body: BodyReader): readonly [number, number] | undefined {
  const nsid = body.attribute(IFINFOMSG_BYTES, IFLA_LINK_NETNSID);
  return nsid === undefined ? undefined : [body.at32(4), nsid.at32signed(0)];
}

/** Returns the node's number of the namespace; undefined if it has none, or has ended. Source: net_namespace.h, RTM_GETNSID. */
function readNamespaceId(sockets: Sockets, netns: NetnsPath): Result<number | undefined> {
  const fd = orAbsent(sockets.namespaces.open(netns), undefined);
  if (!fd.ok || fd.value === undefined) return fd.ok ? ok(undefined) : fd;
  const socket = sockets.route(HOST);
  const body = new BodyWriter().put32(0).u32(NETNSA_FD, fd.value).finish();
  const id = socket.ok
    ? socket.value.get(
        { type: RTM_GETNSID, flags: 0, body },
        (answer) => answer.attribute(RTGENMSG_BYTES, NETNSA_NSID)?.at32signed(0),
        'read the number of a namespace',
      )
    : socket;
  sockets.sys.close(fd.value);
  // A namespace that ended after its path was read leaves the file on which ip-netns(8) mounts it.
  return !id.ok && id.error.code === 'invalid' ? ok(undefined) : id;
}

function readEnds(
  sockets: Sockets,
  netns: NetnsPath,
  veths: ReadonlyMap<number, LinkFact>,
): Result<readonly Omit<VethPeer, 'netns' | 'netnsInode'>[]> {
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
