import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteText, cutBytes } from '../../../reconciler/document/text/byte-text.ts';
import { applyCuts } from '../../../reconciler/document/text/splice.ts';

const encoder = new TextEncoder();
const lines = fc.string({ unit: fc.constantFrom('a', ':', ' ', '\n', '\r'), maxLength: 40 });

describe('a text as its bytes', () => {
  it('answers as the text does', () => {
    fc.assert(
      fc.property(
        lines,
        fc.nat(45),
        fc.nat(45),
        fc.constantFrom('\n', 'a', ': ', ''),
        (text, from, to, letters) => {
          const bytes = new ByteText(encoder.encode(text));
          expect(bytes.length).toBe(text.length);
          expect(bytes.slice()).toBe(text);
          expect(bytes.slice(from, to)).toBe(text.slice(from, to));
          expect(bytes.charAt(from)).toBe(text.charAt(from));
          fc.pre(letters !== '');
          expect(bytes.indexOf(letters, from)).toBe(text.indexOf(letters, from));
          expect(bytes.lastIndexOf(letters, from)).toBe(text.lastIndexOf(letters, from));
          expect(bytes.lastIndexOf(letters)).toBe(text.lastIndexOf(letters));
        },
      ),
    );
  });

  it('is a window onto a larger array as well', () => {
    const all = encoder.encode('abc\ndef\n');
    expect(new ByteText(all.subarray(4)).slice()).toBe('def\n');
  });

  it('has replacements made as the text has, unless one is not ASCII', () => {
    const spot = fc.tuple(fc.nat(60), fc.nat(6), fc.constantFrom('', 'x', 'yy\n', 'é'));
    fc.assert(
      fc.property(lines, fc.array(spot, { maxLength: 4 }), (start, spots) => {
        const text = `${start}\n`;
        let at = 0;
        const cuts = spots
          .toSorted(([left], [right]) => left - right)
          .flatMap(([place, length, by]) => {
            const cut = { start: Math.max(at, place), end: Math.max(at, place) + length, text: by };
            if (cut.end > text.length) return [];
            at = cut.end;
            return [cut];
          });
        const changed = cutBytes(encoder.encode(text), cuts);
        const isAscii = cuts.every((cut) => cut.text !== 'é');
        expect(changed && new TextDecoder().decode(changed)).toBe(
          isAscii ? applyCuts(text, cuts) : undefined,
        );
      }),
    );
  });
});
