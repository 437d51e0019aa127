/** `vnet get`: lists of desired and observed objects. */
import type { VnetDocument } from '../../../../schemas/generated/vnet.ts';
import type { Problem } from '../../../document/store/store.ts';
import { answeredBy } from '../../../loop/report/node-findings.ts';
import { ownAddressesIn } from '../../../loop/report/conditions.ts';
import { liveDocument } from '../../../loop/import/live-document.ts';
import { ok, type Result } from '../../../model/result.ts';
import { describeEndpoints } from './describe.ts';
import { EXIT, type ExitCode } from '../../../app/exit-codes.ts';
import { type Item, listItems } from './items.ts';
import { type List, filterByName, renderList } from '../../terminal/list.ts';
import { listEndpoints, listNetworks, listPool, listReservations, type PoolFacts } from './list-document.ts';
import { desiredItems, listObjects, type Side } from './list-objects.ts';
import { compareNode, type NodeView, type NodeComparison } from './compare-node.ts';
import type { Output } from '../../../app/output.ts';
import { type Format, printValue } from '../../../app/print.ts';

/**
 * Options.
 * Shape: `what` is a list, or `document`: everything, in the form of vnet.yaml; `name` selects one network,
 * pod, interface or address; `side` defaults to both, for the document to its own side.
 */
export type GetChoice = {
  readonly what: string;
  readonly name: string | undefined;
  readonly side: Side | undefined;
  readonly format: Format | 'wide';
};

/** Prints the list. An unknown name is exit 66. */
export function get(node: NodeView, choice: GetChoice, output: Output): Result<ExitCode, Problem> {
  const side = choice.side ?? (choice.what === 'document' ? 'desired' : 'both');
  // The desired side needs no kernel, and must work while the kernel cannot be read.
  const seen = side === 'desired' ? readOnlyDocument(node) : compareNode(node);
  if (!seen.ok) return seen;
  if (seen.value === undefined) return printNothing(choice, output);
  const { document, text, comparison } =
    'planned' in seen.value
      ? { document: seen.value.document, text: undefined, comparison: seen.value }
      : { ...seen.value, comparison: undefined };
  if (choice.what === 'document') return printDocument({ document, text, comparison }, side, choice, output);
  const shown =
    comparison !== undefined && side === 'live'
      ? liveDocument(document, comparison.planned.observation)
      : document;
  const list = filterByName(
    listOf(choice.what, shown, {
      side,
      comparison,
      now: node.now(),
      answered: (network) => answeredBy(node, network),
    }),
    choice.name,
  );
  if (list.rows.length === 0 && choice.name !== undefined) {
    output.warn(`vnet: no ${choice.what} named ${choice.name}; see vnet get ${choice.what}`);
    return ok(EXIT.noInput);
  }
  if (choice.format === 'json' || choice.format === 'yaml') {
    const values = list.rows.map(({ value }) => value);
    printValue(values, choice.format, output);
  } else {
    const isEmpty = list.rows.length === 0;
    output.print(isEmpty ? `No ${choice.what}.` : renderList(list, { isWide: choice.format === 'wide' }));
  }
  return ok(EXIT.done);
}

type Read = { readonly document: VnetDocument; readonly text: string | undefined };

function readOnlyDocument({ store }: NodeView): Result<Read | undefined, Problem> {
  const snapshot = store.read();
  if (!snapshot.ok) return snapshot;
  return ok(snapshot.value);
}

function printNothing({ what, format }: GetChoice, output: Output): Result<ExitCode, Problem> {
  if (format === 'json' || format === 'yaml') printValue(what === 'document' ? null : [], format, output);
  else output.print(`No ${what}: no document yet. The first CNI ADD writes it.`);
  return ok(EXIT.done);
}

/** People get a document as YAML; the one in force with its original text. */
function printDocument(
  { document, text, comparison }: Read & { readonly comparison: NodeComparison | undefined },
  side: Side,
  { format }: GetChoice,
  output: Output,
): Result<ExitCode, Problem> {
  const machine = format === 'json' || format === 'yaml' ? format : undefined;
  if (comparison === undefined) {
    if (machine === undefined && text !== undefined) output.print(text.trimEnd());
    else printValue(document, machine ?? 'yaml', output);
    return ok(EXIT.done);
  }
  const have = liveDocument(document, comparison.planned.observation);
  printValue(side === 'live' ? have : { want: document, have }, machine ?? 'yaml', output);
  return ok(EXIT.done);
}

type Seen = {
  readonly side: Side;
  readonly comparison: NodeComparison | undefined;
  readonly now: Date;
  readonly answered: PoolFacts['answered'];
};

function listOf(what: string, document: VnetDocument, seen: Seen): List {
  const { side, comparison, now, answered } = seen;
  const facts = { now, answered, own: comparison && ownAddressesIn(comparison.planned.observation) };
  switch (what) {
    case 'endpoints':
      return listEndpoints(document, describeEndpoints(document, comparison));
    case 'networks':
      return listNetworks(document, networkStates(document, comparison), facts);
    case 'pool':
      return listPool(document, facts);
    case 'reservations':
      return listReservations(document);
    default:
      return listObjects(what, document, itemsOf(document, comparison), side);
  }
}

function itemsOf(document: VnetDocument, comparison: NodeComparison | undefined): readonly Item[] {
  return comparison === undefined ? desiredItems(document) : listItems(comparison);
}

/** A network has the worst state of its own objects; those of its pods are shown with the endpoints. */
function networkStates(
  document: VnetDocument,
  comparison: NodeComparison | undefined,
): ReadonlyMap<string, string> {
  if (comparison === undefined) return new Map();
  const counts = new Map(Object.keys(document.networks).map((name) => [name, 0]));
  for (const { owner, state } of listItems(comparison)) {
    const known = owner === undefined || state === 'ok' ? undefined : counts.get(owner);
    if (owner !== undefined && known !== undefined) counts.set(owner, known + 1);
  }
  return new Map(Array.from(counts, ([name, count]) => [name, count === 0 ? 'ready' : `drifted (${count})`]));
}
