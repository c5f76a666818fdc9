#!/usr/bin/env bash
# Runs the tests of the GraphiQL page: its functions, and the page in a browser against a server on a sample database.
. "$(dirname "$0")/lib.sh"

problem=$(node_problem)
problem=${problem:-$(browser_problem)}
[ -z "$problem" ] || skip "the browser test: $problem"
install_packages web
node --test --test-reporter=spec web/test/units.test.mjs
start_server
node web/test/graphiql.mjs "$base/graphiql/"
