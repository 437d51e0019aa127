/** A node on which a build's executables are run step by step, to record their files as a fixture. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openSimulatedFile, type SimulatedFile } from '../../../reconciler/kernel/simulated/file.ts';
import { createSys } from '#sys';
import { environmentOf } from '../../plugin/caller.ts';
import { exec, execNow, type Outcome, renderOutcome } from '../../support/exec.ts';
import { netnsOf, UPLINK_CONFIGURATION } from '../../support/node.ts';
import { liveConf } from '../../plugin/live-node.ts';

/** The folder of every recorded node: constant, since it is in the files. */
export const RECORDED_ROOT = '/tmp/vnet-upgrade-fixture';

/** The folder of the executables' copies: constant, since the shim sends their path. */
export const RECORDED_BIN = '/tmp/vnet-upgrade-bin';

/** The boot ID at the start of a scene. */
const FIRST_BOOT = '0b6e7a0e-1111-4222-8333-444455556666';

/** The boot ID after it. */
export const SECOND_BOOT = '99999999-1111-4222-8333-444455556666';

/** The runtime's configuration for the first plugin of the chain. */
export const CONF = liveConf('10.240.0.36-10.240.0.65');

/**
 * Options of a command.
 * Shape: `code` is the expected exit code, by default 0; `program` is the plugin to call, `conf` its
 * configuration.
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

/** A node during its recording. */
export class Stage {
  readonly kernel: SimulatedFile;
  readonly #bin: string;
  /** The start of each step. Units: milliseconds since the epoch. */
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

  /** The complete environment of the executables: nothing of the machine's is recorded. */
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

  /** Begins a step: later writes are certain to be later than earlier ones. */
  step(): void {
    const last = this.stepTimes.at(-1) ?? 0;
    while (Date.now() < last + 20) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    this.stepTimes.push(Date.now());
  }

  /** As step(), at the start of a second: some times are recorded in whole seconds. */
  stepOnTheSecond(): void {
    this.step();
    // A file's time is that of the last tick, some milliseconds ago.
    while (Date.now() % 1000 < 20 || Date.now() % 1000 > 40)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    this.stepTimes.push(Math.floor(Date.now() / 1000) * 1000);
  }

  /** Runs `vnet` as a step. Errors: throws if it ends with another exit code than the expected one. */
  vnet(args: readonly string[], options: CommandOptions = {}): Outcome {
    return this.#run([this.program('vnet'), ...args], '', options);
  }

  /**
   * Calls a plugin for the nth pod as a step.
   * Errors: throws if it ends with another exit code than the expected one.
   */
  call(verb: string, pod: number, options: CommandOptions = {}): Outcome {
    const { argv, input, env } = this.callOf(verb, pod, options);
    return this.#run(argv, input, { ...options, env });
  }

  /** As call(), for a plugin that queries this process meanwhile. */
  async callAside(verb: string, pod: number, options: CommandOptions = {}): Promise<Outcome> {
    const { argv, input, env } = this.callOf(verb, pod, options);
    this.step();
    return succeeded(await exec(argv, { input, env: this.#exactly(env) }), options);
  }

  /** Returns the command of a plugin call. */
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

  /** Without our own environment. */
  #exactly(env: CommandOptions['env']): Readonly<Record<string, string | undefined>> {
    const none = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]));
    return { ...none, ...this.environment(env) };
  }
}

function succeeded(outcome: Outcome, { code = 0 }: CommandOptions): Outcome {
  if (outcome.code !== code) throw new Error(renderOutcome(outcome));
  return outcome;
}
