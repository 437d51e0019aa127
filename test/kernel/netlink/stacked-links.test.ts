/**
 * Uplinks of kinds that this kernel may lack: messages with the attributes that Linux sends for them, read as on a node, and what a
 * takeover says of them.
 * Source: rtnl_fill_ifinfo() of net/core/rtnetlink.c; linux/if_link.h (IFLA_VLAN_*, IFLA_BOND_*, IFLA_BOND_SLAVE_*, IFLA_IPVLAN_*).
 */
import { describe, expect, it } from 'vitest';
import { linkObject, lowerOf } from '../../../reconciler/kernel/netlink/link-object.ts';
import { parseLink } from '../../../reconciler/kernel/netlink/link.ts';
import { BodyReader } from '../../../reconciler/kernel/netlink/reader.ts';
import { BodyWriter } from '../../../reconciler/kernel/netlink/writer.ts';
import { captureFirst } from '../../../reconciler/model/modes/bridge/capture.ts';
import { HOST, type NetObject, toState } from '../../../reconciler/model/state.ts';
import { NETWORK } from '../../support/node.ts';

const [IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_LINK, IFLA_MASTER, IFLA_LINKINFO] = [1, 3, 4, 5, 10, 18];
const [IFLA_INFO_KIND, IFLA_INFO_DATA, IFLA_INFO_SLAVE_KIND, IFLA_INFO_SLAVE_DATA] = [1, 2, 4, 5];
const [ARPHRD_ETHER, ARPHRD_NONE, IFF_UP] = [1, 0xfffe, 0x1];

/** A link. Shape: `data` are the attributes of the kind, by type. */
type Sent = {
  readonly index: number;
  readonly name: string;
  readonly kind?: string;
  readonly slaveKind?: string;
  readonly lower?: number;
  readonly master?: number;
  readonly mac?: string;
  readonly data?: Readonly<Record<number, readonly number[]>>;
};

function putData(body: BodyWriter, type: number, data: Sent['data'] = {}): void {
  body.nest(type, () => {
    for (const [key, bytes] of Object.entries(data)) body.bytes(Number(key), Uint8Array.from(bytes));
  });
}

function message({ index, name, kind, slaveKind, lower, master, mac, data }: Sent): BodyReader {
  const body = new BodyWriter().put8(0).put8(0);
  body
    .put16(mac === undefined ? ARPHRD_NONE : ARPHRD_ETHER)
    .put32(index)
    .put32(IFF_UP)
    .put32(0);
  body.text(IFLA_IFNAME, name).u32(IFLA_MTU, 1500);
  if (mac !== undefined)
    body.bytes(IFLA_ADDRESS, Uint8Array.from(Buffer.from(mac.replaceAll(':', ''), 'hex')));
  if (lower !== undefined) body.u32(IFLA_LINK, lower);
  if (master !== undefined) body.u32(IFLA_MASTER, master);
  body.nest(IFLA_LINKINFO, () => {
    if (kind !== undefined) {
      body.text(IFLA_INFO_KIND, kind);
      putData(body, IFLA_INFO_DATA, data);
    }
    if (slaveKind !== undefined) {
      body.text(IFLA_INFO_SLAVE_KIND, slaveKind);
      putData(body, IFLA_INFO_SLAVE_DATA, { 1: [0], 2: [1], 3: [0, 0, 0, 0] });
    }
  });
  return BodyReader.of(body.finish());
}

const [MAC, OTHER] = ['00:0d:3a:51:c4:90', '00:0d:3a:51:c4:91'];

/** Returns the refusal of the uplink by the first ADD, or the network's uplink. */
function capture(sent: readonly Sent[], uplink: string): unknown {
  const facts = sent.flatMap((one) => parseLink(message(one)) ?? []);
  expect(facts).toHaveLength(sent.length);
  const nameAt = (index: number): string | undefined => facts.find((fact) => fact.index === index)?.name;
  const links: readonly NetObject[] = facts.map((fact) => {
    const object = linkObject(fact, { netns: HOST, master: nameAt(fact.masterIndex) ?? '' });
    const lower = lowerOf(fact, object.type, nameAt);
    return lower === undefined ? object : { ...object, lower };
  });
  const address = { kind: 'address', netns: HOST, dev: uplink, address: '10.240.0.35/16', scope: 0 } as const;
  const state = toState([...links, address]);
  const captured = captureFirst({ state, namespaces: new Map() }, { master: uplink, pools: NETWORK.pools });
  return captured.ok ? captured.value.uplink.name : captured.error;
}

const refused = (...words: readonly string[]): unknown =>
  expect.objectContaining({
    code: 'refused',
    message: expect.stringMatching(new RegExp(words.map((word) => `(?=.*${word})`).join(''))),
    hint: expect.any(String),
  });

const NIC: Sent = { index: 2, name: 'ens1', mac: MAC };
/** IFLA_VLAN_ID 5, IFLA_VLAN_FLAGS reorder_hdr, IFLA_VLAN_PROTOCOL 802.1Q. */
const VLAN_DATA = { 1: [5, 0], 2: [1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], 5: [0x81, 0] };
/** IFLA_BOND_MODE active-backup, IFLA_BOND_ACTIVE_SLAVE, IFLA_BOND_MIIMON, IFLA_BOND_FAIL_OVER_MAC active. */
const BOND_DATA = { 1: [1], 2: [2, 0, 0, 0], 3: [100, 0, 0, 0], 13: [1] };
/** IFLA_IPVLAN_MODE l2, IFLA_IPVLAN_FLAGS. */
const IPVLAN_DATA = { 1: [0, 0], 2: [0, 0] };

