/**
 * `npm run build -- --arch`: the executables for the other architecture, built on this one and run here by an
 * emulator.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { ensureBun, findBun, findTarball, parseProcessor } from '../../scripts/bun-package.ts';
import { NICS } from '../lab/fabric.ts';
import { makeSimulatedNode } from '../lab/simulated-node.ts';
import { LIVE_CONF } from '../plugin/live-node.ts';
import { findEmulator, findLibrary, OTHER } from '../support/emulator.ts';
import { execNow, mustExec } from '../support/exec.ts';
import { isLong } from '../support/long.ts';

const root = join(import.meta.dirname, '../..');
const BUILD = [process.execPath, join(root, 'node_modules/tsx/dist/cli.mjs'), join(root, 'scripts/build.ts')];

/** The processor field of an ELF file. Source: elf.h, EM_X86_64 and EM_AARCH64. */
const ELF_MACHINE = { x64: 62, arm64: 183 };

/**
 * The emulator uses fork() where the kernel would use vfork(): the parent does not learn that the program is
 * missing.
 */
const NOT_EMULATED = 'start a detached program';

const [emulator, library] = [findEmulator(OTHER), findLibrary(OTHER)];
const noProgram = whyNotMade();
const missing = [
  noProgram,
  ...[emulator, library].map((found) => ('missing' in found ? found.missing : undefined)),
];
const notRun = missing.find((reason) => reason !== undefined);
if (noProgram !== undefined) console.log(`the executables for ${OTHER} are not made: ${noProgram}`);
else if (notRun !== undefined) console.log(`the executables for ${OTHER} are not run: ${notRun}`);

function whyNotMade(): string | undefined {
  if (!isLong) return 'npm run test:long makes them';
  const own = parseProcessor(process.arch);
  if (own === undefined || findBun(own) === undefined)
    return `there is no Bun for ${process.arch} to make them`;
  const isThere = findBun(OTHER) !== undefined || findTarball(OTHER) !== undefined;
  return isThere
    ? undefined
    : `Bun's package for it is not here (npm run build -- --arch ${OTHER} fetches it)`;
}

describe('the build', () => {
  it.each([
    [['--arch', 'mips'], '--arch is x64 or arm64, not "mips"'],
    [['--arch', OTHER, '--runtime', 'node'], `the executables for ${OTHER} are made with Bun`],
    [['--runtime', 'deno'], '--runtime is bun or node, not "deno"'],
  ])('refuses %s', (args, message) => {
    const { code, stderr, stdout } = execNow([...BUILD, ...args]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`build: ${message}`);
  });
});

describe.skipIf(noProgram !== undefined)(`the executables for ${OTHER}`, () => {
  let folder: string;
  let said: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vnet-other-'));
    said = build();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const build = (): string => mustExec([...BUILD, '--arch', OTHER, '--out', folder]).stdout;
  const inBin = (name: string): string => join(folder, 'bin', name);

  it('are for that processor, all four', () => {
    for (const name of ['vnet', 'reconcile', 'azure-vnet', 'azure-vnet-ipam']) {
      expect(readFileSync(inBin(name)).readUInt16LE(18)).toBe(ELF_MACHINE[OTHER]);
      expect(statSync(inBin(name)).mode & 0o777).toBe(0o755);
    }
    expect(said).toMatch(/^ {2}vnet +\d+\.\d MB, SHA-256 [0-9a-f]{64}; also as reconcile$/m);
  });

  it('are not rebuilt while nothing changes', () => {
    expect(build()).toContain(`is up to date (bun, ${OTHER})`);
  });

  describe.skipIf(notRun !== undefined)('under the emulator', () => {
    const command = 'command' in emulator ? emulator.command : '';
    const env = 'env' in library ? library.env : {};
    const run = (name: string, ...args: readonly string[]) =>
      execNow([command, inBin(name), ...args], { cwd: folder, env });
    /** Started as azure-vnet, beside a `vnet` that the kernel can start on any processor. */
    const plugin = (given: Readonly<Record<string, string>>, input = '') => {
      const chain = join(folder, 'chain');
      mkdirSync(chain, { recursive: true });
      if (!existsSync(join(chain, 'azure-vnet')))
        copyFileSync(inBin('azure-vnet'), join(chain, 'azure-vnet'));
      writeFileSync(join(chain, 'vnet'), `#!/bin/sh\nexec ${command} ${inBin('vnet')} "$@"\n`, {
        mode: 0o755,
      });
      return execNow([command, join(chain, 'azure-vnet')], { cwd: folder, input, env: { ...env, ...given } });
    };

    it('print their version, and validate a document', () => {
      expect(run('vnet', '--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
      expect(run('reconcile', '--help').stdout).toContain('Usage: vnet reconcile');
      const { code, stderr } = run('vnet', 'validate', join(root, 'vnet.yaml'));
      const note = /^networks\.azure\.probe finds nothing on Azure.*\n$/;
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(note) });
    });

    it('answer VERSION: the plugin becomes the program', () => {
      const { code, stdout, stderr } = plugin({ CNI_COMMAND: 'VERSION' });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout).supportedVersions).toContain('1.1.0');
    });

    it('write a document at ADD and DEL, on a simulated kernel', () => {
      const node = makeSimulatedNode(createSys(), NICS[0], folder, 'http://127.0.0.1:9');
      node.play((kernel) => kernel.addNamespace('/run/netns/pod-0'));
      const simulated = join(folder, 'simulated');
      mustExec([...BUILD, '--arch', OTHER, '--simulated', '--out', simulated]);
      const call = (verb: string) =>
        execNow([command, join(simulated, 'bin/azure-vnet')], {
          input: JSON.stringify(LIVE_CONF),
          env: {
            ...env,
            CNI_COMMAND: verb,
            CNI_CONTAINERID: 'c0',
            CNI_IFNAME: 'eth0',
            CNI_NETNS: '/run/netns/pod-0',
            CNI_PATH: folder,
            VNET_ROOT: folder,
            VNET_NODE: NICS[0].node,
          },
        });
      const document = (): string => readFileSync(join(folder, 'var/lib/vnet/vnet.yaml'), 'utf8');
      const added = call('ADD');
      expect([added.code, added.stderr]).toEqual([0, '']);
      expect(document()).toContain(JSON.parse(added.stdout).ips[0].address);
      expect(call('DEL')).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expect(document()).not.toContain('azure/c0/eth0');
    });

    it('make the same system calls', () => {
      const bun = ensureBun(OTHER, folder);
      const tests = ['--timeout', '600000', '-t', `^(?!.*${NOT_EMULATED})`, './test/os/sys.test.ts'];
      const outcome = execNow([command, bun, 'test', ...tests], { cwd: root, env, timeoutMs: 1_800_000 });
      expect(outcome.stderr).toMatch(/^ *\d\d pass$/m);
      expect(outcome.stderr).toMatch(/^ *0 fail$/m);
    });
  });
});
