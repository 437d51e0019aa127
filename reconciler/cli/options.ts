/** Options shared by several verbs, and their parsing. */
import type { Command, Option } from 'commander';
import { type Format, FORMATS } from '../app/print.ts';
import { DISRUPTIONS, type Disruption } from '../plan/step.ts';
import { parseDuration } from './terminal/duration.ts';

/** The value of formatOption(). */
export type WithFormat = { readonly output: Format };

/** Returns `-o`: text for people, JSON or YAML for programs. */
export function formatOption(command: Command): Option {
  return outputOption(command, FORMATS);
}

/** Returns `-o` with these formats; the first is the default. */
export function outputOption(command: Command, formats: readonly string[]): Option {
  return command.createOption('-o, --output <format>', 'output format').choices(formats).default(formats[0]);
}

/** The value of disruptionOption(). */
export type WithDisruption = { readonly maxDisruption: Disruption };

/** Returns `--max-disruption`. */
export function disruptionOption(command: Command): Option {
  return command
    .createOption('--max-disruption <class>', 'limit on disruption')
    .choices(DISRUPTIONS)
    .default('hitless');
}

/** Explains `--withdraw`. */
export const WITHDRAW_HELP =
  'allow leased addresses to leave the pool: the pods keep them, they are not assigned again';

/** Returns an option that takes a duration; `preset` is the default. Units: milliseconds. */
export function timeOption(command: Command, flags: string, help: string, preset?: string): Option {
  const option = command.createOption(flags, help).argParser(readTime);
  return preset === undefined ? option : option.default(readTime(preset), preset);
}

/** Returns `--interval`, the interval of full scans. */
export function intervalOption(command: Command): Option {
  return timeOption(command, '--interval <time>', 'interval of full scans: 30s, 5m', '60s');
}

/** Returns `--kubeconfig`. */
export function kubeconfigOption(command: Command): Option {
  const help = 'the cluster (default: KUBECONFIG, the service account of this pod, ~/.kube/config)';
  return command.createOption('--kubeconfig <file>', help);
}

/** Returns `--out`. */
export function outOption(command: Command): Option {
  return command.createOption('--out <file>', 'output file (default: standard output)');
}

/** Commander adds the message to its own, and treats this as its InvalidArgumentError; avoids loading commander here. */
function invalid(wanted: string): Error {
  return Object.assign(new Error(`Expected ${wanted}.`), { code: 'commander.invalidArgument', exitCode: 1 });
}

/** Units: milliseconds. */
function readTime(text: string): number {
  const timeMs = parseDuration(text);
  if (timeMs === undefined || timeMs === 0) throw invalid('a duration, such as 90s, 10m, 2h or 30d');
  return timeMs;
}

/** Returns the generation number. Errors: throws a usage error for commander. */
export function readGeneration(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw invalid('the number of a generation (see vnet history)');
  return Number(text);
}

/** Returns a parser for option values. Errors: it throws a usage error that names `wanted`. */
export function readWith<T>(parse: (text: string) => T | undefined, wanted: string): (text: string) => T {
  return (text) => {
    const value = parse(text);
    if (value === undefined) throw invalid(wanted);
    return value;
  };
}

/** The sides that a verb can show. */
export const SIDES = ['desired', 'live', 'both'] as const;

/** The values of --desired, --live and --both. */
export type SideOptions = Readonly<Partial<Record<(typeof SIDES)[number], boolean>>>;

/** Returns the chosen side; undefined for none. Errors: more than one is a usage error. */
export function readSide(options: SideOptions, command: Command): (typeof SIDES)[number] | undefined {
  const sides = SIDES.filter((side) => options[side] === true);
  if (sides.length > 1) command.error('error: choose one of --desired, --live and --both');
  return sides[0];
}
