import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { createKernel } from '../../../reconciler/kernel/apply/apply.ts';
import {
  deleteInHelper,
  deleteInThread,
  deleteGroupInThread,
} from '../../../reconciler/kernel/apply/delete-detached.ts';
import { deleteLinkRequest } from '../../../reconciler/kernel/netlink/link.ts';
import { encodeMessages } from '../../../reconciler/kernel/netlink/message.ts';
import type { Change, Kernel } from '../../../reconciler/model/ports/kernel.ts';
import type { Sys } from '../../../reconciler/model/ports/sys.ts';
import { mustExec } from '../../support/exec.ts';
import { useOwnNetns } from '../../support/inside.ts';
import { hasNamespaces } from '../../support/namespaces.ts';
import { makeNetns, type Netns, uniqueName } from '../../support/netns.ts';
import { type FakeSys, fakeSys, type Scripted } from '../fake-sys.ts';

const STATUS = {
  inode: 1,
  device: 1,
  size: 0,
  uid: 0,
  gid: 0,
  mode: 0o600,
  mtimeSeconds: 0,
  mtimeNanoseconds: 0,
};

/** The kernel's notification that the link with this index is gone: sent like a request, to all listeners. */
const gone =
  (index: number): Scripted =>
  () =>
    encodeMessages([deleteLinkRequest(index)], 0);

/** A node with or without ip(8), on which a program can or cannot be started. */
function nodeWith(script: readonly Scripted[], more: Partial<Sys>): FakeSys {
  const fake = fakeSys(script);
  const sys = { ...fake.sys, stat: () => STATUS, spawn: () => 77, ...more };
  return { ...fake, sys };
}

describe('removing a link apart', () => {
  const doomed = { index: 7, inherited: [5] };

  it.each<[string, boolean, readonly Scripted[], Partial<Sys>]>([
    ['continues when the link is announced as deleted, other links aside', true, [gone(6), gone(7)], {}],
    ['does not wait for ever for the announcement', false, [], {}],
    ['does not take the end of another link for that of ours', false, [gone(6)], {}],
    ['gives up when something was lost', false, [-105, gone(7)], {}],
    ['needs ip(8)', false, [gone(7)], { stat: () => -2 }],
    ['needs a process', false, [gone(7)], { spawn: () => -11 }],
    ['needs to listen', false, [gone(7)], { bind: () => -1 }],
  ])('%s', (_what, isGone, script, more) => {
    const node = nodeWith(script, more);
    expect(deleteInHelper(node.sys, doomed)).toBe(isGone);
    expect([...node.open]).toEqual([]);
  });

  it('listens before it starts the program, which inherits its descriptors', () => {
    const calls: unknown[] = [];
    const node = nodeWith([gone(7)], {
      bind: () => calls.push('listens') * 0,
      spawn: (argv, inherited) => calls.push(argv, inherited) + 70,
    });
    expect(deleteInHelper(node.sys, doomed)).toBe(true);
    expect(calls).toEqual(['listens', ['/usr/sbin/ip', 'link', 'delete', 'dev', 'if7'], [5]]);
  });
});

describe('removing a link aside', () => {
  it.each<[string, boolean, readonly Scripted[], Partial<Sys>]>([
    ['continues when the link is announced as deleted, other links aside', true, [gone(6), gone(7)], {}],
    ['does not wait for ever for the announcement', false, [gone(6)], {}],
    ['needs a libc that can', false, [gone(7)], { sendDetached: () => -95 }],
    ['needs to listen', false, [gone(7)], { bind: () => -1 }],
  ])('%s', (_what, isGone, script, more) => {
    const taken: number[] = [];
    const node = nodeWith(script, more);
    const sendDetached = (fd: number, bytes: Uint8Array): number => {
      taken.push(fd);
      return more.sendDetached?.(fd, bytes) ?? 0;
    };
    expect(deleteInThread({ ...node.sys, sendDetached }, 7)).toBe(isGone);
    // sendApart() owns the sending descriptor and closes it.
    expect([...node.open]).toEqual(taken);
  });

  it('needs a runtime that can', () => {
    expect(deleteInThread(nodeWith([gone(7)], {}).sys, 7)).toBe(false);
  });

  it('continues when every link of a group is announced as deleted, and not before', () => {
    const sendDetached = (_fd: number, _bytes: Uint8Array): number => 0;
    const all = nodeWith([gone(8), gone(9), gone(7)], { sendDetached });
    expect(deleteGroupInThread(all.sys, 5, [7, 8])).toBe(true);
    expect(deleteGroupInThread(nodeWith([gone(7), gone(7)], { sendDetached }).sys, 5, [7, 8])).toBe(false);
  });

  it('deletes by index, through another socket than the one that listens', () => {
    const sent: unknown[] = [];
    const node = nodeWith([gone(7)], {
      bind: (fd) => sent.push(fd) * 0,
      sendDetached: (fd, bytes) => sent.push(fd, bytes),
    });
    expect(deleteInThread(node.sys, 7)).toBe(true);
    expect(sent).toEqual([11, 12, encodeMessages([deleteLinkRequest(7)], 1)]);
  });
});

