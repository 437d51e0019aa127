/**
 * The seam between the store and everything that needs the YAML library and the schema's validator, so that an
 * executable can load these only when a document is not canonical. Types only.
 */
import type { Network, VnetDocument } from '../../schemas/generated/vnet.ts';
import type { Issue, Result } from '../model/result.ts';
import type { EffectiveEdit } from './edit.ts';
import type { Layout } from './layout.ts';

/** A valid document; `layout` is undefined where its form can't be changed as text (a JSON document, for example). */
export type Reading = { readonly document: VnetDocument; readonly layout: Layout | undefined };

/** What a new document begins with. */
export type NewDocument = {
  readonly node: string;
  readonly bootId: string | undefined;
  readonly networks: Readonly<Record<string, Network>>;
};

/** Everything that is slow because it understands all of YAML. */
export interface SlowPath {
  /** Returns the document, or all of its issues. */
  read(text: string, file: string): Result<Reading, readonly Issue[]>;
  /** Returns the text with the edit's networks and other fields changed; comments stay, blanks may not. */
  rewriteNetworks(text: string, edit: EffectiveEdit): string;
  /** Returns the text with the whole edit done through the YAML library: the form may change, comments stay. */
  rewrite(text: string, edit: EffectiveEdit): string;
  /** Returns the text of a new document, generation 0, without endpoints. */
  create(contents: NewDocument): string;
}
