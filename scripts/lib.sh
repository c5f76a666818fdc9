# shellcheck shell=bash
# The other scripts source this file: it checks what they need of the machine and starts a server to test.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
unset "${!DECNET_@}" # tests must not see the settings of a server that the person runs

# fail REASON prints the reason and ends the script.
fail() {
  echo "failed: $1" >&2
  exit 1
}

# skip REASON prints what is left out and why, and ends the script: with success for a person, as a failure in CI,
# which must run everything.
skip() {
  if [ "${CI:-}" = true ]; then
    fail "$1 (nothing is skipped when CI=true)"
  fi
  echo "skipped: $1"
  exit 0
}

# go_problem prints why the server cannot be built on this machine, or nothing.
go_problem() {
  local cc
  if ! command -v go >/dev/null; then
    echo "Go is not installed; see https://go.dev/doc/install"
    return
  fi
  cc=$(go env CC)
  if ! command -v "${cc%% *}" >/dev/null; then
    echo "the C compiler ${cc%% *} is missing, and the SQLite driver is C (Debian: apt-get install gcc libc6-dev)"
  elif [ "$(go env CGO_ENABLED)" != 1 ]; then
    echo "CGO_ENABLED is off, and the SQLite driver is C"
  fi
}

# node_problem prints why the page cannot be built on this machine, or nothing.
node_problem() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "Node.js with npm is not installed (Debian: apt-get install nodejs npm)"
  elif ! node -e 'const [a, b] = process.versions.node.split(".").map(Number);
      process.exit((a === 20 && b >= 19) || (a === 22 && b >= 12) || a > 22 ? 0 : 1)'; then
    echo "Node.js is $(node --version); 20.19, 22.12 or newer is needed"
  fi
}

# browser_problem prints why the browser test cannot run on this machine, or nothing.
browser_problem() {
  command -v "${CHROMIUM:-/usr/bin/chromium}" >/dev/null ||
    echo "${CHROMIUM:-/usr/bin/chromium} is missing (Debian: apt-get install chromium; CHROMIUM names another browser)"
}

# install_web installs the npm packages of the page, unless those installed are as new as their list.
install_web() {
  local installed=web/node_modules/.package-lock.json
  if [ ! -e "$installed" ] || [ web/package-lock.json -nt "$installed" ]; then
    echo "-- npm ci"
    (cd web && npm ci --no-audit --no-fund --loglevel=error >/dev/null)
    touch "$installed" # npm does not change its time
  fi
}

# start_server FLAG... starts the server on a sample database, with these flags of serve. It sets base, the URL of the
# server, bin, the folder of the built command, and work, a temporary folder. The server and the folder end with the
# script.
start_server() {
  work=$(mktemp -d)
  bin=$work/bin
  trap stop_server EXIT
  scripts/build.sh "$bin/decnet-graph"
  "$bin/decnet-graph" sample --db "$work/sample.db" >"$work/server.log" 2>&1
  "$bin/decnet-graph" serve --db "$work/sample.db" --listen 127.0.0.1:0 "$@" >>"$work/server.log" 2>&1 &
  server=$!
  for _ in {1..1200}; do # two minutes, for machines that are busy
    base=$(grep -o -m1 'http://127\.0\.0\.1:[0-9]*' "$work/server.log" || true)
    if [ -n "$base" ] && ask --fail "$base/readyz" >/dev/null 2>&1; then
      return
    fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  fail "the server did not become ready"
}

stop_server() {
  local status=$?
  trap - EXIT
  if [ -n "${server:-}" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  if [ "$status" != 0 ] && [ -s "$work/server.log" ]; then
    echo "-- log of the server" >&2
    cat "$work/server.log" >&2
  fi
  rm -rf "$work"
  exit "$status"
}

# ask is curl for a server on this machine.
ask() {
  curl --noproxy '*' --silent --show-error --max-time 300 "$@"
}

# post_query FILE URL [OPERATION] sends a GraphQL document and prints the response.
post_query() {
  {
    printf '{"query":"'
    sed 's/\\/\\\\/g; s/"/\\"/g; s/\t/\\t/g; s/\r//g; s/$/\\n/' "$1" | tr -d '\n'
    printf '"%s}' "${3:+,\"operationName\":\"$3\"}"
  } | ask --header 'Content-Type: application/json' --data-binary @- "$2" || true
}

# answered RESPONSE succeeds if a response has data and no errors, which would precede the data.
answered() {
  [[ $1 == '{"data":{'* ]]
}
