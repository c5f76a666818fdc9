#!/usr/bin/env bash
# Runs the Go tests; make test-go starts this script with database servers that the test packages share.
#
# Tests run with the race detector, which makes them up to ten times slower. Random tests repeat one path through
# the code with other data: with the detector they run a few cases each, and without it all of them.
#
# make check has run go vet on all of it, so go test does not run it twice more.
. "$(dirname "$0")/lib.sh"

# Packages whose tests do without the detector: they start no goroutines, or compare answers and schemas of code whose
# goroutines other packages run under it, as those of command run imports. All others, so new ones, too, run with the
# race detector.
single='^decnetgraph/(attack|bench/contest|bench/data|graph/generate|graph/scalar|graph/validate|storage/engine/dsn|storage/migrations|storage/sample|storage/storagetest|storage/storagetest/dbserver|storage/transfer|tests/(examples|golden|questions|schema))$'

# list prints the import path of each package that has tests, and what the tests import.
list() {
  go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}} {{.TestImports}} {{.XTestImports}}{{end}}' ./...
}

limit=1h # ends a test that hangs; all of them take a fraction of it, even on a busy machine

mapfile -t packages < <(list | awk -v single="$single" '$1 !~ single { print $1 }')
echo "-- With the race detector"
RAPID_CHECKS=20 go test -race -vet=off -timeout "$limit" "${packages[@]}"

# Long tests of goroutines, in packages that have random tests as well: once is enough, with the detector.
concurrent='^Test(HostileRequestsAreAnsweredOrRefused|HostileRequestsEndWithTheirClient|RollupsStayExactWhileManyWrite|SilentServersAreGivenUp)$'

# Packages whose tests are nearly all of goroutines: the few random ones run with the detector alone.
detected='^decnetgraph/(httpapi|storage/engine)$'

mapfile -t packages < <(list | awk -v single="$single" -v detected="$detected" '$1 ~ single || /pgregory.net.rapid/ && $1 !~ detected { print $1 }')
echo "-- Without it: packages without goroutines, and all cases of random tests"
# 13 filters are drawn for each check, so over 2,000 are asked on all databases together.
RAPID_CHECKS=32 go test -vet=off -timeout "$limit" -skip "$concurrent" "${packages[@]}"
