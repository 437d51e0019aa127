import { describe, expect, it } from 'vitest';
import { BodyReader } from '../../../reconciler/kernel/netlink/reader.ts';
import { neighbourCodec } from '../../../reconciler/kernel/kinds/neighbour.ts';
import { replacementOf } from '../../../reconciler/kernel/kinds/on-link.ts';
import { capturedBodies, describeCaptured, describeRequest } from '../captured.ts';

const RTM_NEWNEIGH = 28;
const HEADER_BYTES = 12;
const index = capturedBodies('neighbour-replace', RTM_NEWNEIGH)[0]?.at32(4) ?? 0;
const NEIGHBOUR = { index, address: '10.240.0.36', mac: '0a:1b:2c:3d:4e:5f', protocol: 118 };

describe('a neighbour', () => {
  it('is replaced as ip-neighbour replaces it', () => {
    expect(describeRequest(replacementOf(neighbourCodec, NEIGHBOUR), HEADER_BYTES)).toEqual(
      describeCaptured('neighbour-replace', HEADER_BYTES),
    );
  });

  it("is parsed from a kernel's dump only if permanent", () => {
    const found = capturedBodies('neighbour-list', RTM_NEWNEIGH).map((body) => neighbourCodec.parse(body));
    expect(found).toContainEqual(NEIGHBOUR);
    expect(found).toContainEqual({ ...NEIGHBOUR, address: 'fd00::36', protocol: undefined });
    expect(found.filter((one) => one !== undefined)).toHaveLength(2);
    expect(found.length).toBeGreaterThan(2);
  });

  it('parses to the encoded value', () => {
    expect(neighbourCodec.parse(BodyReader.of(neighbourCodec.encode(NEIGHBOUR)))).toEqual(NEIGHBOUR);
  });
});
