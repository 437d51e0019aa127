/** Damage to texts and bytes: cut, doubled, exchanged, overwritten somewhere. */
import * as fc from 'fast-check';
import { ODD_TEXTS } from './corpus.ts';

/** One change: `at` and `length` are taken modulo the length of the input. */
export type Damage = {
  readonly at: number;
  readonly length: number;
  readonly how: 'remove' | 'double' | 'put' | 'flip' | 'cut' | 'move';
  readonly value: number;
};

const oneDamage: fc.Arbitrary<Damage> = fc.record({
  at: fc.nat(),
  length: fc.nat({ max: 40 }),
  how: fc.constantFrom('remove', 'double', 'put', 'put', 'flip', 'flip', 'flip', 'cut', 'move'),
  value: fc.nat({ max: 255 }),
});

/** One change, or up to four: more of them are rarely accepted. */
export const anyDamage: fc.Arbitrary<readonly Damage[]> = fc.oneof(
  oneDamage.map((one) => [one]),
  fc.array(oneDamage, { minLength: 1, maxLength: 4 }),
);

/** Parts of the formats that are read: whatever delimits, repeats or nests. */
const TOKENS: readonly string[] = [
  ...ODD_TEXTS,
  ':',
  ': ',
  '\n',
  '\r\n',
  '\t',
  '  ',
  '-',
  '- ',
  '"',
  "'",
  '{',
  '}',
  '[',
  ']',
  ',',
  '#',
  '|',
  '>',
  '!',
  '%',
  '\\',
  '=',
  ';',
  '/',
  '<',
  '<!',
  '&lt;',
  '\u00a0',
  '\ud800',
  '\u0000',
  '*a',
  '&a ',
  '<<: ',
  '? ',
  '---\n',
  '...\n',
  '0',
  '4294967296',
  '-0',
  '1e999',
  '9007199254740993',
  '0x7f',
  '0b1',
  '017',
  'null',
  'true',
  '{}',
  '[]',
  'endpoints:\n',
];

/** Returns the damaged text. */
export function damageText(text: string, damage: readonly Damage[]): string {
  return damage.reduce((before, { at, length, how, value }) => {
    const from = at % (before.length + 1);
    const piece = before.slice(from, from + length);
    const [head, tail] = [before.slice(0, from), before.slice(from)];
    const rest = tail.slice(piece.length);
    switch (how) {
      case 'remove':
        return head + rest;
      case 'double':
        return head + piece + tail;
      case 'put':
        return head + (TOKENS[value % TOKENS.length] ?? '') + tail;
      case 'flip':
        return head + String.fromCharCode((tail.charCodeAt(0) || 0) ^ value) + tail.slice(1);
      case 'cut':
        return value % 2 === 0 ? head : tail;
      case 'move':
        return rest + head + piece;
    }
  }, text);
}

/** Numbers at which lengths and types go wrong. */
const BYTES: readonly number[] = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 127, 128, 254, 255];

/** Returns a damaged copy of the bytes. */
export function damageBytes(bytes: Uint8Array, damage: readonly Damage[]): Uint8Array {
  return damage.reduce<Uint8Array>((before, { at, length, how, value }) => {
    const from = at % (before.length + 1);
    const to = Math.min(before.length, from + length);
    const [head, piece, rest] = [before.subarray(0, from), before.subarray(from, to), before.subarray(to)];
    switch (how) {
      case 'remove':
        return Buffer.concat([head, rest]);
      case 'double':
        return Buffer.concat([head, piece, piece, rest]);
      case 'put':
      case 'flip': {
        // A copy: the slice of a Buffer shares its bytes.
        const copy = Uint8Array.from(before);
        const byte = BYTES[value % BYTES.length] ?? 0;
        if (from < copy.length) copy[from] = how === 'put' ? byte : (copy[from] ?? 0) ^ (1 << (value % 8));
        return copy;
      }
      case 'cut':
        return value % 2 === 0 ? head : before.subarray(from);
      case 'move':
        return Buffer.concat([rest, head, piece]);
    }
  }, bytes);
}
