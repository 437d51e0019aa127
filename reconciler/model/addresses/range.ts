/**
 * Address ranges as users write them, parsed strictly and with advice, for validating the document and CNI
 * configurations. The one file that imports ip-num. Pure; off the ADD path (unlike address-list.ts).
 */
import { IPv4, IPv4CidrRange, IPv6, IPv6CidrRange } from 'ip-num';
import { type Address, type AddressRange, type Family, formatAddress } from './address.ts';
import { err, ok, type Result } from '../result.ts';

/** Advice on how to write an address of the family. */
const FORMS = {
  4: { most: 32, form: 'four numbers from 0 to 255, such as 10.240.0.36', prefix: '10.240.1.0/28' },
  6: { most: 128, form: 'groups of hexadecimal digits, such as fd00:240::36', prefix: 'fd00:240::/64' },
} as const;

/**
 * Returns the addresses of a single address, a range `a-b` or a prefix, or the reason why the text is
 * invalid; `family` is the required one.
 * Errors: a sentence with the correct form; a prefix with host bits is refused, since it may mean one address
 * or the whole prefix.
 * Law: expandRanges() reads every text accepted here as the same addresses.
 */
export function parseRange(text: string, family: Family): Result<AddressRange, string> {
  if (text.includes('/')) return parseWholePrefix(text, family);
  const [from = '', to, ...rest] = text.split('-');
  if (rest.length > 0) return err(`"${text}" has more than one "-"; write first-last`);
  const first = parseStrictly(from, family);
  if (!first.ok || to === undefined) return first.ok ? ok({ first: first.value, last: first.value }) : first;
  const last = parseStrictly(to, family);
  if (!last.ok) return last;
  if (first.value <= last.value) return ok({ first: first.value, last: last.value });
  return err(`"${text}" ends before it starts; write "${to}-${from}"`);
}

function parseWholePrefix(text: string, family: Family): Result<AddressRange, string> {
  const { most, prefix } = FORMS[family];
  const slash = text.indexOf('/');
  const [address, lengthText] = [text.slice(0, slash), text.slice(slash + 1)];
  if (!/^(0|[1-9]\d{0,2})$/.test(lengthText) || Number(lengthText) > most) {
    return err(`"${text}" needs a prefix length from 0 to ${most}`);
  }
  const given = parseStrictly(address, family);
  if (!given.ok) return err(`"${text}" is not an IPv${family} prefix; write one such as ${prefix}`);
  const [first, last] = rangeOf(text, family);
  if (first !== given.value) {
    return err(
      `"${text}" has host bits; write "${formatAddress(first)}/${lengthText}" for the whole prefix or "${address}" for one address`,
    );
  }
  return ok({ first, last });
}

function rangeOf(text: string, family: Family): readonly [Address, Address] {
  if (family === 6) {
    const range = IPv6CidrRange.fromCidr(text);
    return [range.getFirst().getValue(), range.getLast().getValue()];
  }
  const range = IPv4CidrRange.fromCidr(text);
  return [Number(range.getFirst().getValue()), Number(range.getLast().getValue())];
}

function parseStrictly(text: string, family: Family): Result<Address, string> {
  // ip-num accepts a zone and drops it.
  const letters = family === 4 ? /^[0-9.]+$/ : /^[0-9A-Fa-f.:]+$/;
  try {
    if (letters.test(text))
      return ok(family === 4 ? Number(new IPv4(text).getValue()) : new IPv6(text).getValue());
  } catch {
    // ip-num throws for invalid text; its messages use its own terms, so ours replace them.
  }
  return err(`"${text}" is not an IPv${family} address; write ${FORMS[family].form}`);
}
