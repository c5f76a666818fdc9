#!/usr/bin/env bash
# Asks a server on a sample database through clients of others: the audits of GraphQL over HTTP of npm's graphql-http,
# Apollo Client, urql, Relay, graphql-codegen, fetch of Node.js, and Python's standard library.
. "$(dirname "$0")/lib.sh"

problem=$(node_problem)
[ -z "$problem" ] || skip "the test of clients: $problem"
install_packages tests/clients
start_server
node tests/clients/audits.mjs "$base/graphql"
for client in clients urql relay codegen; do
  node "tests/clients/$client.mjs" "$base/graphql"
done
python3 tests/clients/stdlib.py "$base/graphql"
