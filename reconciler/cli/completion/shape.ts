/** The command line as a shell has to know it: verbs, options, and what may stand at each place. Pure. */
import type { Argument, Command, Option } from 'commander';
import { type Source, sourceOf } from './sources.ts';

/** A place for a value. Shape: `name` is its placeholder; `isVariadic`: more of the same may follow. */
export type Slot = {
  readonly name: string;
  readonly isOptional: boolean;
  readonly isVariadic: boolean;
  readonly source: Source;
};

/** An option. Shape: `names` has the short one first, where there is one; no `slot`: it takes no value. */
export type Flag = { readonly names: readonly string[]; readonly help: string; readonly slot?: Slot };

/** A verb with its options and what comes behind it. */
export type VerbShape = {
  readonly name: string;
  readonly help: string;
  readonly flags: readonly Flag[];
  readonly slots: readonly Slot[];
};

/** The whole command line. `flags` may stand anywhere. */
export type Shape = { readonly flags: readonly Flag[]; readonly verbs: readonly VerbShape[] };

/** Returns the shape of the program, without what it hides. */
export function shapeOf(program: Command): Shape {
  const help = program.createHelp();
  const commands = help.visibleCommands(program);
  const names = commands.map((command) => command.name());
  const everywhere = new Set(help.visibleOptions(program).map(({ long }) => long));
  const verbs = commands.map((command) => {
    const name = command.name();
    return {
      name,
      help: command.description(),
      flags: help
        .visibleOptions(command)
        .filter(({ long }) => !everywhere.has(long))
        .map((option) => flagOf(name, option)),
      slots: command.registeredArguments.map((argument) => slotOf(name, argument, NAMED[name]?.(names))),
    };
  });
  return { flags: help.visibleOptions(program).map((option) => flagOf('', option)), verbs };
}

/** The arguments that name a verb again, or a page of the manual. */
const NAMED: Readonly<Record<string, (verbs: readonly string[]) => readonly string[]>> = {
  help: (verbs) => verbs,
  man: (verbs) => ['vnet', ...verbs.filter((verb) => verb !== 'help'), 'vnet.yaml', 'azure-vnet'],
};

function words(list: readonly string[]): Source {
  return { kind: 'words', words: list };
}

function slotOf(
  verb: string,
  argument: Argument,
  choices: readonly string[] | undefined = argument.argChoices,
): Slot {
  const name = argument.name();
  return {
    name,
    isOptional: !argument.required,
    isVariadic: argument.variadic,
    source: choices === undefined ? sourceOf(verb, name) : words(choices),
  };
}

function flagOf(verb: string, option: Option): Flag {
  const { short, long, description, argChoices } = option;
  const names = [short, long].filter((name) => name !== undefined);
  if (!option.required && !option.optional) return { names, help: description };
  const name = /[<[]([^\]>.]*)/.exec(option.flags)?.[1] ?? 'value';
  const source = argChoices === undefined ? sourceOf(verb, name, long) : words(argChoices);
  const slot = { name, isOptional: option.optional, isVariadic: option.variadic, source };
  return { names, help: description, slot };
}
