/** Checks of vnet's own state: document, locks, disk, clock. Pure. */
import { type Check, flagged, passed, problem, type Verdict, warning } from './check.ts';
import type { Facts } from './facts.ts';

/** A lock is held for one round at most. Units: milliseconds. */
const LONG_MS = 60_000;

/** Enough for a document of 4000 endpoints and its history. Units: bytes. */
const NEEDED_BYTES = 64 * 1024 * 1024;

/** Clocks in a cluster differ by less. Units: milliseconds. */
const JUMP_MS = 60_000;

function judgeDocument({ document: { path, isThere, problem: invalid, refused } }: Facts): Verdict {
  if (invalid !== undefined)
    return problem(invalid, `vnet validate ${path} shows all errors; then vnet edit`);
  if (refused !== undefined) {
    return warning(`refused edit: ${refused}`, 'finish it with vnet edit --resolve; the text is kept');
  }
  return passed(isThere ? `${path} is valid` : `no ${path} yet: the first ADD writes it`);
}

function judgeDirectory({ document: { stateDirectory, hasStateDirectory, freeBytes } }: Facts): Verdict {
  if (!hasStateDirectory) {
    return warning(
      `${stateDirectory} is missing: the first write creates it`,
      `mkdir -p -m 0700 ${stateDirectory}`,
      [{ kind: 'mkdir', path: stateDirectory }],
    );
  }
  if (freeBytes !== undefined && freeBytes < NEEDED_BYTES) {
    return flagged(
      freeBytes < NEEDED_BYTES / 16 ? 'problem' : 'warning',
      `${Math.floor(freeBytes / 1024 / 1024)} MiB are free at ${stateDirectory}: without space, pods cannot be attached or removed`,
      `df ${stateDirectory}; free at least ${NEEDED_BYTES / 1024 / 1024} MiB (journalctl --vacuum-size=100M, crictl rmi --prune)`,
    );
  }
  return passed(
    freeBytes === undefined
      ? stateDirectory
      : `${stateDirectory}, ${Math.floor(freeBytes / 1024 / 1024)} MiB free`,
  );
}

function judgeWrites({ document: { path, unwritable } }: Facts): Verdict {
  if (unwritable === undefined) return passed(`${path} can be replaced`);
  return problem(
    `${unwritable}: pods cannot be attached or removed`,
    `make ${path} and its directory writable: findmnt -T ${path}; lsattr ${path}; df ${path}`,
  );
}

function judgeLeftovers({ document: { leftovers } }: Facts): Verdict {
  if (leftovers.length === 0) return passed('no stale temporary files');
  return warning(
    `stale temporary files: ${leftovers.join(', ')}: harmless, replaced by the next write`,
    `rm ${leftovers.join(' ')}`,
    leftovers.map((path) => ({ kind: 'remove', path })),
  );
}

function judgeBaseline({ document: { baselineProblem } }: Facts): Verdict {
  if (baselineProblem === undefined) return passed('the baseline is readable');
  return warning(
    `${baselineProblem}: no drift counts as accepted`,
    'move the file elsewhere; vnet drift --accept creates a new one',
  );
}

function judgeLocks({ locks, now }: Facts): Verdict {
  const held = locks.flatMap(({ path, holders, record }) => {
    const [, pid = '', who = '', since = ''] = /^(\d+) (.+) since (\S+)$/.exec(record) ?? [];
    const durationMs = Date.parse(now) - Date.parse(since);
    const isHeld = holders.some((holder) => String(holder.pid) === pid);
    return isHeld && durationMs > LONG_MS ? [{ path, pid, who, since }] : [];
  });
  const [first] = held;
  if (first === undefined) return passed('no lock is held for long');
  return problem(
    held
      .map(({ path, pid, who, since }) => `${path} is held by process ${pid} (${who}) since ${since}`)
      .join('; '),
    `check it: cat /proc/${first.pid}/stack /proc/${first.pid}/wchan; it frees the lock when it exits: kill ${first.pid}`,
  );
}

function judgeClock({ document: { newestTime }, now }: Facts): Verdict {
  const aheadMs = newestTime === undefined ? 0 : Date.parse(newestTime) - Date.parse(now);
  if (!(aheadMs > JUMP_MS)) return passed('no timestamp is in the future');
  return warning(
    `${newestTime ?? ''} was recorded, now is ${now}: the clock was set back by ${Math.round(aheadMs / 1000)} s`,
    'timedatectl shows whether the clock is synchronised (chronyc tracking). Quarantine and acceptances end later by the same time',
  );
}

/** The checks of vnet's own state. */
export const STATE_CHECKS: readonly Check[] = [
  { id: 'document', title: 'document', judge: judgeDocument },
  { id: 'directory', title: 'directory and disk', judge: judgeDirectory },
  { id: 'writes', title: 'writes', judge: judgeWrites },
  { id: 'leftovers', title: 'stale temporary files', judge: judgeLeftovers },
  { id: 'baseline', title: 'accepted drift', judge: judgeBaseline },
  { id: 'locks', title: 'locks', judge: judgeLocks },
  { id: 'clock', title: 'clock', judge: judgeClock },
];
