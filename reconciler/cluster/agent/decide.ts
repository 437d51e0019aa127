/** The agent's next action. Pure: the decision depends on the present facts alone. */
import type { NodeSpec } from '../custom-resources.ts';
import type { RevisionRecord } from './attempt.ts';

/** The unconfirmed change of a node, of any author. */
export type OpenChange = { readonly revision: string | undefined; readonly by: string };

/** The facts. Shape: `spec` is undefined if the NodeNetwork is not known: then nothing changes. */
export type DecisionFacts = {
  readonly spec: NodeSpec | undefined;
  readonly specGeneration: number;
  readonly record: RevisionRecord;
  readonly open: OpenChange | undefined;
};

/** The decision. Shape: `ended`: the window of the attempt is over, and the document shows how. */
export type Decision =
  | { readonly kind: 'keep' }
  | { readonly kind: 'apply'; readonly revision: string }
  | { readonly kind: 'confirm'; readonly revision: string }
  | { readonly kind: 'withdraw'; readonly revision: string }
  | { readonly kind: 'ended'; readonly revision: string }
  | { readonly kind: 'wait'; readonly by: string };

/** Returns the decision. Law: without a spec it is never `apply` or `withdraw`. */
export function decide({ spec, specGeneration, record, open }: DecisionFacts): Decision {
  const { attempt } = record;
  const desired = spec?.desiredRevision;
  if (open !== undefined) {
    const isOurs = attempt?.state === 'open' && open.revision === attempt.revision;
    if (!isOurs) return { kind: 'wait', by: open.by };
    const { revision } = attempt;
    if (spec === undefined || desired === revision) return { kind: 'confirm', revision };
    return { kind: 'withdraw', revision };
  }
  if (attempt?.state === 'open') return { kind: 'ended', revision: attempt.revision };
  if (desired === undefined) return { kind: 'keep' };
  const isTried = attempt?.revision === desired && attempt.specGeneration === specGeneration;
  return isTried ? { kind: 'keep' } : { kind: 'apply', revision: desired };
}
