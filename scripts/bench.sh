#!/usr/bin/env bash
# Compares the server with others; see docs/performance.md. build/bench run --help lists the settings.
. "$(dirname "$0")/lib.sh"

problem=$(go_problem)
problem=${problem:-$(node_problem)}
[ -z "$problem" ] || fail "$problem"
go build -o build/bench ./bench
exec build/bench
