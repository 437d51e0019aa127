import * as fc from 'fast-check';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readDocument } from '../../reconciler/document/yaml/read.ts';
import { createSys } from '#sys';
import { NICS } from '../lab/fabric.ts';
import { makeSimulatedNode } from '../lab/simulated-node.ts';
import { SIMULATED_BIN } from '../plugin/live-node.ts';
import { exec } from '../support/exec.ts';
import { longOr } from '../support/long.ts';
import { CONFIGURATIONS } from './corpus.ts';
import { fuzzedCall, type FuzzedCall } from './mutate.ts';
import { brokenPromises } from './promises.ts';

const RUNS = longOr(150, 600);

/**
 * A call that waits for an abandoned lock, or forever, is killed: exit code 137. The limit on a lock is 10 s.
 */
const LIMIT_MS = 9_000;

const netnsOf = (pod: number): string => `/run/netns/pod-${pod}`;

describe.skipIf(!existsSync(join(SIMULATED_BIN, 'azure-vnet')))('the executables', () => {
  const root = mkdtempSync(join(tmpdir(), 'vnet-fuzz-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const document = join(root, 'var/lib/vnet/vnet.yaml');
  const env = {
    VNET_ROOT: root,
    VNET_DOCUMENT: document,
    VNET_NODE: 'node1',
    VNET_HOST_ENDPOINT: 'http://127.0.0.1:9',
  };

  /** The kernel passes no NUL to a program; the working directory is its own. */
  const run = ({ role, env: given, stdin }: FuzzedCall) => {
    const variables = Object.entries(given).map(([name, value]) => [name, value?.replaceAll('\u0000', '')]);
    const options = { input: stdin, cwd: root, timeoutMs: LIMIT_MS };
    return exec([join(SIMULATED_BIN, role)], {
      ...options,
      env: { ...Object.fromEntries(variables), ...env },
    });
  };
  /** The answer to a regular call: first of all, and at the end. */
  const real = async (verb: string): Promise<readonly [number, string]> => {
    const variables = { CNI_CONTAINERID: 'real', CNI_NETNS: netnsOf(5), CNI_IFNAME: 'eth0', CNI_PATH: 'x' };
    const stdin = JSON.stringify(CONFIGURATIONS[0]);
    const call: FuzzedCall = { role: 'azure-vnet', stdin, env: { CNI_COMMAND: verb, ...variables } };
    const { code, stdout } = await run(call);
    return [code, code === 0 ? '' : stdout];
  };
  const textOf = (): string => (existsSync(document) ? readFileSync(document, 'utf8') : '');

  it(`end every call in time, with one JSON object or silence (${RUNS} calls)`, async () => {
    const node = makeSimulatedNode(createSys(), NICS[0], root, env.VNET_HOST_ENDPOINT);
    for (const pod of [0, 1, 2, 3, 4, 5]) node.play((kernel) => kernel.addNamespace(netnsOf(pod)));
    expect(await real('ADD')).toEqual([0, '']);
    await fc.assert(
      fc.asyncProperty(fuzzedCall(netnsOf), async (call) => {
        const before = textOf();
        const { code: exitCode, stdout } = await run(call);
        expect(brokenPromises({ exitCode, stdout })).toEqual([]);
        const after = textOf();
        expect(after === before || readDocument(after, document)).toSatisfy(
          (read: true | ReturnType<typeof readDocument>) => read === true || read.ok,
        );
      }),
      { numRuns: RUNS },
    );
    expect(await real('DEL')).toEqual([0, '']);
  });
});
