#!/usr/bin/env bash
# Measures the cost of building the server with each SQLite driver: cold, after a change of one file,
# and with the race detector. It works on copies of the working tree in a temporary folder. The copy for
# modernc has the driver replaced just enough to build and to pass tests. "-test" also runs the tests of
# storage/ and resolvers/ on that copy. The tests' own driver is replaced as well, because two copies of
# SQLite in one process do not see each other's locks.
set -euo pipefail
root=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
version=$(cd "$root/bench/sqlitedrivers" && go list -m -f '{{.Version}}' modernc.org/sqlite)
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

for driver in mattn modernc; do
  mkdir "$work/$driver"
  (cd "$root" && git ls-files -z -co --exclude-standard --deduplicate | tar c --null -T - --ignore-failed-read) | tar x -C "$work/$driver"
done

cd "$work/modernc"
for file in storage/engine/sqlite*.go; do
  imports='"modernc.org/sqlite"'
  if grep -q 'sqlite3\.Err[A-Z]' "$file"; then
    imports+='\n\tsqlite3 "modernc.org/sqlite/lib"'
  fi
  IMPORTS=$imports perl -pi -e '
    BEGIN { ($imports = $ENV{IMPORTS}) =~ s/\\n\\t/\n\t/g }
    s|"github.com/mattn/go-sqlite3"|$imports|;
    s|sql.Open\("sqlite3"|sql.Open("sqlite"|;
    s|sqlite3\.Error\b|*sqlite.Error|;
    s|failure\.ExtendedCode|failure.Code()|g;
    s|failure\.Code\b(?!\()|failure.Code() & 0xff|g;
    s|sqlite3\.ErrConstraint([A-Z]\w+)|sqlite3.SQLITE_CONSTRAINT_\U$1|g;
    s|sqlite3\.Err(\w+)|sqlite3.SQLITE_\U$1|g;
    s|"_cache_size": *"-32768"|"_pragma": "cache_size(-32768)"|;
    s|^.*"_mutex":.*\n||;
  ' "$file"
done
go get "modernc.org/sqlite@$version" >/dev/null 2>&1
go mod download

TIMEFORMAT='%R s on the clock, %U s user, %S s system'
build() { # TITLE FLAG...
  echo "$1: $( { time go build -o "$work/server" "${@:2}" .; } 2>&1), $(stat -c %s "$work/server") bytes"
}
for driver in mattn modernc; do
  cd "$work/$driver"
  export GOCACHE=$work/cache
  mkdir "$GOCACHE"
  build "$driver, cold"
  echo "// changed" >>command/serve.go
  build "$driver, one file changed"
  rm -rf "$GOCACHE"
  mkdir "$GOCACHE"
  build "$driver, cold, -race" -race
  rm -rf "$GOCACHE"
done
unset GOCACHE
cd "$work/modernc"
if CGO_ENABLED=0 go build -o "$work/server" .; then
  echo "modernc builds without cgo"
fi
if [ "${1:-}" = -test ]; then
  perl -pi -e 's|"github.com/mattn/go-sqlite3"|"modernc.org/sqlite"|; s|Open\("sqlite3"|Open("sqlite"|' \
    $(grep -rlE --include='*_test.go' 'go-sqlite3|"sqlite3"' storage resolvers)
  go test ./storage ./resolvers
fi
