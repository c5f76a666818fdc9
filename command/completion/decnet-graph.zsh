#compdef decnet-graph
# Completion of decnet-graph for zsh. Write it to a file named _decnet-graph in a folder of $fpath, or load it with:
# source <(decnet-graph completion zsh)
_decnet_graph() {
  local -a lines candidates
  local line
  lines=("${(@f)$("${words[1]/#\~/$HOME}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "${lines[@]}"; do
    if [[ $line == :files ]]; then
      compset -P '--*='
      _files
      return
    elif [[ -n $line ]]; then
      candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    fi
  done
  (($#candidates)) && _describe decnet-graph candidates
}
if [[ $funcstack[1] == _decnet-graph ]]; then
  _decnet_graph "$@"
else
  compdef _decnet_graph decnet-graph
fi
