#!/usr/bin/env bash
# Asks a server on a sample database through clients of others: the audits of GraphQL over HTTP of npm's graphql-http,
# Apollo Client, and fetch of Node.js.
. "$(dirname "$0")/lib.sh"

problem=$(node_problem)
[ -z "$problem" ] || skip "the test of clients: $problem"
install_packages tests/clients
start_server
node tests/clients/audits.mjs "$base/graphql"
node tests/clients/clients.mjs "$base/graphql"
