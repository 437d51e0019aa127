/**
 * The seam between the store and the YAML library and schema validator, so that these are loaded only for a
 * document that is not canonical. Types only.
 */
import type { Network, VnetDocument } from '../../schemas/generated/vnet.ts';
import type { Issue, Result } from '../model/result.ts';
import type { EffectiveEdit } from './edit.ts';
import type { Layout } from './layout.ts';

/**
 * A valid document.
 * Shape: `layout` is undefined if its form cannot be edited in place (a JSON document, for example);
 * `isOlder`: the text is in an older version of the format, `document` its value in the present one.
 */
export type Reading = {
  readonly document: VnetDocument;
  readonly layout: Layout | undefined;
  readonly isOlder?: boolean;
};

/** The contents of a new document. */
export type NewDocument = {
  readonly node: string;
  readonly bootId: string | undefined;
  readonly machine?: string | undefined;
  readonly networks: Readonly<Record<string, Network>>;
};

/** The operations that need full YAML support. */
export interface SlowPath {
  /** Returns the document, or all its issues. */
  read(text: string, file: string): Result<Reading, readonly Issue[]>;
  /**
   * Returns the text with the edit's networks and other fields changed; keeps comments, but not necessarily
   * blanks.
   */
  rewriteNetworks(text: string, edit: EffectiveEdit): string;
  /**
   * Returns the text with the whole edit made by the YAML library: keeps comments, but not necessarily the
   * form.
   */
  rewrite(text: string, edit: EffectiveEdit): string;
  /** Returns the text as one of the present version of the format, comments and all else unchanged. */
  upgrade(text: string): string;
  /** Returns the text of a new document, generation 0, without endpoints. */
  create(contents: NewDocument): string;
}
