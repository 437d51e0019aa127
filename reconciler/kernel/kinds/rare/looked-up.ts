/** Creation and change of objects that are looked up first, since the kernel would add a second one or replace another. */
import type { KernelObject } from '../../../model/kinds/kind.ts';
import { ok } from '../../../model/result.ts';
import { keyOf, type NetObject } from '../../../model/state.ts';
import {
  type Applied,
  type ApplyContext,
  existing,
  firstDifference,
  type LinkHandle,
  linkHandle,
} from '../../apply/context.ts';
import { type FindOnLink, findingOnLink } from '../on-link.ts';
import type { Wire } from '../wire.ts';

/** Returns the outcome for the existing object; undefined if the wanted one must be added. */
type Decide<T> = (have: T | undefined) => Applied | undefined;

/** Looks the object up, and adds it unless `decide` returns an outcome. */
type Ensure<T> = (context: ApplyContext, want: T, decide: Decide<T>) => Applied;

/** Returns creation and change. Shape: an object for which `givesWay` is true is replaced by a created one. */
export function ensuring<T extends NetObject>(
  ensure: Ensure<T>,
  givesWay: (have: T) => boolean = () => false,
): Pick<Wire<T>, 'create' | 'change'> {
  return {
    create: (context, want) =>
      ensure(context, want, (have) =>
        have === undefined || givesWay(have) ? undefined : existing(have, want, keyOf(want)),
      ),
    change: (context, { want }) =>
      ensure(context, want, (have) =>
        have !== undefined && firstDifference(have, want) === undefined ? ok('unchanged') : undefined,
      ),
  };
}

/** Adds the object, and replaces the one in its place. */
type AddOnLink<T> = (context: ApplyContext, link: LinkHandle, want: T, step: string) => Applied;

/** As ensuring, for objects on an interface. */
export function ensuringOnLink<T extends NetObject & KernelObject & { readonly dev: string }>(
  findOn: FindOnLink<T>,
  add: AddOnLink<T>,
  givesWay?: (have: T) => boolean,
): Pick<Wire<T>, 'create' | 'change' | 'find'> {
  const ensure: Ensure<T> = (context, want, decide) => {
    const step = `add ${keyOf(want)}`;
    const link = linkHandle(context, want, step);
    if (!link.ok) return link;
    const have = findOn(link.value, want);
    if (!have.ok) return have;
    return decide(have.value) ?? add(context, link.value, want, step);
  };
  return { ...ensuring(ensure, givesWay), find: findingOnLink(findOn) };
}
