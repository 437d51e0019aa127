/** Lists the nftables tables of the node without a tool: starting nft takes longer than the rest of a round. */
import type { FilterFamily, FilterTable } from '../../model/filter/ruleset.ts';
import { FLAGS, type Sys } from '../../model/ports/sys.ts';
import { dumpTables, parseTable } from '../netlink/nftables.ts';
import { NetlinkSocket, ReceiveBuffer } from '../netlink/socket.ts';
import { isOwnTable } from './nft-ruleset.ts';

/** A table by name. */
export type NamedTable = Pick<FilterTable, 'family' | 'name'>;

/** Source: enum in linux/netfilter.h. */
const FAMILIES: Readonly<Record<FilterFamily, number>> = { inet: 1, ip: 2, netdev: 5, bridge: 7, ip6: 10 };

/** Returns all tables except ours; undefined if the kernel does not list them. */
export function listForeignTables(sys: Sys): readonly NamedTable[] | undefined {
  const options = { protocol: FLAGS.NETLINK_NETFILTER, readOnly: true, buffer: new ReceiveBuffer() };
  const socket = NetlinkSocket.open(sys, options);
  if (!socket.ok) return undefined;
  const listed = socket.value.dump(dumpTables(), parseTable, 'list the tables of nftables');
  socket.value.close();
  if (!listed.ok) return undefined;
  return listed.value.flatMap(({ family: number, name }) =>
    FAMILY_NAMES.flatMap((family) =>
      FAMILIES[family] === number && !isOwnTable({ family, name }) ? [{ family, name }] : [],
    ),
  );
}

const FAMILY_NAMES = ['inet', 'ip', 'netdev', 'bridge', 'ip6'] as const satisfies readonly FilterFamily[];
