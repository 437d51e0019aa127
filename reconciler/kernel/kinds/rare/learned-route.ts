/** Which default routes the kernel has learned from router advertisements: rtnetlink does not tell. */
import { RA_PROTOCOL } from '../../../model/names.ts';
import { FLAGS, type Sys } from '../../../model/ports/sys.ts';
import { HOST, type NetObject, type RouteObject } from '../../../model/state.ts';
import { ipBytes } from '../../netlink/bytes.ts';

/** Source: RTF_DEFAULT and RTF_ADDRCONF of linux/ipv6_route.h. */
const LEARNED = 0x10000 + 0x40000;

const FILE = '/proc/net/ipv6_route';
const GATEWAY = 4;
const METRIC = 5;
const IPV6_FLAGS = 8;
const DEVICE = 9;

/** Ensures that the learned ones among the objects of the node say so. */
export function markLearned(sys: Sys, objects: NetObject[]): void {
  if (!objects.some(isCandidate)) return;
  const learned = readLearned(sys);
  for (const [index, object] of objects.entries()) {
    if (isCandidate(object) && learned.has(placeOf(object))) objects[index] = { ...object, learned: true };
  }
}

function isCandidate(object: NetObject): object is RouteObject & { readonly via: string } {
  return (
    object.kind === 'route' &&
    object.netns === HOST &&
    object.family === 6 &&
    object.to === 'default' &&
    object.protocol === RA_PROTOCOL &&
    object.dynamic === true &&
    object.via !== undefined
  );
}

function placeOf({
  via,
  metric,
  dev,
}: {
  readonly via: string;
  readonly metric: number;
  readonly dev: string;
}): string {
  const gateway = Array.from(ipBytes(via), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${gateway} ${metric} ${dev}`;
}

/** Empty if the file cannot be read. */
function readLearned(sys: Sys): ReadonlySet<string> {
  const fd = sys.open(FILE, FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
  if (fd < 0) return new Set();
  const bytes = sys.readAll(fd);
  sys.close(fd);
  if (typeof bytes === 'number') return new Set();
  const lines = new TextDecoder().decode(bytes).split('\n');
  return new Set(
    lines.flatMap((line) => {
      const fields = line.trim().split(/\s+/);
      const flags = Number.parseInt(fields[IPV6_FLAGS] ?? '', 16);
      if ((flags & LEARNED) !== LEARNED) return [];
      return [`${fields[GATEWAY]} ${Number.parseInt(fields[METRIC] ?? '', 16)} ${fields[DEVICE]}`];
    }),
  );
}
