/** A list, as a table for people and as values for programs. Pure but for the table. */
import { renderTable } from './table.ts';

/** One row. Shape: `cells` for people, `wide` what a wide table adds; `names` are what it can be asked for by. */
export type Row = {
  readonly names: readonly string[];
  readonly cells: readonly string[];
  readonly wide?: readonly string[];
  readonly value: unknown;
};

/** Rows under their headings. */
export type List = {
  readonly headings: readonly string[];
  readonly wide?: readonly string[];
  readonly rows: readonly Row[];
};

/** Returns the list with only the rows of that name; all of them without one. */
export function narrow(list: List, name: string | undefined): List {
  return name === undefined ? list : { ...list, rows: list.rows.filter(({ names }) => names.includes(name)) };
}

/** Returns the list as a table; empty cells are a dash, so that columns can be cut. */
export function renderList({ headings, wide = [], rows }: List, isWide: boolean): string {
  return renderTable(
    isWide ? [...headings, ...wide] : headings,
    rows.map((row) => [...row.cells, ...(isWide ? (row.wide ?? []) : [])].map(orDash)),
  );
}

function orDash(cell: string): string {
  return cell === '' ? '-' : cell;
}
