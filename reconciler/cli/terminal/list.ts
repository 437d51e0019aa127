/** A list: a table for people, values for programs. Pure except for the table. */
import { renderTable } from './table.ts';

/** One row. Shape: `cells` of the table, `wide` cells of the wide table; `names` match the NAME argument. */
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

/** Returns the list with only the rows of this name; all rows without one. */
export function filterByName(list: List, name: string | undefined): List {
  return name === undefined ? list : { ...list, rows: list.rows.filter(({ names }) => names.includes(name)) };
}

/** Returns the list as a table; an empty cell is a dash, so that columns stay countable for awk and cut. */
export function renderList(
  { headings, wide = [], rows }: List,
  { isWide = false }: { readonly isWide?: boolean } = {},
): string {
  return renderTable(
    isWide ? [...headings, ...wide] : headings,
    rows.map((row) => [...row.cells, ...(isWide ? (row.wide ?? []) : [])].map(orDash)),
  );
}

function orDash(cell: string): string {
  return cell === '' ? '-' : cell;
}
