# shellcheck shell=bash
# Functions for the scripts in this folder, which source it: checks of the machine, and a server to test against.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
unset "${!DECNET_@}" # tests must not use the settings of the user's own server

# fail MESSAGE prints the message and ends the script with status 1.
fail() {
  echo "failed: $1" >&2
  exit 1
}

# skip MESSAGE prints what is skipped and why, and ends the script: with status 0, or with 1 in CI, which must not skip
# anything.
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
    echo "the C compiler ${cc%% *}, which the SQLite driver needs, is missing (Debian: apt-get install gcc libc6-dev)"
  elif [ "$(go env CGO_ENABLED)" != 1 ]; then
    echo "CGO_ENABLED is off, but the SQLite driver needs cgo; set CGO_ENABLED=1"
  fi
}

# version_of_tree prints the semantic version of the commit that is checked out, without "v": that of its tag v1.2.3 or
# v1.2.3-rc.1, or else a pre-release of the next patch release, such as 1.2.4-dev.17+g0123456789ab after 17 commits.
version_of_tree() {
  local tag commits patch
  if ! tag=$(git describe --tags --abbrev=0 --match 'v[0-9]*.[0-9]*.[0-9]*' 2>/dev/null); then
    echo "0.0.0-dev.$(git rev-list --count HEAD)+g$(git rev-parse --short=12 HEAD)"
    return
  fi
  commits=$(git rev-list --count "$tag..HEAD")
  tag=${tag#v}
  if [ "$commits" = 0 ]; then
    echo "$tag"
  elif [[ $tag == *-* ]]; then # after v1.2.3-rc.1
    echo "${tag%%+*}.dev.$commits+g$(git rev-parse --short=12 HEAD)"
  else
    patch=${tag##*.}
    echo "${tag%.*}.$((patch + 1))-dev.$commits+g$(git rev-parse --short=12 HEAD)"
  fi
}

# stamp prints the flags for the linker that make the command "version" name the commit that is checked out; none
# outside of a git repository. VERSION overrides the version.
stamp() {
  local package=decnetgraph/command
  git rev-parse --verify --quiet HEAD >/dev/null 2>&1 || return 0
  printf -- "-X $package.%s=%s " version "${VERSION:-$(version_of_tree)}" commit "$(git rev-parse HEAD)" \
    commitDate "$(TZ=UTC git show --no-patch --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd HEAD)" \
    modified "$([ -z "$(git status --porcelain --untracked-files=no)" ] || echo true)"
}

# static_compiler ARCH prints the C compiler that builds releases for amd64 or arm64.
static_compiler() {
  if [ "$1" = "$(go env GOHOSTARCH)" ]; then
    go env CC
  elif [ "$1" = arm64 ]; then
    echo aarch64-linux-gnu-gcc
  else
    echo x86_64-linux-gnu-gcc
  fi
}

# static_problem ARCH prints why a release for this architecture cannot be built on this machine, or nothing.
static_problem() {
  local problem cc
  problem=$(go_problem)
  cc=$(static_compiler "$1" 2>/dev/null)
  if [ -n "$problem" ]; then
    echo "$problem"
  elif ! command -v "${cc%% *}" >/dev/null; then
    echo "the C compiler $cc is missing (Debian on amd64: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross)"
  elif [ "$($cc -print-file-name=libc.a)" = libc.a ]; then
    echo "the static C library for $1 is missing (Debian: apt-get install libc6-dev, or libc6-dev-arm64-cross)"
  fi
}

# node_problem prints why neither the page can be built nor clients in JavaScript run on this machine, or nothing.
node_problem() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "Node.js with npm is not installed (Debian: apt-get install nodejs npm)"
  elif ! node -e 'const [a, b] = process.versions.node.split(".").map(Number);
      process.exit((a === 20 && b >= 19) || (a === 22 && b >= 12) || a > 22 ? 0 : 1)'; then
    echo "Node.js is $(node --version), but 20.19, 22.12 or newer is required"
  fi
}

# browser_problem prints why the browser test cannot run on this machine, or nothing.
browser_problem() {
  command -v "${CHROMIUM:-/usr/bin/chromium}" >/dev/null ||
    echo "${CHROMIUM:-/usr/bin/chromium} is missing (Debian: apt-get install chromium; or set CHROMIUM to another browser)"
}

# install_packages FOLDER installs the npm packages of a folder, unless they are installed and not older than its
# package-lock.json.
install_packages() {
  local installed=$1/node_modules/.package-lock.json
  if [ ! -e "$installed" ] || [ "$1/package-lock.json" -nt "$installed" ]; then
    echo "-- npm ci in $1"
    (cd "$1" && npm ci --no-audit --no-fund --loglevel=error >/dev/null)
    touch "$installed" # npm ci does not update the file's time
  fi
}

# start_server FLAG... builds the server and starts serve with these flags on a sample database. It sets base, the URL of
# the server, bin, the folder of the built command, and work, a folder for the test. When the script ends, the server is
# stopped and the folders are deleted.
start_server() {
  work=$(mktemp -d)
  bin=$work/bin
  trap stop_server EXIT
  scripts/build.sh "$bin/decnet-graph"
  "$bin/decnet-graph" sample --db "$work/sample.db" >"$work/server.log" 2>&1
  "$bin/decnet-graph" serve --db "$work/sample.db" --listen 127.0.0.1:0 "$@" >>"$work/server.log" 2>&1 &
  server=$!
  await_server || fail "the server did not become ready"
}

# await_server waits until the process $server, whose output is in $work/server.log, is ready, and sets base, its URL. It
# returns 1 if the process ends or takes two minutes, which is for machines that are busy.
await_server() {
  for _ in {1..1200}; do
    base=$(grep -o -m1 'http://127\.0\.0\.1:[0-9]*' "$work/server.log" || true)
    if [ -n "$base" ] && ask --fail "$base/readyz" >/dev/null 2>&1; then
      return 0
    fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  return 1
}

stop_server() {
  local status=$?
  trap - EXIT
  if [ -n "${server:-}" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  if [ "$status" != 0 ] && [ -s "$work/server.log" ]; then
    echo "-- Log of the server:" >&2
    cat "$work/server.log" >&2
  fi
  rm -rf "$work"
  exit "$status"
}

# ask ARGUMENT... runs curl for a server on this machine.
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

# answered ANSWER succeeds if the answer has data and no errors. Errors would be the first member of the answer.
answered() {
  [[ $1 == '{"data":{'* ]]
}
