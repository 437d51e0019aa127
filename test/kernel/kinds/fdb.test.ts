import { describe, expect, it } from 'vitest';
import { fdbCodec, parseFdbEntry } from '../../../reconciler/kernel/kinds/fdb.ts';
import { replacementOf } from '../../../reconciler/kernel/kinds/on-link.ts';
import { capturedBodies, describeCaptured, describeRequest } from '../captured.ts';

const RTM_NEWNEIGH = 28;
const HEADER_BYTES = 12;
const port = capturedBodies('fdb-replace', RTM_NEWNEIGH)[0]?.at32(4) ?? 0;

describe('a forwarding entry', () => {
  it('is replaced as bridge-fdb replaces it', () => {
    const request = replacementOf(fdbCodec, { index: port, mac: '0a:1b:2c:3d:4e:5f' });
    expect(describeRequest(request, HEADER_BYTES)).toEqual(describeCaptured('fdb-replace', HEADER_BYTES));
  });

  it("is parsed from a kernel's dump only if static", () => {
    const bodies = capturedBodies('fdb-list', RTM_NEWNEIGH);
    const found = bodies.map((body) => fdbCodec.parse(body)).filter((one) => one !== undefined);
    expect(found).toEqual([{ index: port, mac: '0a:1b:2c:3d:4e:5f' }]);
    const states = bodies.map((body) => parseFdbEntry(body)?.state);
    expect(states).toContain('permanent');
    expect(states).toContain(undefined);
  });
});
