# Types each line and a tab into a separate zsh, and writes the candidates: one line for each, words joined by spaces.
# Usage: zsh -f capture.zsh SCRIPT FILE LINE...
zmodload zsh/zpty
script=$1 file=$2
shift 2
zpty -b shell zsh -f -i
zpty -w shell "PS1= ; autoload -Uz compinit && compinit -u -D; source $script"
zpty -w shell "bindkey '^I' complete-word; LISTMAX=10000"
zpty -w shell 'compadd() { if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return $?; fi; local -a hits; builtin compadd -A hits "$@"; print -rl -- $hits >> '$file'.part; builtin compadd "$@" }'
zpty -w shell 'finish() { : >> '$file'.part; mv '$file'.part '$file' }'
for line in "$@"; do
  rm -f $file $file.part
  zpty -w shell 'comppostfuncs=(finish)'
  zpty -n -w shell "$line"$'\t'
  until [[ -e $file ]]; do zpty -r -t shell junk; sleep 0.02; done
  print -r -- "${(j: :)${(f)"$(<$file)"}}"
  zpty -n -w shell $'\C-u'
done
zpty -d shell
