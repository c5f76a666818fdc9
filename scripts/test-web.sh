#!/usr/bin/env bash
# Runs the browser test of the GraphiQL page against a server on a sample database.
. "$(dirname "$0")/lib.sh"

problem=$(node_problem)
problem=${problem:-$(browser_problem)}
[ -z "$problem" ] || skip "the browser test: $problem"
install_packages web
start_server
node web/test/graphiql.mjs "$base/graphiql/"
