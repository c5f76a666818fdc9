#!/usr/bin/env bash
# Compares the server with others; see docs/performance.md. Environment variables set the flags that build/bench run --help
# lists.
. "$(dirname "$0")/lib.sh"

problem=$(go_problem)
problem=${problem:-$(node_problem)}
[ -z "$problem" ] || fail "$problem"
go build -o build/bench ./bench
exec build/bench
