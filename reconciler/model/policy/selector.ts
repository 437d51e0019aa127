/** Label selectors. Pure. Source: the API conventions of Kubernetes, LabelSelector of apimachinery/meta/v1. */
import type { LabelRequirement, Labels, LabelSelector } from '../../../schemas/generated/vnet.ts';

/** A selector as a list of requirements, all of which must be met; in canonical order. */
export type Requirements = readonly LabelRequirement[];

/** Returns the requirements of the selector. Law: selectors with equal requirements match the same labels. */
export function requirementsOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): Requirements {
  const all: LabelRequirement[] = [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, operator: 'In' as const, values: [value] })),
    ...matchExpressions.map(({ key, operator, values = [] }) => ({
      key,
      operator,
      values: [...new Set(values)].toSorted(),
    })),
  ];
  return all.toSorted((left, right) => compareCode(textOf(left), textOf(right)));
}

/** Returns the text of the requirements: equal for equal ones. */
export function textOfRequirements(requirements: Requirements): string {
  return requirements.map(textOf).join(',');
}

/** Returns true if the labels meet every requirement. NotIn also matches labels without the key. Shape: `implied` is one more label, unless they have its key. */
export function matchesLabels(
  requirements: Requirements,
  labels: Labels,
  implied?: readonly [key: string, value: string],
): boolean {
  return requirements.every((requirement) => meets(requirement, labels, implied));
}

function meets(
  { key, operator, values = [] }: LabelRequirement,
  labels: Labels,
  implied: readonly [string, string] | undefined,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : implied?.[0] === key ? implied[1] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

function textOf({ key, operator, values = [] }: LabelRequirement): string {
  return JSON.stringify([key, operator, ...values]);
}

function compareCode(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
