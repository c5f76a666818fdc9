#!/usr/bin/env bash
# Measures how long a new user waits in a fresh clone of HEAD with empty caches: the time from `make run` to the answer to
# the first query of README.md, and the same for a second run.
. "$(dirname "$0")/lib.sh"

first_limit=180
second_limit=3

work=$(mktemp -d)
trap stop_server EXIT
git clone --quiet "$root" "$work/clone"
cd "$work/clone"
awk '/^```graphql$/ { inside = 1; next } inside && /^```/ { exit } inside' README.md >"$work/query"
[ -s "$work/query" ] || fail "README.md has no \`\`\`graphql block"
export GOCACHE=$work/cache GOMODCACHE=$work/modules GOFLAGS=-modcacherw

# start runs `make run` until the query is answered and sets took to the time in milliseconds.
start() {
  local began base answer=''
  began=$(date +%s%3N)
  make run LISTEN=127.0.0.1:0 >"$work/server.log" 2>&1 </dev/null &
  server=$!
  until answered "$answer"; do
    took=$(($(date +%s%3N) - began))
    kill -0 "$server" 2>/dev/null || fail "make run has stopped"
    [ "$took" -lt 600000 ] || fail "no answer within ten minutes: $answer"
    sleep 0.05
    base=$(grep -o -m1 'http://127\.0\.0\.1:[0-9]*' "$work/server.log" || true)
    [ -z "$base" ] || answer=$(post_query "$work/query" "$base/graphql" 2>/dev/null)
  done
  took=$(($(date +%s%3N) - began))
  kill "$server"
  wait "$server" || true
  server=
}

# report NAME LIMIT prints the time and compares it with the limit in seconds.
report() {
  printf '%s: %d.%01d s (at most %d s)\n' "$1" $((took / 1000)) $((took % 1000 / 100)) "$2"
  [ "$took" -le $(($2 * 1000)) ] || slow=1
}

slow=0
start
report "From make run to the first answer" "$first_limit"
start
report "The same again" "$second_limit"
[ "$slow" = 0 ] || fail "a new user waits too long"
