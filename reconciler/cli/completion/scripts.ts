/**
 * The shells' completion scripts. Each passes the words up to the cursor to `vnet __complete` and offers its
 * output: one candidate per line, with a tab and its description; then `:0` to complete files, `:16`
 * directories, anything else neither.
 */

const BASH = `# bash completion of vnet and reconcile: vnet completion bash
# shellcheck shell=bash
_vnet() {
  local line=\${COMP_LINE:0:COMP_POINT} word gap i reply current prefix='' head=''
  local -a words=()
  COMPREPLY=()
  # Bash breaks words at = and : too; a word of ours ends at a space. Quotes are the shell's.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    gap=\${line%%[![:space:]]*}
    line=\${line#"$gap"}
    ((i == COMP_CWORD)) && word=$line
    line=\${line#"$word"}
    word=\${word#[\\'\\"]} word=\${word%[\\'\\"]}
    if ((i == 0)) || [[ -n $gap ]]; then
      words+=("\${word//\\\\/}")
    else
      words[\${#words[@]} - 1]+=\${word//\\\\/}
    fi
  done
  current=\${words[\${#words[@]} - 1]}
  reply=$("\${words[0]/#~\\//$HOME/}" __complete "\${words[@]:1}" 2>/dev/null) || return 0
  [[ $current == --*=* ]] && prefix=\${current%%=*}=
  case \${reply##*:} in
    0) mapfile -t COMPREPLY < <(compgen -P "$prefix" -f -- "\${current#"$prefix"}") ;;
    16) mapfile -t COMPREPLY < <(compgen -P "$prefix" -d -- "\${current#"$prefix"}") ;;
    *)
      compopt -o nosort 2>/dev/null
      while IFS= read -r line; do
        [[ $line == :* || -z $line ]] || COMPREPLY+=("\${line%%$'\\t'*}")
      done <<<"$reply"
      ;;
  esac
  # Readline quotes words that may be names of files.
  [[ $reply == :* || "\${COMPREPLY[*]%%[[:space:]]*}" != "\${COMPREPLY[*]}" ]] && compopt -o filenames 2>/dev/null
  # It replaces only the text after its last break character.
  for i in : =; do
    if [[ $COMP_WORDBREAKS == *"$i"* && $current == *"$i"* ]]; then
      word=\${current%"\${current##*"$i"}"}
      ((\${#word} > \${#head})) && head=$word
    fi
  done
  [[ -z $head ]] || COMPREPLY=("\${COMPREPLY[@]#"$head"}")
}
complete -F _vnet vnet reconcile
`;

const ZSH = `#compdef vnet reconcile
# zsh completion of vnet and reconcile: vnet completion zsh
_vnet() {
  local reply line
  local -a values texts
  reply=$(\${~words[1]} __complete "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null) || return 1
  case \${reply##*:} in
    0) compset -P '--*='; _files ;;
    16) compset -P '--*='; _files -/ ;;
    *)
      for line in \${(f)reply}; do
        [[ $line == :* ]] && continue
        values+=("\${line%%$'\\t'*}")
        texts+=("\${line/$'\\t'/  -- }")
      done
      (( $#values )) && compadd -l -V vnet -d texts -a values
      ;;
  esac
}
if [[ $funcstack[1] == _vnet ]]; then
  _vnet "$@"
else
  compdef _vnet vnet reconcile
fi
`;

const FISH = `# fish completion of vnet and reconcile: vnet completion fish
function __vnet_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct | string trim -l -c '"\\'')
    set -l reply ($words[1] __complete $words[2..-1] "$current" 2>/dev/null); or return
    set -l prefix (string match -r '^--[^=]*=' -- $current)
    set -l value (string replace -r '^--[^=]*=' '' -- $current)
    switch $reply[-1]
        case :0
            __fish_complete_path $value | string replace -r '^' "$prefix"
        case :16
            __fish_complete_directories $value | string replace -r '^' "$prefix"
        case '*'
            string match -v -r '^:' -- $reply
    end
end
for program in vnet reconcile
    complete -c $program -e
    complete -c $program -f -k -a '(__vnet_complete)'
end
`;

/** The scripts, by shell. */
export const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH } as const;
