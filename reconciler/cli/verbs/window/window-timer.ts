/** Sees to it that a window ends although nobody is left: by a timer of systemd, else by a process of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Tentative } from '../../../loop/change/tentative.ts';
import { isMachine } from '../../../app/keeper.ts';
import type { NodePaths, PathChoice } from '../../../app/paths.ts';
import type { Environment } from '../../../model/ports/sys.ts';

/** How a window is watched over: the unit of systemd, or the process that waits. */
export type Watch = { readonly unit: string } | { readonly pid: number };

/** Where systemd says that it runs the machine. Source: sd_booted(3). */
const BOOTED = '/run/systemd/system';

/** What of our environment says which node is meant. */
const INHERITED = ['VNET_ROOT', 'VNET_DOCUMENT', 'VNET_NODE', 'PATH'] as const;

/** The node of the window. Shape: `chosen` are its paths as the command line has them. */
type WindowPlace = {
  readonly chosen: PathChoice;
  readonly paths: NodePaths;
  readonly environment: Environment;
};

/**
 * Starts what takes the change back when its window is over and nobody has confirmed it; undefined when nothing could be
 * started: then the next `vnet reconcile` does it.
 */
export function armWindow(
  tentative: Tentative,
  { chosen, paths, environment }: WindowPlace,
): Watch | undefined {
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

/** A timer runs in the machine's network namespace: for a node in another one it would change the wrong kernel. */
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

/** Paths that hold from any working directory. */
function pathOptions({ root }: PathChoice, { document }: NodePaths): readonly string[] {
  return [...(root === undefined ? [] : ['--root', resolve(root)]), '--document', resolve(document)];
}

/** A compiled program is run by the name vnet, whatever name it has now; a script by the same interpreter. */
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