describe.skipIf(!hasNamespaces).each([
  ['that ends', 'one-shot'],
  ['that stays', 'resident'],
] as const)('the kernel of CNI calls in a process %s', (_whose, lifetime) => {
  useOwnNetns(createSys);
  let pod: Netns;
  let kernel: Kernel;
  const want = {
    kind: 'link',
    netns: '',
    name: uniqueName('azv').slice(0, 15),
    type: 'veth',
    alias: 'vnet:a/b/eth0',
  } as const;
  const pair = (): Change => ({ verb: 'create', want: { ...want, peer: { netns: pod.path, name: 'eth0' } } });
  beforeEach(() => {
    pod = makeNetns(uniqueName('pod'));
    kernel = createKernel(createSys(), undefined, lifetime);
  });
  afterEach(() => {
    kernel.close();
    pod.remove();
  });

  it('reports a veth as deleted when both ends are gone', () => {
    for (let round = 0; round < 5; round += 1) {
      expect(kernel.apply([pair()])).toEqual([{ ok: true, value: 'changed' }]);
      expect(kernel.apply([{ verb: 'delete', have: want }])).toEqual([{ ok: true, value: 'changed' }]);
      expect(readFileSync('/proc/net/dev', 'utf8')).not.toContain(want.name);
      expect(pod.execNow(['ip', 'link', 'show', 'eth0']).code).not.toBe(0);
    }
    expect(kernel.apply([{ verb: 'delete', have: want }])).toEqual([{ ok: true, value: 'unchanged' }]);
  });

  it('removes many at once, when they are gone at both ends', () => {
    const names = Array.from({ length: 9 }, (_, index) => `${want.name.slice(0, 12)}${index}`);
    const links = names.map((name, index) => ({ ...want, name, alias: `vnet:a/b/net${index}` }));
    const pairs = links.map(
      (link, index): Change => ({
        verb: 'create',
        want: { ...link, peer: { netns: pod.path, name: `net${index}` } },
      }),
    );
    expect(kernel.apply(pairs)).toEqual(names.map(() => ({ ok: true, value: 'changed' })));
    const deletions = links.map((have): Change => ({ verb: 'delete', have }));
    expect(kernel.apply(deletions)).toEqual(names.map(() => ({ ok: true, value: 'changed' })));
    expect(names.filter((name) => readFileSync('/proc/net/dev', 'utf8').includes(name))).toEqual([]);
    expect(pod.mustExec(['ip', '-o', 'link', 'show', 'type', 'veth']).stdout).toBe('');
  });

  it('leaves a link with the mark of another', () => {
    kernel.apply([pair()]);
    const have = { ...want, alias: 'vnet:a/c/eth0' };
    expect(kernel.apply([{ verb: 'delete', have }])).toMatchObject([
      { ok: false, error: { code: 'refused' } },
    ]);
    expect(readFileSync('/proc/net/dev', 'utf8')).toContain(want.name);
    kernel.apply([{ verb: 'delete', have: want }]);
  });

  it('keeps the index of a link until it reads again, and touches no other one meanwhile', () => {
    const name = uniqueName('br').slice(-15);
    const make = (): unknown => mustExec(['ip', 'link', 'add', name, 'type', 'bridge']);
    const look = (): unknown =>
      kernel.observe({ whole: false, devices: [name], pods: [], sysctls: [], entries: [] });
    const place = { kind: 'neighbour', netns: '', dev: name, family: 4 } as const;
    const add: Change = {
      verb: 'create',
      want: { ...place, address: '10.9.9.9', mac: '0a:00:00:00:00:09', protocol: 118 },
    };
    make();
    look();
    mustExec(['ip', 'link', 'del', name]);
    make();
    expect(kernel.apply([add])).toMatchObject([{ ok: false, error: { code: 'not-found' } }]);
    look();
    expect(kernel.apply([add])).toEqual([{ ok: true, value: 'changed' }]);
    mustExec(['ip', 'link', 'del', name]);
  });
});
