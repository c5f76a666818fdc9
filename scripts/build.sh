#!/usr/bin/env bash
# Builds the command: scripts/build.sh FILE
. "$(dirname "$0")/lib.sh"

problem=$(go_problem)
[ -z "$problem" ] || fail "$problem"
go build -ldflags "$(stamp)" -o "$1" .
