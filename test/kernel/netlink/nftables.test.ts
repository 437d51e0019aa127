import { describe, expect, it } from 'vitest';
import { BodyReader } from '../../../reconciler/kernel/netlink/reader.ts';
import { encodeMessages } from '../../../reconciler/kernel/netlink/message.ts';
import { encodeRegister, parseRegister, NFT_SETS } from '../../../reconciler/kernel/netlink/nftables-key.ts';
import type { NftSet } from '../../../reconciler/model/kinds/nft-element.ts';
import {
  createElement,
  deleteElement,
  encodeBatch,
  encodeElement,
  parseElements,
  parseRule,
} from '../../../reconciler/kernel/netlink/nftables.ts';
import { captured, capturedBodies, describeBody, describeRequest } from '../captured.ts';

const NEWSETELEM = 0xa0c;
const DELSETELEM = 0xa0e;
const NEWRULE = 0xa06;
const HEADER_BYTES = 4;
const PORT = 'azv5a6822c76a3';
const MAC = '0a:1b:2c:3d:4e:5f';

const ELEMENTS: readonly (readonly [string, string, { key: string; value?: string }])[] = [
  ['element-add-pods', 'pods', { key: '10.240.0.36', value: MAC }],
  ['element-add-ports', 'ports', { key: PORT }],
  ['element-add-port-macs', 'port_macs', { key: `${PORT} . ${MAC}` }],
  ['element-add-port-ips', 'port_ips', { key: `${PORT} . 10.240.0.36` }],
];
/** Elements, element, key or data. */
const NESTING = { '/3': 0, '/3/1': 0, '/3/1/1': 0, '/3/1/2': 0 };
/** Added by nft to distinguish sets within one transaction. */
const SET_ID = '/4 ';

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('nothing is there');
  return value;
}

function shapeOf(set: string): NftSet {
  return known(NFT_SETS[set]);
}

function theirs(name: string, type: number): string[] {
  const [body] = capturedBodies(name, type);
  return describeBody(type, known(body), HEADER_BYTES, NESTING).filter((line) => !line.startsWith(SET_ID));
}

describe('an element', () => {
  it.each(ELEMENTS)('is added as nft adds it: %s', (name, set, element) => {
    const raw = known(encodeElement(shapeOf(set), element));
    const request = createElement({ table: 'vnet', set }, raw);
    expect(describeRequest(request, HEADER_BYTES, NESTING)).toEqual(theirs(name, NEWSETELEM));
  });

  it('is deleted as nft deletes it', () => {
    const key = known(encodeRegister(shapeOf('port_ips').key, `${PORT} . 10.240.0.36`));
    const request = deleteElement({ table: 'vnet', set: 'port_ips' }, key);
    expect(describeRequest(request, HEADER_BYTES, NESTING)).toEqual(theirs('element-delete', DELSETELEM));
  });

  it.each(ELEMENTS)("is parsed from a kernel's dump: %s", (_name, set, element) => {
    const shape = shapeOf(set);
    const bodies = capturedBodies('table-list', NEWSETELEM).filter(
      (body) => body.attribute(HEADER_BYTES, 2)?.toText() === set,
    );
    expect(bodies.flatMap((body) => parseElements(shape, body))).toEqual([element]);
  });

  it.each(ELEMENTS)('has a key that parses to the encoded value: %s', (_name, set, { key }) => {
    const types = shapeOf(set).key;
    expect(parseRegister(types, BodyReader.of(known(encodeRegister(types, key))))).toBe(key);
  });

  it.each([
    ['pods', '10.240.0'],
    ['pods', '10.240.0.36 . 10.240.0.37'],
    ['ports', 'a-name-of-sixteen'],
    ['ports', ''],
    ['port_macs', PORT],
    ['port_macs', `${PORT} . 10.240.0.36`],
  ])('of set %s does not have the key "%s"', (set, key) => {
    expect(encodeRegister(shapeOf(set).key, key)).toBeUndefined();
  });

  it('of a map is not encoded without a value', () => {
    expect(encodeElement(shapeOf('pods'), { key: '10.240.0.36' })).toBeUndefined();
  });
});

describe('a batch', () => {
  it('has the marks that nft puts around its changes', () => {
    const [begin, , end] = captured('element-add-ports');
    const ours = encodeBatch([{ type: NEWSETELEM, flags: 0, body: new Uint8Array(4) }]);
    const [first, change, last] = ours;
    const marks = [first, last].map((request) =>
      request === undefined ? [] : describeRequest(request, HEADER_BYTES),
    );
    expect(marks).toEqual(
      [begin, end].map((mark) =>
        mark === undefined ? [] : describeBody(mark.type, mark.body, HEADER_BYTES),
      ),
    );
    expect(change?.flags).toBe(0x4);
    expect(encodeMessages(ours, 5)).toHaveLength(60);
  });
});

describe('the rules that a kernel lists', () => {
  it('have their chain and comment, or none', () => {
    expect(capturedBodies('table-list', NEWRULE).map(parseRule)).toEqual([
      { chain: 'prerouting', comment: 'vnet:eth0-ip-to-pod:0123abcd' },
      { chain: 'prerouting', comment: undefined },
    ]);
  });
});
