/** Other programs create and delete links while vnet lists them: what it observes is never a part of a list. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { createKernel } from '../../../reconciler/kernel/apply/apply.ts';
import type { Kernel } from '../../../reconciler/model/ports/kernel.ts';
import type { Sys } from '../../../reconciler/model/ports/sys.ts';
import { mustExec } from '../../support/exec.ts';
import { useOwnNetns } from '../../support/inside.ts';
import { hasNamespaces } from '../../support/namespaces.ts';

const RTM_GETLINK = 18;
const NLM_F_DUMP = 0x300;
const STABLE = `vbs${process.pid}`;
const PASSING = `vbp${process.pid}`;

const ip = (line: string): void => void mustExec(['ip', ...line.split(' ')]);

describe.skipIf(!hasNamespaces)('links of the real kernel', () => {
  useOwnNetns(createSys);
  let kernel: Kernel;
  /** Number of lists of links that were begun. */
  let lists: number;
  let isBusy: boolean;
  let exists: boolean;

  /** After the first part of each list of links, a link is created, or deleted again. */
  function disturbed(sys: Sys): Sys {
    let isListing = false;
    const send: Sys['send'] = (fd, bytes, flags) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      isListing =
        view.getUint16(4, true) === RTM_GETLINK && (view.getUint16(6, true) & NLM_F_DUMP) === NLM_F_DUMP;
      if (isListing) lists += 1;
      return sys.send(fd, bytes, flags);
    };
    const recv: Sys['recv'] = (fd, into, flags) => {
      const length = sys.recv(fd, into, flags);
      if (isListing && isBusy) {
        ip(exists ? `link del ${PASSING}` : `link add ${PASSING} type veth peer name ${PASSING}p`);
        exists = !exists;
      }
      isListing = false;
      return length;
    };
    return { ...sys, send, recv };
  }

  beforeAll(() => {
    // So many that a list of them does not fit into one receive.
    const pairs = Array.from(
      { length: 60 },
      (_, n) => `link add ${STABLE}-${n} type veth peer name ${STABLE}p${n}`,
    );
    mustExec(['ip', '-batch', '-'], { input: `${pairs.join('\n')}\n` });
  });
  beforeEach(() => {
    [lists, isBusy, exists] = [0, false, false];
    kernel = createKernel(disturbed(createSys()));
  });
  afterEach(() => {
    kernel.close();
    if (exists) ip(`link del ${PASSING}`);
  });

  function names(): readonly string[] {
    const observed = kernel.observe({ whole: true, devices: [], pods: [], sysctls: [], entries: [] });
    if (!observed.ok) throw new Error(observed.error.message);
    return Array.from(observed.value.state.values()).flatMap((object) =>
      object.kind === 'link' ? [object.name] : [],
    );
  }

  it('are all observed though one appears or disappears during each list', async () => {
    await kernel.prepare();
    const quiet = names();
    expect(quiet.length).toBeGreaterThan(120);
    isBusy = true;
    const found = names();
    expect(found.filter((name) => !name.startsWith(PASSING)).toSorted()).toEqual(quiet.toSorted());
    expect(lists).toBeGreaterThan(2);
  });

  it('are listed once while nothing changes', async () => {
    await kernel.prepare();
    names();
    expect(lists).toBe(1);
  });
});
