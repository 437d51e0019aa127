import { readFileSync, readlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKernel } from '../../reconciler/kernel/apply/apply.ts';
import { createObserver } from '../../reconciler/kernel/observe/observer.ts';
import { createSys } from '#sys';
import type { Change, Kernel, Scope } from '../../reconciler/model/ports/kernel.ts';
import type { LinkObject } from '../../reconciler/model/state.ts';
import type { Sys } from '../../reconciler/model/ports/sys.ts';
import { mustExec } from '../support/exec.ts';
import { useOwnNetns } from '../support/inside.ts';
import { hasNamespaces } from '../support/namespaces.ts';
import { makeNetns, uniqueName } from '../support/netns.ts';
import type { Netns } from '../support/netns.ts';

const NAME = 'azvtest';

/**
 * Messages to the kernel, and open descriptors.
 * Shape: `opened` counts, `held` has descriptors not closed yet.
 */
type Counted = {
  readonly sys: Sys;
  readonly datagrams: Uint8Array[];
  opened: number;
  readonly held: Set<number>;
};

/**
 * Counts the calls themselves: in /proc/self/fd the runtime opens and closes its own descriptors at any time.
 */
function counted(sys: Sys): Counted {
  const held = new Set<number>();
  const hold = (fd: number): number => {
    if (fd >= 0) held.add(fd);
    trace.opened += fd >= 0 ? 1 : 0;
    return fd;
  };
  const trace: Counted = {
    datagrams: [],
    opened: 0,
    held,
    sys: {
      ...sys,
      open: (path, flags, mode) => hold(sys.open(path, flags, mode)),
      socket: (domain, type, protocol) => hold(sys.socket(domain, type, protocol)),
      close: (fd) => {
        held.delete(fd);
        return sys.close(fd);
      },
      send: (fd, bytes, flags) => {
        trace.datagrams.push(bytes);
        return sys.send(fd, bytes, flags);
      },
    },
  };
  return trace;
}

function pairOf(netns: string): { want: LinkObject; peer: LinkObject } {
  return {
    want: {
      kind: 'link',
      netns: '',
      name: NAME,
      type: 'veth',
      up: true,
      alias: 'vnet:test/1/eth0',
      peer: { netns, name: 'eth0' },
    },
    peer: { kind: 'link', netns, name: 'eth0', type: 'veth', up: true },
  };
}

function scopeOf(...pods: readonly string[]): Scope {
  return {
    whole: true,
    devices: [],
    pods: pods.map((netns) => ({ netns, ifName: 'eth0' })),
    sysctls: [],
    entries: [],
  };
}

