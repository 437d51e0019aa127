import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { findVethPeers } from '../../reconciler/kernel/veth-peers.ts';
import { mustExec } from '../support/exec.ts';
import { useOwnNetns } from '../support/inside.ts';
import { must } from '../support/must.ts';
import { hasNamespaces } from '../support/namespaces.ts';
import { makeNetns, type Netns, uniqueName } from '../support/netns.ts';

describe.skipIf(!hasNamespaces)('the namespaces behind the veths of the node', () => {
  useOwnNetns(createSys);
  let pods: readonly Netns[];
  beforeAll(() => {
    pods = [makeNetns(uniqueName('pod')), makeNetns(uniqueName('pod'))];
    for (const [index, { name }] of pods.entries())
      mustExec([
        'ip',
        'link',
        'add',
        `azvpeer${index}`,
        'type',
        'veth',
        'peer',
        'name',
        'eth0',
        'netns',
        name,
      ]);
  });
  afterAll(() => {
    for (const pod of pods) pod.remove();
  });
  const paths = (): readonly string[] => pods.map(({ path }) => path);

  it('are found by the numbers of the kernel', () => {
    const found = must(findVethPeers(createSys(), paths()));
    expect(found.map(({ hostVeth, ifName, netns }) => [hostVeth, ifName, netns])).toEqual(
      paths().map((path, index) => [`azvpeer${index}`, 'eth0', path]),
    );
  });

  it('are looked into only where a veth leads there: other programs may change theirs all the time', () => {
    const other = makeNetns(uniqueName('other'));
    const sys = createSys();
    let visits = 0;
    const setns: typeof sys.setns = (fd, kind) => {
      visits += 1;
      return sys.setns(fd, kind);
    };
    const found = must(findVethPeers({ ...sys, setns }, [other.path, ...paths()]));
    other.remove();
    expect(found).toHaveLength(2);
    expect(visits).toBe(2 * pods.length);
  });

  it('are those of the other pods where one ends between two reads: its path is a plain file then', () => {
    const sys = createSys();
    const ended: typeof sys.open = (path, flags, mode) =>
      sys.open(path === paths()[0] ? '/etc/hostname' : path, flags, mode);
    const found = must(findVethPeers({ ...sys, open: ended }, paths()));
    expect(found.map(({ hostVeth }) => hostVeth)).toEqual(['azvpeer1']);
  });
});