describe('an uplink that is', () => {
  it('a VLAN is taken over', () => {
    const vlan: Sent = { index: 3, name: 'ens1.5', kind: 'vlan', lower: 2, mac: MAC, data: VLAN_DATA };
    expect(capture([NIC, vlan], 'ens1.5')).toBe('ens1.5');
  });

  it('a NIC with a VLAN on it is taken over: tagged frames go to the VLAN before the bridge', () => {
    const vlan: Sent = { index: 3, name: 'ens1.5', kind: 'vlan', lower: 2, mac: MAC, data: VLAN_DATA };
    expect(capture([NIC, vlan], 'ens1')).toBe('ens1');
  });

  it('a bond is taken over, and its slave is refused by name', () => {
    const bond: Sent = { index: 4, name: 'bond0', kind: 'bond', mac: MAC, data: BOND_DATA };
    const slaves = [NIC, { ...NIC, index: 3, name: 'ens2', mac: OTHER }].map((nic) => ({
      ...nic,
      slaveKind: 'bond',
      master: 4,
    }));
    expect(capture([...slaves, bond], 'bond0')).toBe('bond0');
    expect(capture([...slaves, bond], 'ens1')).toEqual(refused('ens1', 'bond0'));
  });

  it('a team, or enslaved to a VRF, is taken over or refused by name', () => {
    const team: Sent = { index: 4, name: 'team0', kind: 'team', mac: MAC };
    expect(capture([{ ...NIC, slaveKind: 'team', master: 4 }, team], 'team0')).toBe('team0');
    const vrf: Sent = { index: 4, name: 'blue', kind: 'vrf', mac: OTHER, data: { 1: [10, 0, 0, 0] } };
    expect(capture([{ ...NIC, slaveKind: 'vrf', master: 4 }, vrf], 'ens1')).toEqual(refused('ens1', 'blue'));
  });

  it.each(['macvlan', 'macvtap', 'ipvlan', 'ipvtap', 'macsec'])(
    'a NIC with a %s on it is refused',
    (kind) => {
      const upper: Sent = { index: 3, name: 'sub0', kind, lower: 2, mac: OTHER, data: IPVLAN_DATA };
      expect(capture([NIC, upper], 'ens1')).toEqual(refused('ens1', kind, 'sub0'));
    },
  );

  it.each([
    ['vxlan', undefined, { 1: [7, 0, 0, 0], 3: [2, 0, 0, 0] }],
    ['ipip', 2, { 1: [2, 0, 0, 0] }],
    ['gretap', 2, { 1: [2, 0, 0, 0] }],
    ['ip6gre', 2, { 1: [2, 0, 0, 0] }],
  ])(
    'a NIC to which a %s is bound is refused, and one that a tunnel uses by its routes is not',
    (kind, lower, data) => {
      const free: Sent = { index: 3, name: 'tun0', kind, data: { 1: [7, 0, 0, 0] } };
      const bound: Sent = { ...free, data, ...(lower === undefined ? {} : { lower }) };
      expect(capture([NIC, bound], 'ens1')).toEqual(refused('ens1', kind, 'tun0'));
      expect(capture([NIC, free], 'ens1')).toBe('ens1');
    },
  );

  it('a synthetic NIC is taken over beside its virtual function of the same MAC, which is refused by name', () => {
    const vf: Sent = { index: 3, name: 'enP1s1', mac: MAC, master: 2 };
    expect(capture([NIC, vf], 'ens1')).toBe('ens1');
    expect(capture([NIC, vf], 'enP1s1')).toEqual(refused('enP1s1', 'ens1'));
  });

  it('a port of Open vSwitch or of another bridge is refused by name', () => {
    for (const kind of ['openvswitch', 'bridge']) {
      const bridge: Sent = { index: 4, name: 'ovs-system', kind, mac: OTHER };
      const port = { ...NIC, master: 4 };
      expect(capture([port, bridge], 'ens1')).toEqual(refused('ens1', 'ovs-system'));
    }
  });

  it('a macvlan is taken over: it has a MAC of its own', () => {
    const macvlan: Sent = {
      index: 3,
      name: 'mac0',
      kind: 'macvlan',
      lower: 2,
      mac: OTHER,
      data: { 1: [4, 0, 0, 0] },
    };
    expect(capture([NIC, macvlan], 'mac0')).toBe('mac0');
  });

  it.each(['ipvlan', 'ipvtap'])('an %s is refused: its packets go by its own addresses', (kind) => {
    const ipvlan: Sent = { index: 3, name: 'ipvl0', kind, lower: 2, mac: MAC, data: IPVLAN_DATA };
    expect(capture([NIC, ipvlan], 'ipvl0')).toEqual(refused('ipvl0', kind, 'ens1'));
  });

  it.each(['wireguard', 'ipip', 'sit', 'ip6gre', 'tun'])('a %s, which has no MAC, is no uplink', (kind) => {
    const tunnel: Sent = { index: 3, name: 'tun0', kind };
    expect(capture([NIC, tunnel], 'tun0')).toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('tun0 with a MAC address'),
    });
  });
});
