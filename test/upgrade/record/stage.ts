/** A node on which a build's executables are run, step by step, so that what they leave can be written down as a fixture. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openSimulatedFile, type SimulatedFile } from '../../../reconciler/kernel/simulated/file.ts';
import { createSys } from '#sys';
import { environmentOf } from '../../plugin/caller.ts';
import { exec, execNow, type Outcome, renderOutcome } from '../../support/exec.ts';
import { netnsOf, UPLINK_CONFIGURATION } from '../../support/node.ts';

/** Where every node is recorded: a path of its own would be another one in each run. */
export const RECORDED_ROOT = '/tmp/vnet-upgrade-fixture';

/** Where the executables are copied to: their path is part of what the shim says. */
export const RECORDED_BIN = '/tmp/vnet-upgrade-bin';

/** The boot in which a scene begins. */
export const FIRST_BOOT = '0b6e7a0e-1111-4222-8333-444455556666';

/** The boot after it. */
export const SECOND_BOOT = '99999999-1111-4222-8333-444455556666';

/** What a runtime gives the first plugin of the chain. */
export const CONF = {
  cniVersion: '1.0.0',
  name: 'azure',
  type: 'azure-vnet',
  mode: 'bridge',
  bridge: 'azure0',
  master: 'eth0',
  ipam: { type: 'azure-vnet-ipam', subnet: '10.240.0.0/16', addresses: ['10.240.0.36-10.240.0.65'] },
};

/**
 * How a command may be run otherwise. Shape: `code` is the exit code it must end with, 0 where nothing is said; `program` is
 * the plugin that is called, `conf` what it is given.
 */
export type CommandOptions = {
  readonly code?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly program?: 'azure-vnet' | 'azure-vnet-ipam';
  readonly conf?: object;
};

/** Returns the variables of a call for the nth pod. */
export function callEnvironment(verb: string, pod: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environmentOf(verb, pod)).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

/** A node in the middle of its recording. */
export class Stage {
  readonly kernel: SimulatedFile;
  readonly #bin: string;
  /** When each step began. Units: milliseconds since the epoch. */
  readonly stepTimes: number[] = [Date.now()];

  constructor(bin: string) {
    this.#bin = bin;
    rmSync(RECORDED_ROOT, { recursive: true, force: true });
    mkdirSync(this.path('var/lib/vnet'), { recursive: true });
    this.setBoot(FIRST_BOOT);
    this.kernel = openSimulatedFile(createSys(), this.path('kernel.json'));
    this.kernel.play((node) => {
      const eth0 = {
        kind: 'link',
        netns: '',
        name: 'eth0',
        type: 'device',
        mac: '00:0d:3a:51:c4:90',
      } as const;
      node.addDevice(eth0, UPLINK_CONFIGURATION);
      for (let pod = 0; pod < 16; pod += 1) node.addNamespace(netnsOf(pod));
    });
  }

  /** Returns the path of one of the node's files. */
  path(name: string): string {
    return join(RECORDED_ROOT, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  setBoot(id: string): void {
    this.write('proc/sys/kernel/random/boot_id', `${id}\n`);
  }

  /** The whole environment of what is run: nothing of the machine's gets into a fixture. */
  environment(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
    return {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      SUDO_USER: 'admin',
      VNET_ROOT: RECORDED_ROOT,
      VNET_NODE: 'node-1',
      ...more,
    };
  }

  /** Returns the path of one of the executables. */
  program(name: string): string {
    return join(this.#bin, name);
  }

  /** Begins a step: what is written from now on is known to be later than what was written before. */
  step(): void {
    const last = this.stepTimes.at(-1) ?? 0;
    while (Date.now() < last + 20) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    this.stepTimes.push(Date.now());
  }

  /** As step(), at the beginning of a second: some times are written down without what is below one. */
  stepOnTheSecond(): void {
    this.step();
    // A file's time is that of the last tick: some milliseconds ago.
    while (Date.now() % 1000 < 20 || Date.now() % 1000 > 40)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    this.stepTimes.push(Math.floor(Date.now() / 1000) * 1000);
  }

  /** Runs `vnet` as a step of its own. Errors: throws when it ends with another exit code than the one given. */
  vnet(args: readonly string[], options: CommandOptions = {}): Outcome {
    return this.#run([this.program('vnet'), ...args], '', options);
  }

  /** Calls a plugin for the nth pod, as a step of its own. Errors: throws when it ends with another exit code. */
  call(verb: string, pod: number, options: CommandOptions = {}): Outcome {
    const { argv, input, env } = this.callOf(verb, pod, options);
    return this.#run(argv, input, { ...options, env });
  }

  /** As call(), for one that asks this process meanwhile. */
  async callAside(verb: string, pod: number, options: CommandOptions = {}): Promise<Outcome> {
    const { argv, input, env } = this.callOf(verb, pod, options);
    this.step();
    return succeeded(await exec(argv, { input, env: this.#exactly(env) }), options);
  }

  /** Returns what a call of a plugin is started with. */
  callOf(
    verb: string,
    pod: number,
    { program = 'azure-vnet', conf = CONF, env }: CommandOptions = {},
  ): { readonly argv: readonly string[]; readonly input: string; readonly env: Record<string, string> } {
    return {
      argv: [this.program(program)],
      input: JSON.stringify(conf),
      env: { ...callEnvironment(verb, pod), CNI_PATH: this.#bin, ...env },
    };
  }

  #run(argv: readonly string[], input: string, options: CommandOptions): Outcome {
    this.step();
    return succeeded(execNow(argv, { input, env: this.#exactly(options.env) }), options);
  }

  /** Without anything of our own environment. */
  #exactly(env: CommandOptions['env']): Readonly<Record<string, string | undefined>> {
    const none = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]));
    return { ...none, ...this.environment(env) };
  }
}

function succeeded(outcome: Outcome, { code = 0 }: CommandOptions): Outcome {
  if (outcome.code !== code) throw new Error(renderOutcome(outcome));
  return outcome;
}
