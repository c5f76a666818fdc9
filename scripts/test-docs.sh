#!/usr/bin/env bash
# Runs the code blocks of README.md, CONTRIBUTING.md and docs/*.md:
#
#   ```graphql   Each operation is sent to a server with --write on a sample database and must be answered without errors
#                and userErrors. ```graphql,ignore and blocks after <!-- not run --> are not run.
#   ```sh        Blocks after <!-- run --> are run in an empty folder that the blocks of one document share, with
#                decnet-graph on the PATH. The address 127.0.0.1:8080 is replaced by that of the test's server.
. "$(dirname "$0")/lib.sh"
shopt -s nullglob

documents=(README.md CONTRIBUTING.md docs/*.md)
if [ ${#documents[@]} = 0 ]; then
  echo "There is no documentation yet."
  exit 0
fi
start_server --write

# Write each block to a file, and list it with its kind and its position in the text.
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
      complain "$1: the answer to the query${name:+ $name} is ${answer:0:600}"
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
  kill -- "-$block" 2>/dev/null || true # kill its background processes: timeout leads a process group of its own
  [ "$status" = 0 ] || complain "$1: the commands failed with status $status; their output ends with: $(tail -c 2000 "$2.out")"
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
