import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSys } from '#sys';
import { ROLE_VARIABLE } from '../../plugin/process.ts';
import { answerCall } from '../../plugin/main.ts';
import { SIMULATED_KERNELS } from '../../reconciler/app/kernel/simulated.ts';
import { library } from '../../reconciler/app/library.ts';
import { ok } from '../../reconciler/model/result.ts';
import { type CliNode, makeCliNode } from '../cli/simulated-node.ts';
import { execNow } from '../support/exec.ts';
import { containerOf, netnsOf } from '../support/node.ts';
import { AZURE_CONF } from './caller.ts';
import { SIMULATED_BIN } from './live-node.ts';

const STDIN = JSON.stringify(AZURE_CONF);

/** More settings than any observation but that of an uplink reads. */
const MANY = 100;

describe('the library that few calls need', () => {
  let node: CliNode;
  beforeAll(() => {
    node = makeCliNode();
    // As vnet makes it: one with another mode needs the part that keeps it.
    chmodSync(join(node.root, 'var/lib/vnet/vnet.yaml'), 0o600);
    node.kernel.play((played) => played.addNamespace(netnsOf(1)));
    // A node's first call takes the document over into a history, which needs the whole library.
    const [program, options] = [[join(SIMULATED_BIN, 'vnet')], { input: STDIN }];
    for (const verb of ['ADD', 'DEL']) {
      const env = { ...callOf(verb), [ROLE_VARIABLE]: 'azure-vnet' };
      const done = execNow(program, { ...options, env });
      if (done.code !== 0) throw new Error(done.stdout + done.stderr);
    }
  });
  afterAll(() => node.remove());

  function callOf(verb: string): NodeJS.ProcessEnv {
    return {
      ...node.env,
      CNI_COMMAND: verb,
      CNI_CONTAINERID: containerOf(1),
      CNI_IFNAME: 'eth0',
      CNI_NETNS: netnsOf(1),
      CNI_PATH: '/opt/cni/bin',
    };
  }

  async function call(verb: string, { open } = SIMULATED_KERNELS, stdin = STDIN): Promise<number> {
    const given = { role: 'azure-vnet', argv: [], env: callOf(verb), readStdin: () => ok(stdin) } as const;
    return (await answerCall(createSys(), given, { openKernel: open })).exitCode;
  }

  /** The simulated kernel, and the number of settings that each observation of it reads. */
  function countSettings(): {
    readonly kernels: typeof SIMULATED_KERNELS;
    readonly counts: readonly number[];
  } {
    const counts: number[] = [];
    const open: typeof SIMULATED_KERNELS.open = async (...place) => {
      const kernel = await SIMULATED_KERNELS.open(...place);
      const observe: typeof kernel.observe = (scope) => {
        counts.push(scope.sysctls.length);
        return kernel.observe(scope);
      };
      return { ...kernel, observe };
    };
    return { kernels: { ...SIMULATED_KERNELS, open }, counts };
  }

  it('is loaded by no ADD and no DEL on a node that is known', async () => {
    expect([await call('ADD'), await call('DEL')]).toEqual([0, 0]);
    expect(library.loaded()).toEqual({});
  });

  it('is loaded after the document was saved by hand', async () => {
    const edited = node.read().replace('# as the fabric has it', '# as the fabric wants it');
    node.file('var/lib/vnet/vnet.yaml', edited);
    expect(await call('ADD')).toBe(0);
    expect(Object.keys(library.loaded()).toSorted()).toEqual(['archive', 'recovery']);
    expect(node.read()).toContain('# as the fabric wants it');
  });

  it('is loaded before the first network is captured: that is not done again for each part', async () => {
    rmSync(join(node.root, 'var/lib/vnet'), { recursive: true });
    node.kernel.play((played) => {
      played.reboot();
      played.addNamespace(netnsOf(1));
    });
    const { kernels, counts } = countSettings();
    const ipam = { ...AZURE_CONF.ipam, subnet: '10.240.0.0/16', addresses: ['10.240.0.36-10.240.0.65'] };
    expect(await call('ADD', kernels, JSON.stringify({ ...AZURE_CONF, ipam }))).toBe(0);
    expect(library.loaded().creation).toBeDefined();
    // By the capture, and before the takeover.
    expect(counts.filter((count) => count > MANY)).toHaveLength(2);
  });
});

describe('parts of the library that are loaded at once', () => {
  it('are all there afterwards', async () => {
    vi.resetModules();
    const { library: fresh } = await import('../../reconciler/app/library.ts');
    await Promise.all([fresh.load('creation'), fresh.load('archive')]);
    expect(Object.keys(fresh.loaded()).toSorted()).toEqual(['archive', 'creation']);
  });
});
