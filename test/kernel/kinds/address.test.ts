import { describe, expect, it } from 'vitest';
import { addressCodec } from '../../../reconciler/kernel/kinds/address.ts';
import { additionOf } from '../../../reconciler/kernel/kinds/on-link.ts';
import { capturedBodies, describeCaptured, describeRequest } from '../captured.ts';

const RTM_NEWADDR = 20;
const HEADER_BYTES = 8;
const index = capturedBodies('address-add', RTM_NEWADDR)[0]?.at32(4) ?? 0;

describe('an address', () => {
  it('is added as ip-address adds it', () => {
    const request = additionOf(addressCodec, {
      index,
      address: '10.240.0.4/16',
      broadcast: '10.240.255.255',
      label: 'azure0:1',
      metric: 100,
    });
    expect(describeRequest(request, HEADER_BYTES)).toEqual(describeCaptured('address-add', HEADER_BYTES));
  });

  it('of IPv6 is usable at once: without duplicate address detection', () => {
    const lines = describeRequest(additionOf(addressCodec, { index, address: 'fd00::4/64' }), HEADER_BYTES);
    expect(lines).toContain('/8 02000000');
  });

  it("is parsed from a kernel's dump", () => {
    const facts = capturedBodies('address-list', RTM_NEWADDR).map((body) => addressCodec.parse(body));
    const own = facts.filter((fact) => fact?.index === index);
    expect(own).toMatchObject([
      {
        address: '10.240.0.4/16',
        prefix: '10.240.0.0/16',
        scope: 0,
        broadcast: '10.240.255.255',
        label: 'azure0:1',
        metric: 100,
      },
      {
        address: '10.1.0.4/24',
        broadcast: undefined,
        label: 'azure0',
        metric: undefined,
        noPrefixRoute: true,
      },
      { address: 'fd00::4/64', prefix: 'fd00::/64', scope: 0, label: undefined, noPrefixRoute: false },
      { address: expect.stringMatching(/^fe80::/), scope: 253 },
    ]);
  });
});
