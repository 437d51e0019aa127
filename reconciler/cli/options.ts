/** Options that several verbs have, and how their values are read. */
import type { Command, Option } from 'commander';
import { type Format, FORMATS } from '../app/print.ts';
import { DISRUPTIONS, type Disruption } from '../plan/step.ts';
import { parseDuration } from './terminal/duration.ts';

/** The value of formatOption(). */
export type WithFormat = { readonly output: Format };

/** Returns `-o`: a table for people, or a value for programs. */
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
export function disruptionOption(command: Command, help: string): Option {
  return command.createOption('--max-disruption <class>', help).choices(DISRUPTIONS).default('hitless');
}

/** Explains `--withdraw`. */
export const WITHDRAW_HELP =
  'allow leased addresses to leave the pool: the pods keep them, they are not assigned again';

/** Returns an option that is a length of time in milliseconds; without it the length of `preset`, if there is one. */
export function timeOption(command: Command, flags: string, help: string, preset?: string): Option {
  const option = command.createOption(flags, help).argParser(readTime);
  return preset === undefined ? option : option.default(readTime(preset), preset);
}

/** Returns `--interval`, the time between two full scans. */
export function intervalOption(command: Command): Option {
  return timeOption(command, '--interval <time>', 'interval of full scans: 30s, 5m', '60s');
}

/** Returns `--out`. */
export function outOption(command: Command): Option {
  return command.createOption('--out <file>', 'output file (default: standard output)');
}

/** What commander takes for its own InvalidArgumentError, without loading it here. */
function invalid(message: string): Error {
  return Object.assign(new Error(message), { code: 'commander.invalidArgument', exitCode: 1 });
}

/** Units: milliseconds. */
function readTime(text: string): number {
  const timeMs = parseDuration(text);
  if (timeMs === undefined || timeMs === 0) throw invalid('as 90s, 10m, 2h or 30d');
  return timeMs;
}

/** Returns the generation that an argument or an option says. Throws what commander shows as wrong usage. */
export function readGeneration(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw invalid('the number of a generation (see vnet history)');
  return Number(text);
}

/** Returns the value that `parse` makes of the option. Throws what commander shows as wrong usage, with `wanted`. */
export function readWith<T>(parse: (text: string) => T | undefined, wanted: string): (text: string) => T {
  return (text) => {
    const value = parse(text);
    if (value === undefined) throw invalid(wanted);
    return value;
  };
}

/** The three sides that a verb may show. */
export const SIDES = ['desired', 'live', 'both'] as const;

/** The values of --desired, --live and --both. */
export type WithSides = Readonly<Partial<Record<(typeof SIDES)[number], boolean>>>;

/** Returns the side that was chosen, undefined for none; more than one is wrong usage. */
export function readSide(options: WithSides, command: Command): (typeof SIDES)[number] | undefined {
  const sides = SIDES.filter((side) => options[side] === true);
  if (sides.length > 1) command.error('error: choose one of --desired, --live and --both');
  return sides[0];
}
