/** Durations as people write and read them: 90s, 2m, 6h, 30d. Pure. */

/** Units: milliseconds. */
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Returns the duration of `90s`, `2m`, `6h`, `30d` or a sum of these (`1h30m`); undefined for other text.
 * Units: ms.
 */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+[smhd])+$/.test(text)) return undefined;
  const parts = text.match(/\d+[smhd]/g) ?? [];
  return parts.reduce((sum, part) => sum + Number(part.slice(0, -1)) * (UNITS[part.slice(-1)] ?? 0), 0);
}

/** Returns a duration in its largest whole unit, as `12s`, `41m`, `2h`, `30d`. Units: milliseconds. */
export function renderDuration(durationMs: number): string {
  const size = Math.max(0, durationMs);
  const unit = ['d', 'h', 'm'].find((name) => size >= (UNITS[name] ?? 0)) ?? 's';
  return `${Math.floor(size / (UNITS[unit] ?? 1))}${unit}`;
}
