/** The script for bash. Pure. */
import type { Flag, Shape, Slot } from './shape.ts';
import { casesOf, type Place, sourceWord } from './cases.ts';

/** Returns the script. It needs nothing but bash 4. */
export function bashScript(shape: Shape): string {
  return [
    HEAD,
    `_vnet_verbs=${quote(shape.verbs.map(({ name }) => name).join(' '))}`,
    `_vnet_globals=${quote(flagNames(shape.flags))}`,
    '',
    '# The options of a verb.',
    '_vnet_flags() {',
    '  case $1 in',
    ...shape.verbs.map(({ name, flags }) => `    ${name}) found=${quote(flagNames(flags))} ;;`),
    '    *) found= ;;',
    '  esac',
    '}',
    '',
    '# What may stand at a place: verb and option, or verb and number of the word behind it.',
    '_vnet_source() {',
    '  case $1 in',
    ...casesOf(shape).map(renderCase),
    '    *) source= ;;',
    '  esac',
    '}',
    TAIL,
  ].join('\n');
}

function flagNames(flags: readonly Flag[]): string {
  return flags.flatMap(({ names }) => names).join(' ');
}

function renderCase({ keys, slot }: Place): string {
  const patterns = keys.map((key) => (key.startsWith('* ') ? `*${quote(key.slice(1))}` : quote(key)));
  return `    ${patterns.join(' | ')}) source=${quote(`${manner(slot)} ${sourceWord(slot.source)}`)} ;;`;
}

/** How many words a value may have, and whether there must be one. */
function manner({ isOptional, isVariadic }: Slot): string {
  return `${isOptional ? 'may' : 'must'} ${isVariadic ? 'many' : 'one'}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const HEAD = `# bash completion of vnet and reconcile: vnet completion bash
# shellcheck shell=bash disable=SC2207
`;

const TAIL = `
# Bash breaks words at = and : too; a word of ours ends at a space. Fills tokens, the last of them up to the cursor.
_vnet_split() {
  local line=\${COMP_LINE:0:COMP_POINT} word gap i
  tokens=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    gap=\${line%%[![:space:]]*}
    line=\${line#"$gap"}
    ((i == COMP_CWORD)) && word=$line
    line=\${line#"$word"}
    if ((i == 0)) || [[ -n $gap ]]; then
      tokens+=("$word")
    else
      tokens[\${#tokens[@]} - 1]+=$word
    fi
  done
}

# Walks over the finished words. Fills verb, at (how many words stand behind it), pending and chosen.
_vnet_walk() {
  local token source
  verb='' at=0 pending='' chosen=()
  for token in "\${tokens[@]:1:\${#tokens[@]} - 2}"; do
    if [[ -n $pending ]]; then
      _vnet_source "$verb $pending"
      if [[ $source == 'must one '* || $token != -* ]]; then
        [[ $pending == --root || $pending == --document ]] && chosen+=("$pending" "$token")
        [[ $source == *' many '* ]] || pending=''
        continue
      fi
      pending=''
    fi
    case $token in
      --root=* | --document=*) chosen+=("$token") ;;
      --*=*) ;;
      -*)
        _vnet_source "$verb $token"
        [[ -z $source ]] || pending=$token
        ;;
      *) if [[ -z $verb ]]; then verb=$token; else ((at++)); fi ;;
    esac
  done
}

# Asks vnet itself. Nothing is said when it can't tell.
_vnet_ask() {
  local program=\${tokens[0]/#~\\//$HOME/} line
  [[ $program == *reconcile ]] && program=\${program%reconcile}vnet
  compopt -o filenames -o nosort 2>/dev/null
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("$program" "\${chosen[@]}" complete "$1" -- "$2" 2>/dev/null)
}

# Fills COMPREPLY for a value that has begun with $2, from a source.
_vnet_fill() {
  local kind
  read -r _ _ kind <<<"$1"
  case $kind in
    files) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
    folders) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$2") ;;
    ask\\ *) _vnet_ask "\${kind#ask }" "$2" ;;
    words\\ *) COMPREPLY=($(compgen -W "\${kind#words }" -- "$2")) ;;
  esac
}

# Readline replaces only what is behind the last of its break characters.
_vnet_trim() {
  local head='' upto char
  for char in : =; do
    if [[ $COMP_WORDBREAKS == *"$char"* && $1 == *"$char"* ]]; then
      upto=\${1%"\${1##*"$char"}"}
      ((\${#upto} > \${#head})) && head=$upto
    fi
  done
  [[ -z $head ]] || COMPREPLY=("\${COMPREPLY[@]#"$head"}")
}

_vnet() {
  local -a tokens chosen
  local verb at pending source found current value prefix=''
  COMPREPLY=()
  _vnet_split
  [[ \${tokens[0]} == *reconcile ]] && tokens=("\${tokens[0]}" reconcile "\${tokens[@]:1}")
  _vnet_walk
  current=\${tokens[\${#tokens[@]} - 1]}
  source=''
  value=$current
  if [[ -n $pending ]]; then
    _vnet_source "$verb $pending"
    [[ $source != 'must one '* && $current == -* ]] && source=''
  elif [[ $current == --*=* ]]; then
    prefix=\${current%%=*}=
    value=\${current#*=}
    _vnet_source "$verb \${prefix%=}"
  fi
  if [[ -z $source && -z $prefix ]]; then
    if [[ $current == -* ]]; then
      _vnet_flags "$verb"
      source="must one words $found $_vnet_globals"
    elif [[ -z $verb ]]; then
      source="must one words $_vnet_verbs"
    else
      _vnet_source "$verb $((at + 1))"
      [[ -n $source ]] || _vnet_source "$verb more"
    fi
  fi
  value=\${value#[\\'\\"]}
  _vnet_fill "$source" "\${value//\\\\/}"
  [[ -z $prefix ]] || COMPREPLY=("\${COMPREPLY[@]/#/$prefix}")
  _vnet_trim "$current"
}

complete -F _vnet vnet reconcile
`;
