/** Ensures that a window ends without its apply: by a systemd timer, else by a background process. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Tentative } from '../../../loop/change/tentative.ts';
import { isMachine } from '../../../app/tentative-store.ts';
import type { NodePaths, PathChoice } from '../../../app/paths.ts';
import type { Environment } from '../../../model/ports/sys.ts';

/** The supervisor of a window: a systemd unit, or a process. */
export type DeadlineTimer = { readonly unit: string } | { readonly pid: number };

/** Exists if systemd is the init system. Source: sd_booted(3). */
const BOOTED = '/run/systemd/system';

/** The environment variables that determine the node. */
const INHERITED = ['VNET_ROOT', 'VNET_DOCUMENT', 'VNET_NODE', 'PATH'] as const;

/** The node of the window. Shape: `chosen` are its paths as the command line has them. */
type WindowPlace = {
  readonly chosen: PathChoice;
  readonly paths: NodePaths;
  readonly environment: Environment;
};

/**
 * Starts the process that rolls back an unconfirmed change at its deadline. Returns undefined if none could
 * be started; the next `vnet reconcile` then does it.
 */
export function armWindow(
  tentative: Tentative,
  { chosen, paths, environment }: WindowPlace,
): DeadlineTimer | undefined {
  const { window, id, started } = tentative;
  if (window === undefined) return undefined;
  const command = [...ownCommand(), ...pathOptions(chosen, paths), 'revert', '--at-deadline', started];
  const env = inherited(environment);
  const unit = `vnet-revert-${id}-${started.replaceAll(/\D/g, '')}`;
  if (isMachine(paths) && hasSystemd() && startTimer(unit, window.lengthMs, { command, env }))
    return { unit };
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    detached: true,
    stdio: 'ignore',
    cwd: '/',
    env,
    argv0: argv0(),
  });
  child.on('error', () => undefined);
  child.unref();
  return child.pid === undefined ? undefined : { pid: child.pid };
}

/**
 * A timer runs in init's network namespace: from another namespace it would change the wrong kernel state.
 */
function hasSystemd(): boolean {
  try {
    return existsSync(BOOTED) && readlinkSync('/proc/self/ns/net') === readlinkSync('/proc/1/ns/net');
  } catch {
    return false;
  }
}

type Timed = { readonly command: readonly string[]; readonly env: Readonly<Record<string, string>> };

function startTimer(unit: string, lengthMs: number, { command, env }: Timed): boolean {
  const variables = Object.entries(env).map(([name, value]) => `--setenv=${name}=${value}`);
  const started = spawnSync(
    'systemd-run',
    [
      '--quiet',
      '--collect',
      `--unit=${unit}`,
      '--description=vnet: roll back an unconfirmed change',
      `--on-active=${Math.ceil(lengthMs / 1000)}s`,
      '--timer-property=AccuracySec=100ms',
      // Else systemd ends wall(1) together with the rollback, before the message is out. Source: systemd.kill(5).
      '--property=KillMode=process',
      ...variables,
      '--',
      ...command,
    ],
    { stdio: 'ignore' },
  );
  return started.status === 0;
}

function inherited(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    INHERITED.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, name === 'VNET_ROOT' ? resolve(value) : value]];
    }),
  );
}

/** Absolute paths, independent of the working directory. */
function pathOptions({ root }: PathChoice, { document }: NodePaths): readonly string[] {
  return [...(root === undefined ? [] : ['--root', resolve(root)]), '--document', resolve(document)];
}

/**
 * A compiled program is run under the name vnet, whichever name it has now; a script by the same interpreter.
 */
function ownCommand(): readonly string[] {
  if (process.versions['bun'] === undefined) {
    return [process.execPath, ...process.execArgv, process.argv[1] ?? ''];
  }
  const beside = join(dirname(process.execPath), 'vnet');
  return [existsSync(beside) ? beside : process.execPath];
}

function argv0(): string {
  return process.versions['bun'] === undefined ? process.execPath : 'vnet';
}
