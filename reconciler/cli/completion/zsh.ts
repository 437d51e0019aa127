/** The script for zsh. Pure. */
import type { Flag, Shape, Slot, VerbShape } from './shape.ts';
import type { Source } from './sources.ts';

/** Returns the script: to be found in fpath as _vnet, or sourced. */
export function zshScript(shape: Shape): string {
  return [
    HEAD,
    '_vnet_verb() {',
    '  case $1 in',
    ...shape.verbs.map(renderVerb),
    '  esac',
    '}',
    '',
    '_vnet() {',
    '  local curcontext=$curcontext state line',
    '  local -A opt_args',
    '  local -a _vnet_global _vnet_verbs _vnet_chosen',
    '  local _vnet_program=$words[1]',
    '  if [[ $service == reconcile ]]; then',
    '    _vnet_program=${_vnet_program%reconcile}vnet',
    '    words=($_vnet_program reconcile "${(@)words[2,-1]}")',
    '    (( CURRENT++ ))',
    '  fi',
    '  _vnet_global=(',
    ...shape.flags.flatMap((flag) => flagSpecs(flag, [])).map((spec) => `    ${quote(spec)}`),
    '  )',
    '  _vnet_verbs=(',
    ...shape.verbs.map(({ name, help }) => `    ${quote(`${name}:${help.replaceAll(':', '\\:')}`)}`),
    '  )',
    TAIL,
  ].join('\n');
}

function renderVerb({ name, flags, slots }: VerbShape): string {
  const specs = [...flags.flatMap((flag) => flagSpecs(flag, flags)), ...slots.map(slotSpec)];
  const lines = specs.map((spec) => `        ${quote(spec)}`);
  return [`    ${name})`, '      _arguments -s $_vnet_global \\', lines.join(' \\\n'), '      ;;'].join('\n');
}

/** One line for each name of the option; each excludes the others. */
function flagSpecs({ names, help, slot }: Flag, others: readonly Flag[]): readonly string[] {
  const text = `[${help.replaceAll(/([[\]\\:])/g, '\\$1')}]`;
  const isMany = slot?.isVariadic === true;
  const excluded = names.length > 1 && !isMany ? `(${names.join(' ')})` : '';
  return names.map((name) => {
    if (slot === undefined) return `${excluded}${name}${text}`;
    const action = actionOf(slot.source);
    if (isMany) return `*${name}${text}:*-*:${slot.name}: _vnet_many ${quoteWords(others)} ${action.trim()}`;
    return `${excluded}${name}${name.startsWith('--') ? '=' : '+'}${text}:${slot.name}:${action}`;
  });
}

function slotSpec({ name, isOptional, isVariadic, source }: Slot, index: number): string {
  const place = isVariadic ? '*' : `${index + 1}`;
  return `${place}:${isOptional && !isVariadic ? ':' : ''}${name}:${actionOf(source)}`;
}

function actionOf(source: Source): string {
  switch (source.kind) {
    case 'words':
      return `(${source.words.join(' ')})`;
    case 'ask':
      return ` _vnet_ask ${source.what}`;
    case 'files':
      return '_files';
    case 'folders':
      return '_files -/';
    case 'none':
      return ' ';
  }
}

function quoteWords(flags: readonly Flag[]): string {
  return `"${flags.flatMap(({ names }) => names).join(' ')}"`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const HEAD = `#compdef vnet reconcile
# zsh completion of vnet and reconcile: vnet completion zsh

# Asks vnet itself. Nothing is said when it can't tell.
_vnet_ask() {
  local -a values texts
  local line
  for line in \${(f)"$($_vnet_program $_vnet_chosen complete $1 -- \${(Q)PREFIX} 2>/dev/null)"}; do
    values+=("\${line%%$'\\t'*}")
    texts+=("\${line/$'\\t'/  -- }")
  done
  (( $#values )) && compadd -l -V vnet -d texts -a values
}

# Where more values may follow, options may too: the first argument lists them, the others complete a value.
_vnet_many() {
  if [[ $PREFIX == -* ]]; then
    compadd -- \${=1}
  else
    shift
    "$@"
  fi
}
`;

const TAIL = `
  _arguments -C $_vnet_global '1:verb:->verb' '*:: :->rest'
  local name
  for name in --root --document; do
    (( \${+opt_args[$name]} )) && _vnet_chosen+=($name $opt_args[$name])
  done
  case $state in
    verb) _describe -V verb _vnet_verbs ;;
    rest) _vnet_verb $words[1] ;;
  esac
}

if [[ $funcstack[1] == _vnet ]]; then
  _vnet "$@"
else
  compdef _vnet vnet reconcile
fi
`;
