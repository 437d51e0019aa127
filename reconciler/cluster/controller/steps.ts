/** The sizes of the steps of a rollout. Pure. */

/** The steps of a rollout that names none. */
const DEFAULT_STEPS: readonly string[] = ['1', '1%', '10%', '50%', '100%'];

/** Returns the number of nodes that a share of `total` is: at least one, at most all. Undefined for a malformed share. */
export function shareOf(share: string, total: number): number | undefined {
  const match = /^(\d{1,6})(%?)$/.exec(share);
  if (match === null) return undefined;
  const value = Number(match[1]);
  const count = match[2] === '%' ? Math.ceil((value * total) / 100) : value;
  return Math.min(Math.max(count, 1), total);
}

/**
 * Returns the number of nodes with the revision after each step; ascending, without repetitions.
 * Law: each is between 1 and `total`.
 */
export function stepTargets(steps: readonly string[] | undefined, total: number): readonly number[] {
  if (total === 0) return [];
  const wanted = (steps ?? DEFAULT_STEPS).flatMap((share) => shareOf(share, total) ?? []);
  return [...new Set(wanted)].toSorted((left, right) => left - right);
}
