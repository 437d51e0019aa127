/** Changes of the document, abbreviated. Pure. */
import type { DocumentChange } from '../../document/history/history.ts';

/** Longer values are truncated. Units: characters. */
const MAX_VALUE = 60;

/** Further changes of a generation are only counted. */
const MAX_CHANGES = 3;

/** The sign in front of a change, by its verb. */
export const CHANGE_SYMBOLS = { create: '+', update: '~', delete: '-' } as const;

/** Returns the verb of the change: create, update or delete. */
export function changeVerb({ before, after }: DocumentChange): keyof typeof CHANGE_SYMBOLS {
  if (before === undefined) return 'create';
  return after === undefined ? 'delete' : 'update';
}

/** Returns the change on one line: `~ networks.azure.bridge.mtu 1500 → 1400`, `+ default/web-0 10.240.0.36 (azure/1bd3/eth0)`. */
export function renderChange(change: DocumentChange): string {
  const { path, before, after } = change;
  const sort = changeVerb(change);
  if (path.startsWith('endpoints.')) return `${CHANGE_SYMBOLS[sort]} ${endpointText(change)}`;
  const value = sort === 'update' ? `${valueText(before)} → ${valueText(after)}` : valueText(after ?? before);
  return `${CHANGE_SYMBOLS[sort]} ${path} ${value}`;
}

/** Returns the changes of a generation, abbreviated, one per line. */
export function renderChanges(changes: readonly DocumentChange[]): string {
  if (changes.length === 0) return 'nothing but its text';
  const shown = changes.slice(0, MAX_CHANGES).map(renderChange);
  const more = changes.length - shown.length;
  return [...shown, ...(more === 0 ? [] : [`and ${more} more`])].join('\n');
}

function endpointText({ path, before, after }: DocumentChange): string {
  const [network = '', container = '', ifName = ''] = path.slice('endpoints.'.length).split('/');
  const id = `${network}/${container.slice(0, 12)}/${ifName}`;
  const pod = fieldOf(after ?? before, 'pod');
  const address = fieldOf(after ?? before, 'addresses');
  const isLeaving = fieldOf(after, 'leaving') !== '' && fieldOf(before, 'leaving') === '';
  const isMissing = fieldOf(after, 'missing') !== '' && fieldOf(before, 'missing') === '';
  const what = isLeaving ? ' leaving' : isMissing ? ' its namespace is gone' : '';
  return `${pod === '' ? id : `${pod} ${address} (${id})`}${what}`;
}

function fieldOf(value: unknown, name: string): string {
  const field: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  const text = Array.isArray(field) ? field.join(' ') : field;
  return typeof text === 'string' ? text.replaceAll(/\/\d+(?= |$)/g, '') : '';
}

/** Returns a value on one line, truncated if long. */
export function valueText(value: unknown): string {
  if (value === undefined) return '-';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 3)}...` : text;
}
