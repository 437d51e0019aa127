import { describe, expect, it } from 'vitest';
import { BodyReader } from '../../../reconciler/kernel/netlink/reader.ts';
import {
  changeLink,
  createLinkRequest,
  deleteGroup,
  deleteLinkRequest,
  encodeLink,
  parseLink,
} from '../../../reconciler/kernel/netlink/link.ts';
import { captured, capturedBodies, describeCaptured, describeRequest } from '../captured.ts';

const RTM_NEWLINK = 16;
const HEADER_BYTES = 16;
/** IFLA_LINKINFO, IFLA_INFO_DATA, VETH_INFO_PEER (with an ifinfomsg), IFLA_INFO_SLAVE_DATA. */
const NESTING = { '/18': 0, '/18/2': 0, '/18/2/1': 16, '/18/5': 0 };

/** The index of the captured veth; ip looks it up, and addresses links by it. */
const index = capturedBodies('link-set-up', RTM_NEWLINK)[0]?.at32(4) ?? 0;

/** ip ends some texts without a NUL. */
function withoutNul(path: string, lines: readonly string[]): string[] {
  return lines.map((line) => (line.startsWith(`${path} `) ? line.replace(/00$/, '') : line));
}

function portMode(lines: readonly string[]): string[] {
  return lines.filter((line) => line.startsWith('/18/5/'));
}

describe('a request about a link', () => {
  it('that creates a bridge equals that of ip-link', () => {
    const request = createLinkRequest({
      name: 'azure0',
      kind: 'bridge',
      mac: '02:0d:3a:6e:33:01',
      mtuBytes: 1499,
    });
    expect(withoutNul('/18/1', describeRequest(request, HEADER_BYTES, NESTING))).toEqual(
      describeCaptured('bridge-add', HEADER_BYTES, NESTING),
    );
  });

  it('that creates a veth with its peer in a namespace equals that of ip-link', () => {
    const request = createLinkRequest({
      name: 'azv5a6822c76a3',
      kind: 'veth',
      mac: 'fe:11:22:33:44:55',
      mtuBytes: 1400,
      peer: { name: 'eth0', netnsFd: 4, mac: '0a:1b:2c:3d:4e:5f', mtuBytes: 1400 },
    });
    expect(withoutNul('/18/1', describeRequest(request, HEADER_BYTES, NESTING))).toEqual(
      describeCaptured('veth-add', HEADER_BYTES, NESTING),
    );
  });

  it.each([
    ['link-set-alias', { alias: 'vnet:azure/1bd38ad8/eth0' }],
    ['link-set-up', { up: true }],
    ['link-set-multicast-off', { multicast: false }],
  ])('that changes one thing changes nothing else: %s', (name, fields) => {
    const ours = withoutNul('/20', describeRequest(changeLink({ index, ...fields }), HEADER_BYTES));
    expect(ours).toEqual(describeCaptured(name, HEADER_BYTES));
  });

  it('that sets the bridge names it by its number', () => {
    const bridge =
      capturedBodies('link-set-master', RTM_NEWLINK)[0]?.attribute(HEADER_BYTES, 10)?.at32(0) ?? 0;
    expect(bridge).toBeGreaterThan(1);
    expect(describeRequest(changeLink({ index, masterIndex: bridge }), HEADER_BYTES)).toEqual(
      describeCaptured('link-set-master', HEADER_BYTES),
    );
  });

  it('that sets hairpin has the port mode where ip-link has it', () => {
    const ours = portMode(describeRequest(changeLink({ index, hairpin: true }), HEADER_BYTES, NESTING));
    expect(ours).toEqual(['/18/5/4 01']);
    expect(ours).toEqual(portMode(describeCaptured('link-set-hairpin', HEADER_BYTES, NESTING)));
  });

  it('that deletes names the number alone', () => {
    expect(describeRequest(deleteLinkRequest(index), HEADER_BYTES)).toEqual(
      describeCaptured('link-del', HEADER_BYTES),
    );
  });

  it('that deletes a group names the group alone', () => {
    expect(describeRequest(deleteGroup(7), HEADER_BYTES)).toEqual(
      describeCaptured('link-del-group', HEADER_BYTES),
    );
  });

  it('that removes the alias has an empty one', () => {
    expect(describeRequest(changeLink({ index, alias: '' }), HEADER_BYTES)).toContain('/20 ');
  });
});

describe("links in a kernel's dump", () => {
  const links = capturedBodies('link-list', RTM_NEWLINK).map(parseLink);
  const byName = new Map(links.map((link) => [link.name, link]));

  it('is read for a bridge', () => {
    expect(byName.get('azure0')).toMatchObject({
      kind: 'bridge',
      up: true,
      multicast: true,
      mac: '02:0d:3a:6e:33:01',
      masterIndex: 0,
      alias: undefined,
      hairpin: undefined,
    });
  });

  it('is read for a veth that is a port', () => {
    expect(byName.get('azv5a6822c76a3')).toMatchObject({
      kind: 'veth',
      up: true,
      mac: 'fe:11:22:33:44:55',
      mtuBytes: 1400,
      masterIndex: byName.get('azure0')?.index,
      alias: 'vnet:azure/1bd38ad8/eth0',
      hairpin: true,
      isPeerElsewhere: true,
    });
    expect(byName.get('azv5a6822c76a3')?.peerIndex).toBeGreaterThan(1);
  });

  it('is read for lo', () => {
    expect(byName.get('lo')).toMatchObject({
      index: 1,
      kind: '',
      up: true,
      multicast: false,
      mtuBytes: 65536,
    });
  });

  it('is read back from what we encode, with text that is not ASCII', () => {
    const spec = {
      index: 7,
      name: 'azv1',
      up: true,
      mac: '0a:00:00:00:00:01',
      mtuBytes: 1400,
      alias: 'vnet:ä/€',
    };
    expect(parseLink(BodyReader.of(encodeLink(spec)))).toMatchObject(spec);
  });

  it('is read for a refusal: the number and the text of the kernel', () => {
    expect(captured('link-exists').map(({ kind, errno }) => ({ kind, errno }))).toContainEqual({
      kind: 'acknowledgement',
      errno: 17,
    });
  });
});
