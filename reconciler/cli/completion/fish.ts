/** The script for fish. Pure. */
import { casesOf } from './cases.ts';
import type { Flag, Shape, Slot, VerbShape } from './shape.ts';
import type { Source } from './sources.ts';

/** Returns the script. */
export function fishScript(shape: Shape): string {
  const places = casesOf(shape).map(({ keys, slot }) => ({
    keys: keys.filter((key) => key.includes(' -')),
    isMany: slot.isVariadic,
  }));
  const keysOf = (isMany: boolean): readonly string[] =>
    places.flatMap((place) => (place.isMany === isMany ? place.keys : []));
  return [
    HEAD,
    ...renderSkip(keysOf(true), 'many'),
    ...renderSkip(keysOf(false), 'one'),
    MIDDLE,
    ...shape.flags.map((flag) => renderFlag(flag, undefined)),
    ...shape.verbs.map(
      ({ name, help }) => `complete -c vnet -n '__vnet_at \\'\\'' -a ${name} -d ${quote(help)}`,
    ),
    ...shape.verbs.flatMap(renderVerb),
    '',
  ].join('\n');
}

function renderSkip(keys: readonly string[], skip: string): readonly string[] {
  if (keys.length === 0) return [];
  const cases = `            case ${keys.map(quote).join(' ')}`;
  return [cases, `                set skip ${skip}`, '                set last $token'];
}

function renderVerb({ name, flags, slots }: VerbShape): readonly string[] {
  return [
    ...flags.map((flag) => renderFlag(flag, name)),
    ...flags.flatMap((flag) => renderMany(flag, name)),
    ...slots.flatMap((slot, index) => {
      const place = `__vnet_at ${name} ${slot.isVariadic ? 'more' : index}`;
      const values = valuesOf(slot.source);
      return values === '' ? [] : [`complete -c vnet -n ${quote(place)} ${values}`];
    }),
  ];
}

function renderMany({ names, slot }: Flag, verb: string): readonly string[] {
  const values = slot?.isVariadic === true ? valuesOf(slot.source) : '';
  return values === '' ? [] : [`complete -c vnet -n '__vnet_many ${verb} ${names.join(' ')}' ${values}`];
}

function renderFlag({ names, help, slot }: Flag, verb: string | undefined): string {
  const words = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const where = verb === undefined ? [] : ['-n', quote(`__vnet_at ${verb}`)];
  return ['complete -c vnet', ...where, ...words, ...takes(slot), '-d', quote(help)].join(' ');
}

function takes(slot: Slot | undefined): readonly string[] {
  if (slot === undefined) return [];
  const values = valuesOf(slot.source);
  const needs = slot.source.kind === 'files' ? '-r' : '-x';
  return slot.isOptional ? [values] : [needs, ...(values === '' ? [] : [values])];
}

function valuesOf(source: Source): string {
  switch (source.kind) {
    case 'words':
      return `-a ${quote(source.words.join(' '))}`;
    case 'ask':
      return `-k -a '(__vnet_ask ${source.what})'`;
    case 'files':
      return '-F';
    case 'folders':
      return `-a '(__fish_complete_directories (commandline -ct))'`;
    case 'none':
      return '';
  }
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

const HEAD = `# fish completion of vnet and reconcile: vnet completion fish

# The verb, how many words that are no options stand behind it, and the option that may take more words.
function __vnet_place
    set -l tokens (commandline -opc)
    set -l verb ''
    set -l at 0
    set -l skip ''
    set -l last ''
    for token in $tokens[2..-1]
        if test "$skip" = one
            set skip ''
            continue
        end
        if test "$skip" = many; and not string match -q -- '-*' $token
            continue
        end
        set skip ''
        switch "$verb $token"`;

const MIDDLE = `            case '* -*'
            case '*'
                if test -z "$verb"
                    set verb $token
                else
                    set at (math $at + 1)
                end
        end
    end
    test "$skip" = many; or set last ''
    printf '%s\\n' "$verb" $at "$last"
end

# True behind this verb; with a number, when so many words stand behind it already; '' is before any verb.
function __vnet_at
    set -l place (__vnet_place)
    test "$place[1]" = "$argv[1]"; or return 1
    test (count $argv) -lt 2; or test "$argv[2]" = more; or test "$place[2]" = "$argv[2]"
end

# True behind this verb when more values of one of these options may follow.
function __vnet_many
    set -l place (__vnet_place)
    test "$place[1]" = "$argv[1]"; and contains -- "$place[3]" $argv[2..-1]
end

# Asks vnet itself. Nothing is said when it can't tell.
function __vnet_ask
    set -l tokens (commandline -opc)
    set -l chosen
    for at in (seq 2 (count $tokens))
        switch $tokens[$at]
            case '--root=*' '--document=*'
                set chosen $chosen $tokens[$at]
            case --root --document
                set chosen $chosen $tokens[$at] $tokens[(math $at + 1)]
        end
    end
    set -l program $tokens[1]
    $program $chosen complete $argv[1] -- (commandline -ct | string replace -r '^--[^=]*=' '' | string trim -c '"\\'') 2>/dev/null
end

complete -c reconcile -e
complete -c reconcile -f -w 'vnet reconcile'
complete -c vnet -e
complete -c vnet -f`;
