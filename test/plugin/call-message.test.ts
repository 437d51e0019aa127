import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from '../../plugin/call-message.ts';

describe('a message between a call and the resident process', () => {
  it('says what was said, and nothing before all of it is there', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), (value, cut) => {
        const bytes = encodeMessage(value);
        expect(decodeMessage(bytes)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(decodeMessage(bytes.subarray(0, cut % bytes.length))).toBeUndefined();
      }),
    );
  });

  it('counts bytes, not characters', () => {
    const bytes = encodeMessage('pod/ä\u{1F600}');
    expect(decodeMessage(bytes.subarray(0, -1))).toBeUndefined();
    expect(decodeMessage(bytes)).toBe('pod/ä\u{1F600}');
  });
});
