import { afterEach, describe, expect, it } from 'vitest';
import { createKernel } from '../../../reconciler/kernel/apply/apply.ts';
import { HOST, type LinkObject } from '../../../reconciler/model/state.ts';
import { createSys } from '../../../reconciler/os/sys/koffi.ts';
import { execNow, mustExec } from '../../support/exec.ts';
import { hasNamespaces } from '../../support/namespaces.ts';

/** Source: BR_MAX_PORTS of net/bridge/br_private.h; port 0 is none. */
const MAX_PORTS = 1023;
const GROUP = '77';
const BRIDGE = 'full0';

describe.skipIf(!hasNamespaces)('a bridge with all its ports, on the real kernel', () => {
  afterEach(() => {
    for (const what of [['group', GROUP], [BRIDGE]]) execNow(['ip', 'link', 'del', ...what]);
  });

  it('takes no other, and the failure says so', async () => {
    const pairs = Array.from({ length: 512 }, (_, index) => [
      `link add fa${index} group ${GROUP} type veth peer name fb${index}`,
      `link set fa${index} master ${BRIDGE}`,
      ...(index === 511 ? [] : [`link set fb${index} master ${BRIDGE}`]),
    ]);
    const input = [`link add ${BRIDGE} type bridge`, ...pairs.flat()].join('\n');
    mustExec(['ip', '-batch', '-'], { input: `${input}\n` });
    const ports = mustExec(['ip', '-o', 'link', 'show', 'master', BRIDGE]).stdout.trim().split('\n');
    expect(ports).toHaveLength(MAX_PORTS);
    const kernel = createKernel(createSys());
    await kernel.prepare();
    const have: LinkObject = { kind: 'link', netns: HOST, name: 'fb511', type: 'veth', master: '' };
    const want = { ...have, master: BRIDGE };
    const [result] = kernel.apply([{ verb: 'update', want, have, fields: ['master'] }]);
    kernel.close();
    if (result === undefined || result.ok) throw new Error('it took another port');
    expect(result.error.message).toContain('EXFULL');
    expect(result.error.hint).toContain(`${MAX_PORTS} ports`);
  });
});
