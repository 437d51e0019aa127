/**
 * Address ranges as users write them, parsed strictly and with advice, for the validation of the document and of CNI
 * configurations. The one file that imports ip-num. Pure; off the ADD path (address-list.ts is on it).
 */
import { IPv4, IPv4CidrRange } from 'ip-num';
import type { AddressRange } from './address-list.ts';
import { err, ok, type Result } from '../result.ts';

/**
 * Returns the addresses of a single address, a range `a-b` or a prefix, or the reason why the text is invalid.
 * Errors: a sentence with the correct form; a prefix with host bits is refused, since it may have been meant
 * as one address or as the whole prefix.
 * Law: `expandRanges` reads every text that is accepted here as the same addresses.
 */
export function parseRange(text: string): Result<AddressRange, string> {
  if (text.includes('/')) return parsePrefix(text);
  const [from = '', to, ...rest] = text.split('-');
  if (rest.length > 0) return err(`"${text}" has more than one "-"; write first-last`);
  const first = parseAddress(from);
  if (!first.ok || to === undefined) return first.ok ? ok({ first: first.value, last: first.value }) : first;
  const last = parseAddress(to);
  if (!last.ok) return last;
  if (first.value <= last.value) return ok({ first: first.value, last: last.value });
  return err(`"${text}" ends before it starts; write "${to}-${from}"`);
}

function parsePrefix(text: string): Result<AddressRange, string> {
  const lengthText = text.slice(text.indexOf('/') + 1);
  if (!/^(0|[1-9]\d?)$/.test(lengthText)) return err(`"${text}" needs a prefix length from 0 to 32`);
  const range = attempt(() => IPv4CidrRange.fromCidr(text));
  if (range === undefined) return err(`"${text}" is not an IPv4 prefix; write one such as 10.240.1.0/28`);
  const network = range.getFirst().toString();
  const address = text.slice(0, text.indexOf('/'));
  if (network !== address) {
    return err(
      `"${text}" has host bits; write "${network}/${lengthText}" for the whole prefix or "${address}" for one address`,
    );
  }
  return ok({ first: Number(range.getFirst().getValue()), last: Number(range.getLast().getValue()) });
}

function parseAddress(text: string): Result<number, string> {
  const address = /^[0-9.]+$/.test(text) ? attempt(() => new IPv4(text)) : undefined;
  if (address !== undefined) return ok(Number(address.getValue()));
  return err(`"${text}" is not an IPv4 address; write four numbers from 0 to 255, such as 10.240.0.36`);
}

/** ip-num throws for text it does not take; its messages name its own words, so ours are used. */
function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
