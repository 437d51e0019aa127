/** Frames that no well-behaved pod sends: none may reach another pod or the node. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LiveNode, makeLiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';
import { forgedFrames } from './forged-frames.ts';
import { arp, EVERYONE, ethernet, udp } from './frames.ts';
import { END, hearFrames, heardLinkOf, liesHeard } from './hear-frames.ts';

const [IP, ARP] = [0x0800, 0x0806];
const [OWN, FOREIGN, VICTIM, GATEWAY] = ['10.240.0.36', '10.240.0.99', '10.240.0.37', '10.240.0.1'];

describe.skipIf(!hasLiveNodes)('raw frames of a pod', () => {
  let node: LiveNode;
  let liar: Netns;
  let victim: Netns;
  let macs: { readonly own: string; readonly victim: string };

  beforeAll(async () => {
    node = makeLiveNode();
    [liar, victim] = [node.addPod(), node.addPod()];
    for (const pod of [liar, victim]) await node.call({ verb: 'ADD', pod });
    macs = { own: heardLinkOf(liar).mac, victim: heardLinkOf(victim).mac };
  });
  afterAll(() => node.remove());

  /** Returns an honest frame, which reaches everyone on the bridge. */
  const marker = (text: string): Buffer =>
    ethernet(EVERYONE, macs.own, [IP], udp(OWN, '255.255.255.255', text));

  const lies = (): Readonly<Record<string, Buffer>> =>
    forgedFrames({ ...macs, address: OWN, foreign: FOREIGN, target: VICTIM, gateway: GATEWAY });

  it('that are forged do not reach another pod', async () => {
    expect(await liesHeard(liar, lies(), { place: victim, device: 'eth0', marker })).toEqual([]);
  });

  it('that are forged do not reach the node', async () => {
    expect(
      await hearFrames(liar, [...Object.values(lies()), marker(END)], {
        place: node.netns,
        device: 'azure0',
      }),
    ).toEqual(['frame-end']);
    for (const place of [victim, node.netns]) {
      expect(place.mustExec(`ip neigh show ${GATEWAY}`.split(' ')).stdout).not.toContain(macs.own);
    }
  });

  it('that are valid reach the other pod', async () => {
    const answer = {
      operation: 2,
      mac: macs.own,
      ip: OWN,
      targetMac: macs.victim,
      targetIp: VICTIM,
    } as const;
    const honest = [
      ethernet(macs.victim, macs.own, [IP], udp(OWN, VICTIM, 'frame-ip')),
      ethernet(macs.victim, macs.own, [ARP], arp(answer, 'frame-arp')),
      ethernet(EVERYONE, macs.own, [ARP], arp({ ...answer, operation: 1 }, 'frame-ask')),
    ];
    expect(await hearFrames(liar, [...honest, marker(END)], { place: victim, device: 'eth0' })).toEqual([
      'frame-ip',
      'frame-arp',
      'frame-ask',
      'frame-end',
    ]);
  });
});
