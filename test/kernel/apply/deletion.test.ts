import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKernel } from '../../../reconciler/kernel/apply/apply.ts';
import { createSys } from '../../../reconciler/os/sys/koffi.ts';
import type { Change, Kernel } from '../../../reconciler/model/ports/kernel.ts';
import { HOST, type LinkObject } from '../../../reconciler/model/state.ts';
import type { Sys } from '../../../reconciler/model/ports/sys.ts';
import { execNow, mustExec } from '../../support/exec.ts';
import { useOwnNetns } from '../../support/inside.ts';
import { hasNamespaces } from '../../support/namespaces.ts';

const RTM_DELLINK = 17;

/** The group that vnet uses if it is free. */
const GROUP = '1986946420';
/** The next one. */
const NEXT_GROUP = '1986946421';

const NAMES = Array.from({ length: 12 }, (_, index) => `azvd${index}`);
const FOREIGN = 'foreign0';

function deletionOf(name: string): Change {
  const have: LinkObject = { kind: 'link', netns: HOST, name, type: 'veth', alias: `vnet:test/${name}/eth0` };
  return { verb: 'delete', have };
}

/** Counts requests that delete links; `meddle` runs before each message is sent. */
function watched(sys: Sys, removals: number[], meddle: () => void): Sys {
  const send: Sys['send'] = (fd, bytes, flags) => {
    meddle();
    if (new DataView(bytes.buffer, bytes.byteOffset).getUint16(4, true) === RTM_DELLINK) removals.push(fd);
    return sys.send(fd, bytes, flags);
  };
  return { ...sys, send };
}

function isThere(name: string): boolean {
  return execNow(['ip', 'link', 'show', 'dev', name]).code === 0;
}

describe.skipIf(!hasNamespaces)('many links that are deleted on the real kernel', () => {
  const removals: number[] = [];
  let meddle: () => void = () => undefined;
  let kernel: Kernel;
  useOwnNetns(createSys);
  beforeEach(() => {
    removals.length = 0;
    meddle = () => undefined;
    kernel = createKernel(watched(createSys(), removals, () => meddle()));
    for (const name of [...NAMES, FOREIGN]) {
      mustExec(['ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}p`]);
      mustExec(['ip', 'link', 'set', 'dev', name, 'alias', `vnet:test/${name}/eth0`]);
    }
  });
  afterEach(() => {
    kernel.close();
    for (const name of [...NAMES, FOREIGN]) execNow(['ip', 'link', 'del', 'dev', name]);
  });

  it('go in one request', () => {
    const results = kernel.apply(NAMES.map(deletionOf));
    expect(results).toEqual(NAMES.map(() => ({ ok: true, value: 'changed' })));
    expect(removals).toHaveLength(1);
    expect(NAMES.filter(isThere)).toEqual([]);
    expect(isThere(FOREIGN)).toBe(true);
  });

  it('keep a foreign link in the group that they would have used', () => {
    mustExec(['ip', 'link', 'set', 'dev', FOREIGN, 'group', GROUP]);
    expect(kernel.apply(NAMES.map(deletionOf)).every((result) => result.ok)).toBe(true);
    expect(removals).toHaveLength(1);
    expect(NAMES.filter(isThere)).toEqual([]);
    expect(isThere(FOREIGN)).toBe(true);
  });

  const join = (group: string): void => {
    const isGrouped = execNow(['ip', 'link', 'show', 'group', group]).stdout.includes('azvd');
    if (isGrouped) mustExec(['ip', 'link', 'set', 'dev', FOREIGN, 'group', group]);
  };

  it('leave their group when a foreign link joins it meanwhile', () => {
    meddle = () => join(GROUP);
    expect(kernel.apply(NAMES.map(deletionOf)).every((result) => result.ok)).toBe(true);
    expect(removals).toHaveLength(1);
    expect(NAMES.filter(isThere)).toEqual([]);
    expect(isThere(FOREIGN)).toBe(true);
  });

  it('are deleted one by one when a foreign link joins each of their groups meanwhile', () => {
    meddle = () => [GROUP, NEXT_GROUP].forEach(join);
    expect(kernel.apply(NAMES.map(deletionOf)).every((result) => result.ok)).toBe(true);
    expect(removals).toHaveLength(NAMES.length);
    expect(NAMES.filter(isThere)).toEqual([]);
    expect(isThere(FOREIGN)).toBe(true);
  });
});
