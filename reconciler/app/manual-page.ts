/** A manual page as a value, from which roff and text are rendered. */

/** A piece of a page. `code` is literal text. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'items'; readonly items: readonly (readonly [term: string, text: string])[] }
  | { readonly kind: 'code'; readonly lines: readonly string[] };

/** A titled section of a page. */
export type PageSection = { readonly title: string; readonly blocks: readonly Block[] };

/** A manual page. Shape: `about` is the line that whatis(1) shows; `aliases` are other names of the page. */
export type Page = {
  readonly name: string;
  readonly section: 1 | 5 | 8;
  readonly about: string;
  readonly aliases: readonly string[];
  readonly sections: readonly PageSection[];
};

/** Returns a paragraph. */
export function paragraph(text: string): Block {
  return { kind: 'text', text };
}

/** Returns a list of terms with their texts. */
export function definitions(list: readonly (readonly [term: string, text: string])[]): Block {
  return { kind: 'items', items: list };
}

/** Returns lines that are shown as they are. */
export function literal(...lines: readonly string[]): Block {
  return { kind: 'code', lines };
}
