import { describe, expect, it } from 'vitest';
import { BodyReader } from '../../../reconciler/kernel/netlink/attribute.ts';
import {
  createFdb,
  createNeighbour,
  encodeNeighbour,
  parseFdb,
  parseFdbEntry,
  parseNeighbour,
} from '../../../reconciler/kernel/netlink/neighbour.ts';
import { capturedBodies, describeCaptured, describeRequest } from '../captured.ts';

const RTM_NEWNEIGH = 28;
const HEADER_BYTES = 12;
const index = capturedBodies('neighbour-replace', RTM_NEWNEIGH)[0]?.at32(4) ?? 0;
const port = capturedBodies('fdb-replace', RTM_NEWNEIGH)[0]?.at32(4) ?? 0;
const NEIGHBOUR = { index, address: '10.240.0.36', mac: '0a:1b:2c:3d:4e:5f', protocol: 118 };

describe('a neighbour', () => {
  it('is replaced as ip-neighbour replaces it', () => {
    expect(describeRequest(createNeighbour(NEIGHBOUR, true), HEADER_BYTES)).toEqual(
      describeCaptured('neighbour-replace', HEADER_BYTES),
    );
  });

  it('is read from what a kernel lists only when it is permanent', () => {
    const found = capturedBodies('neighbour-list', RTM_NEWNEIGH).map(parseNeighbour);
    expect(found).toContainEqual(NEIGHBOUR);
    expect(found).toContainEqual({ ...NEIGHBOUR, address: 'fd00::36', protocol: undefined });
    expect(found.filter((one) => one !== undefined)).toHaveLength(2);
    expect(found.length).toBeGreaterThan(2);
  });

  it('is read back as it was encoded', () => {
    expect(parseNeighbour(BodyReader.of(encodeNeighbour(NEIGHBOUR)))).toEqual(NEIGHBOUR);
  });
});

describe('a forwarding entry', () => {
  it('is replaced as bridge-fdb replaces it', () => {
    const request = createFdb({ index: port, mac: '0a:1b:2c:3d:4e:5f' }, true);
    expect(describeRequest(request, HEADER_BYTES)).toEqual(describeCaptured('fdb-replace', HEADER_BYTES));
  });

  it('is read from what a kernel lists only when it is static', () => {
    const bodies = capturedBodies('fdb-list', RTM_NEWNEIGH);
    const found = bodies.map(parseFdb).filter((one) => one !== undefined);
    expect(found).toEqual([{ index: port, mac: '0a:1b:2c:3d:4e:5f' }]);
    const states = bodies.map((body) => parseFdbEntry(body)?.state);
    expect(states).toContain('permanent');
    expect(states).toContain(undefined);
  });
});
