# Completion of decnet-graph for bash. Load it with: source <(decnet-graph completion bash)
_decnet_graph() {
  local program=${COMP_WORDS[0]/#\~/$HOME} line
  COMPREPLY=()
  while IFS= read -r line; do
    if [ "$line" = :files ]; then
      compopt -o default # completes names of files as long as COMPREPLY is empty
    else
      COMPREPLY+=("${line%%$'\t'*}")
    fi
  done < <("$program" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _decnet_graph decnet-graph
