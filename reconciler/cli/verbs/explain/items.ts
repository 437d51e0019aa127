/** The objects of one endpoint as lines of want and have, labelled by their place on the chain. Pure. */
import type { KernelObject } from '../../../model/kinds/kind.ts';
import { kindOf } from '../../../model/kinds/registry.ts';
import { HOST, type NetObject } from '../../../model/state.ts';
import { ABSENT, renderDifferences } from '../../../plan/compare.ts';
import type { Item } from '../look/items.ts';

/** One line of want and have. */
export type ItemLine = {
  readonly item: string;
  readonly want: string;
  readonly have: string;
  readonly state: string;
};

/** Returns the lines of the objects, starting at the pod: links field by field, all others on one line. */
export function itemLines(items: readonly Item[]): readonly ItemLine[] {
  const shown = items.flatMap((item) => {
    const subject = item.want ?? item.have;
    return subject === undefined ? [] : [{ item, subject }];
  });
  return shown
    .toSorted((left, right) => rankOf(left.subject) - rankOf(right.subject))
    .flatMap(({ item, subject }) =>
      subject.kind === 'link' ? linkLines(item, subject) : [objectLine(item, subject)],
    );
}

/** In the order of the chain, starting at the pod. */
function rankOf(object: NetObject): number {
  const { kind, netns } = object;
  if (netns !== HOST) return kind === 'link' ? 0 : kind === 'address' ? 1 : 2;
  if (kind === 'link') return object.type === 'veth' ? 3 : 7;
  return kindOf(object).distance ?? 6;
}

/** Fields that repeat the chain: the link's name and its peer. */
const IN_CHAIN = new Set(['type', 'alias', 'peer']);

function linkLines(
  item: Item,
  { kind, netns, ...link }: Extract<NetObject, { kind: 'link' }>,
): readonly ItemLine[] {
  const place = netns === HOST ? link.name : `${link.name} in the pod`;
  if (item.want === undefined || item.have === undefined) {
    const [want = ABSENT, have = ABSENT] = [item.want, item.have].map((one) =>
      one === undefined ? ABSENT : kind,
    );
    return [{ item: place, want, have, state: stateOf(item) }];
  }
  const wants = fieldsOf(item.want);
  const haves = fieldsOf(item.have);
  const differing = new Set(item.differences.map(({ field }) => field));
  return [...wants].flatMap(([field, want]) => {
    if (IN_CHAIN.has(field) && !differing.has(field)) return [];
    const have = haves.get(field) ?? ABSENT;
    return [
      { item: `${place} ${field}`, want, have, state: fieldState(item, { field, want, have }, differing) },
    ];
  });
}

function fieldState(
  item: Item,
  { field, want, have }: { readonly field: string; readonly want: string; readonly have: string },
  differing: ReadonlySet<string>,
): string {
  if (differing.has(field)) return stateOf(item);
  // In a pod, MAC and MTU are set at creation; later changes by chained plugins are kept.
  return want === have ? 'ok' : 'changed inside the pod; left alone';
}

function objectLine(item: Item, subject: NetObject): ItemLine {
  const [label] = kindOf(subject).describe(subject);
  return {
    item: subject.netns === HOST ? label : `${label} in the pod`,
    want: valueOf(item.want),
    have: valueOf(item.have),
    state: stateOf(item),
  };
}

function stateOf({ state, cause, acceptedUntil }: Item): string {
  if (state === 'elsewhere') return 'ok, through another route of the pod';
  if (acceptedUntil !== undefined) return `${state}, accepted until ${acceptedUntil}`;
  return cause === undefined ? state : `${state} (${cause})`;
}

/** Attributes unknown to vnet are shown in raw form. */
function valueOf(object: NetObject | undefined): string {
  if (object === undefined) return ABSENT;
  const [, value] = kindOf(object).describe(object);
  const { rest }: KernelObject = object;
  return rest === undefined ? value : `${value} (attributes ${rest.join(', ')})`;
}

/** Returns the fields of one side of an object, rendered. */
function fieldsOf(object: NetObject): ReadonlyMap<string, string> {
  return new Map(renderDifferences(object, undefined).map(({ field, want }) => [field, want]));
}