describe.skipIf(!hasNamespaces)('the real kernel', () => {
  useOwnNetns(createSys);
  let kernel: Kernel;
  let trace: Counted;
  let pods: Netns[];
  beforeEach(async () => {
    trace = counted(createSys());
    kernel = createKernel(trace.sys);
    pods = [makeNetns(uniqueName('pod'))];
  });
  afterEach(() => {
    kernel.apply([{ verb: 'delete', have: pairOf('').want }]);
    kernel.close();
    for (const pod of pods) pod.remove();
  });
  const pod = (): string => pods[0]?.path ?? '';
  const createPair = (): Change => ({ verb: 'create', ...pairOf(pod()) });

  it('makes link and mark in one datagram, so that no kill leaves an unmarked link', () => {
    expect(kernel.apply([createPair()])).toEqual([{ ok: true, value: 'changed' }]);
    const making = trace.datagrams.filter((bytes) => Buffer.from(bytes).includes('veth'));
    expect(making).toHaveLength(1);
    expect(Buffer.from(making[0] ?? []).includes('vnet:test/1/eth0')).toBe(true);
  });

  describe('makes the host end a port', () => {
    const BRIDGE = 'azvbridge';
    const SECOND = `${NAME}2`;
    beforeEach(() => void mustExec(['ip', 'link', 'add', BRIDGE, 'up', 'type', 'bridge']));
    afterEach(() => {
      kernel.apply([{ verb: 'delete', have: { ...pairOf('').want, name: SECOND } }]);
      mustExec(['ip', 'link', 'del', BRIDGE]);
    });
    const createPort = (name: string, ifName: string, mtuBytes = 1500): Change => {
      const { want, peer } = pairOf(pod());
      const link = { ...want, name, master: BRIDGE, mtuBytes, peer: { netns: pod(), name: ifName } };
      return { verb: 'create', want: link, peer: { ...peer, name: ifName, mtuBytes } };
    };

    it.each([
      ['alone', [NAME]],
      ['together', [NAME, SECOND]],
    ])('without an IPv6 address, %s: nothing would reach it', async (_how, names) => {
      const changes = names.map((name, index) => createPort(name, `eth${index}`));
      expect(kernel.apply(changes)).toEqual(names.map(() => ({ ok: true, value: 'changed' })));
      const addresses = (): string => pods[0]?.mustExec(['ip', '-6', 'address']).stdout ?? '';
      // The peers have one as soon as the kernel has seen the carrier: so would these.
      while (addresses().split('fe80:').length <= names.length)
        await new Promise((resolve) => setTimeout(resolve, 10));
      for (const name of names) {
        const { stdout } = mustExec(['ip', '-d', 'link', 'show', name]);
        expect(stdout).toContain(`master ${BRIDGE}`);
        expect(stdout).toContain('addrgenmode none');
        expect(mustExec(['ip', '-6', 'address', 'show', 'dev', name]).stdout).toBe('');
      }
    });

    it('also without IPv6, of which the kernel then sends no notifications', () => {
      expect(kernel.apply([createPort(NAME, 'eth0', 1200)])).toEqual([{ ok: true, value: 'changed' }]);
      const { stdout } = mustExec(['ip', '-d', 'link', 'show', NAME]);
      expect(stdout).toContain(`master ${BRIDGE}`);
      expect(stdout).not.toContain('addrgenmode');
    });
  });

  it('brings lo and the interface of the pod up with its link', () => {
    pods[0]?.mustExec(['ip', 'link', 'set', 'lo', 'down']);
    kernel.apply([createPair()]);
    const up = pods[0]?.mustExec(['ip', '-br', 'link', 'show', 'up']).stdout ?? '';
    expect(up).toMatch(/^lo /m);
    expect(up).toMatch(/^eth0@/m);
  });

  it('does nothing for changes already made: it sends only read requests', () => {
    kernel.apply([createPair()]);
    trace.datagrams.length = 0;
    expect(kernel.apply([createPair()])).toEqual([{ ok: true, value: 'unchanged' }]);
    const types = trace.datagrams.map((bytes) =>
      new DataView(bytes.buffer, bytes.byteOffset).getUint16(4, true),
    );
    expect(types.length).toBeGreaterThan(0);
    expect(types.every((type) => type % 4 === 2)).toBe(true);
  });

  it('leaves the thread where it was, and no descriptor open', () => {
    const before = readlinkSync('/proc/thread-self/ns/net');
    for (let round = 0; round < 30; round += 1) {
      kernel.apply([createPair(), { verb: 'create', ...pairOf('/run/netns/none') }]);
      expect(kernel.observe(scopeOf(pod(), '/run/netns/none', '/etc/hostname')).ok).toBe(true);
      kernel.apply([{ verb: 'delete', have: pairOf(pod()).want }]);
    }
    kernel.close();
    expect(readlinkSync('/proc/thread-self/ns/net')).toBe(before);
    expect(trace.opened).toBeGreaterThan(30);
    expect(Array.from(trace.held, (fd) => readlinkSync(`/proc/self/fd/${fd}`))).toEqual([]);
  });

  it.each<[string, (of: Kernel) => void]>([
    ['changed', (of) => void of.apply([createPair()])],
    ['observed', (of) => void [of.apply([createPair()]), of.observe(scopeOf(pod()))]],
  ])('does not keep the namespace of a deleted pod alive that it has %s', (_what, look) => {
    look(kernel);
    pods[0]?.remove();
    const deadline = Date.now() + 60_000;
    while (readFileSync('/proc/net/dev', 'utf8').includes(NAME)) {
      if (Date.now() > deadline) expect.unreachable('the veth outlived the namespace');
    }
    expect(Date.now()).toBeLessThanOrEqual(deadline);
  });

  it('does not wait for a writer where a FIFO is at the path of a namespace', () => {
    const path = `/run/netns/${uniqueName('fifo')}`;
    mustExec(['mkfifo', path]);
    const seen = kernel.observe(scopeOf(path));
    unlinkSync(path);
    expect(seen.ok && seen.value.namespaces.get(path)).toBe('gone');
  });

  it('treats a file instead of a namespace, or a namespace of another type, as gone', () => {
    const file = `/run/netns/${uniqueName('file')}`;
    writeFileSync(file, '');
    const seen = kernel.observe(scopeOf(file, '/proc/self/ns/mnt'));
    unlinkSync(file);
    expect(seen.ok && Array.from(seen.value.namespaces.values())).toEqual(['gone', 'gone']);
  });

  it('replaces a neighbour that the kernel learned, which is in no State', () => {
    kernel.apply([createPair()]);
    mustExec([
      'ip',
      'neighbour',
      'add',
      '10.9.9.9',
      'lladdr',
      '0a:00:00:00:00:01',
      'dev',
      NAME,
      'nud',
      'stale',
    ]);
    const want = {
      kind: 'neighbour',
      netns: '',
      dev: NAME,
      address: '10.9.9.9',
      mac: '0a:00:00:00:00:02',
      protocol: 118,
    } as const;
    expect(kernel.apply([{ verb: 'create', want }])).toEqual([{ ok: true, value: 'changed' }]);
    expect(mustExec(['ip', 'neighbour', 'show', 'dev', NAME]).stdout).toMatch(
      /0a:00:00:00:00:02 PERMANENT.*118/,
    );
  });

  it('creates no table without nft, and names the remedy', () => {
    const want = {
      kind: 'nft-table',
      netns: '',
      family: 'bridge',
      name: 'vnet',
      rules: ['a b'],
      script: 'add table bridge vnet',
    } as const;
    expect(kernel.apply([{ verb: 'create', want }])).toMatchObject([
      { ok: false, error: { code: 'unsupported', hint: expect.stringMatching(/vnet reconcile/) } },
    ]);
  });

  it('is observed as well with sockets that only read', () => {
    kernel.apply([createPair()]);
    const observer = createObserver(trace.sys);
    trace.datagrams.length = 0;
    const seen = observer.observe(scopeOf(pod()));
    observer.close();
    expect(seen).toEqual(kernel.observe(scopeOf(pod())));
    expect(seen.ok && seen.value.state.get(`link ${NAME}`)).toMatchObject({
      peer: { netns: pod(), name: 'eth0' },
    });
  });
});
