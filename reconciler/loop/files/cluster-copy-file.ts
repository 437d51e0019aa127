/** When the agent last followed the cluster: its copy of policies, pods and namespaces was current then. Lost at a reboot. */
import type { Sys } from '../../model/ports/sys.ts';
import { encodeJson, ensureDirectory, readJsonCache, replaceCache } from '../../os/file.ts';
import { isText, withFields } from '../../model/objects.ts';

/** Shape: `followed` as a date of ISO 8601. */
type ClusterCopyRecord = { readonly followed: string };

/** Returns the time; undefined on a node without an agent, or before its first copy. Units: milliseconds since 1970. */
export function readFollowedMs(sys: Sys, runDirectory: string): number | undefined {
  const record = readJsonCache(sys, pathOf(runDirectory), isClusterCopyRecord);
  const followedMs = Date.parse(record?.followed ?? '');
  return Number.isNaN(followedMs) ? undefined : followedMs;
}

/** Records that the agent follows the cluster at this time. A failure is ignored: the copy seems older then. */
export function writeFollowed(sys: Sys, runDirectory: string, followed: string): void {
  ensureDirectory(sys, runDirectory, 0o700);
  replaceCache(sys, pathOf(runDirectory), encodeJson({ followed } satisfies ClusterCopyRecord));
}

const isClusterCopyRecord = withFields<ClusterCopyRecord>({ followed: isText });

function pathOf(runDirectory: string): string {
  return `${runDirectory}/cluster-copy.json`;
}
