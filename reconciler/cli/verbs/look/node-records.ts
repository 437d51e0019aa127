/** The node's recorded past: last round, generations, events. Read-only. */
import type { History } from '../../../document/history/history.ts';
import type { VnetEvent } from '../../../loop/files/event.ts';
import { readEvents } from '../../../loop/files/event-log.ts';
import { type NodeStatus, readStatus } from '../../../loop/files/status-file.ts';
import type { Tentative } from '../../../loop/change/tentative.ts';
import { readPauses } from '../../../loop/files/pause-file.ts';
import type { Pause } from '../../../plan/pause.ts';
import type { Result } from '../../../model/result.ts';
import type { Sys } from '../../../model/ports/sys.ts';
import { readTentative } from '../../../app/tentative-store.ts';
import { readLockHolders } from '../../../app/lock-holders.ts';
import type { NodePaths } from '../../../app/paths.ts';

/** The past, as far as recorded. Shape: `isAttaching`: an ADD, DEL or round is running. */
export type NodeRecords = {
  readonly status: () => NodeStatus | undefined;
  readonly history: History | undefined;
  readonly events: () => readonly VnetEvent[];
  readonly pauses: () => readonly Pause[];
  readonly tentative: () => Result<Tentative | undefined>;
  readonly isAttaching: () => boolean;
};

/** Returns the past of the node at these paths. Unreadable records count as absent. */
export function openNodeRecords(sys: Sys, paths: NodePaths, history: History | undefined): NodeRecords {
  const { runDirectory } = paths;
  return {
    status: () => readStatus(sys, runDirectory),
    history,
    events: () => readEvents(sys, runDirectory),
    pauses: () => {
      const pauses = readPauses(sys, runDirectory);
      return pauses.ok ? pauses.value : [];
    },
    tentative: () => readTentative(sys, paths),
    isAttaching: () => readLockHolders(sys, `${runDirectory}/round.lock`).length > 0,
  };
}
