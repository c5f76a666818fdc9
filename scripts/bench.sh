#!/usr/bin/env bash
# Compares the server with others: docs/performance.md. The settings are those of build/bench run --help.
. "$(dirname "$0")/lib.sh"

problem=$(go_problem)
problem=${problem:-$(node_problem)}
[ -z "$problem" ] || fail "$problem"
go build -o build/bench ./bench
exec build/bench
