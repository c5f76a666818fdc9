#!/usr/bin/env bash
# Runs the examples of README.md and docs/*.md:
#
#   ```graphql   Each operation is sent to a server that may write to its sample database. The response must have no
#                errors, and no user errors in its payload. Blocks that are ```graphql,ignore or follow the line
#                <!-- not run --> are left out.
#   ```sh        Only blocks that follow the line <!-- run --> run: in an empty folder, which the blocks of one
#                document share, with decnet-graph on the PATH. The address 127.0.0.1:8080 is replaced by that
#                of the server that this script has started.
. "$(dirname "$0")/lib.sh"
shopt -s nullglob

documents=(README.md docs/*.md)
[ -e README.md ] || documents=(docs/*.md)
if [ ${#documents[@]} = 0 ]; then
  echo "There is no documentation yet."
  exit 0
fi
start_server --write

# Each block becomes a file. The list has its kind, its place in the text and the file.
mkdir "$work/blocks"
awk -v folder="$work/blocks" '
  FNR == 1 { fence = last = "" }
  { sub(/\r$/, "") }
  fence == "" && match($0, /^ *(```+|~~~+)/) {
    indent = fence = substr($0, 1, RLENGTH)
    sub(/[^ ]+$/, "", indent)
    sub(/^ +/, "", fence)
    info = substr($0, RLENGTH + 1)
    gsub(/^ +| +$/, "", info)
    kind = ""
    if (info == "graphql" && last != "<!-- not run -->") kind = "graphql"
    if (info == "sh" && last == "<!-- run -->") kind = "sh"
    if (info != "sh" && last == "<!-- run -->") kind = "misplaced"
    if (info ~ /^graphql/ && kind == "") kind = "ignored"
    if (kind != "") {
      file = sprintf("%s/%04d", folder, ++blocks)
      printf "" > file
      print kind, FILENAME ":" FNR, file
    }
    next
  }
  fence != "" && $0 ~ ("^ *" fence "[`~]*$") {
    if (kind != "") close(file)
    fence = last = ""
    next
  }
  fence != "" && kind != "" { sub("^" indent, ""); print > file }
  fence == "" && !/^ *$/ { last = $0; gsub(/^ +| +$/, "", last) }
' "${documents[@]}" >"$work/list"

failures=0
complain() {
  echo "$1" >&2
  failures=$((failures + 1))
}

run_graphql() { # PLACE FILE
  local names name answer
  mapfile -t names < <(grep -oE '^(query|mutation) +[_A-Za-z][_0-9A-Za-z]*' "$2" | awk '{ print $2 }')
  [ ${#names[@]} -gt 1 ] || names=("")
  for name in "${names[@]}"; do
    answer=$(post_query "$2" "$base/graphql" "$name")
    if ! answered "$answer" || [[ $answer == *'"userErrors":[{'* ]]; then
      complain "$1: the query${name:+ $name} is answered ${answer:0:600}"
    fi
  done
}

run_sh() { # PLACE FILE
  local folder=$work/run/${1%:*} block status=0
  mkdir -p "$folder"
  sed -i "s#\(127\.0\.0\.1\|localhost\):8080#${base#http://}#g" "$2"
  (cd "$folder" && PATH=$bin:$PATH exec timeout 600 bash -euo pipefail "$2") >"$2.out" 2>&1 </dev/null &
  block=$!
  wait "$block" || status=$?
  kill -- "-$block" 2>/dev/null || true # ends background processes of the block, which are in the process group of timeout
  [ "$status" = 0 ] || complain "$1: the commands end with status $status and print: $(tail -c 2000 "$2.out")"
}

declare -A count=([graphql]=0 [sh]=0 [ignored]=0)
while read -r kind place file; do
  case $kind in
    graphql) run_graphql "$place" "$file" ;;
    sh) run_sh "$place" "$file" ;;
    misplaced) complain "$place: <!-- run --> is for \`\`\`sh blocks" ;;
  esac
  count[$kind]=$((${count[$kind]:-0} + 1))
done <"$work/list"
echo "${#documents[@]} documents: ${count[graphql]} GraphQL and ${count[sh]} shell blocks run, ${count[ignored]} GraphQL blocks not run"
[ "$failures" = 0 ] || fail "$failures blocks of the documentation do not work"
