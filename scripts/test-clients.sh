#!/usr/bin/env bash
# Asks a server on a sample database through clients of others: the audits of GraphQL over HTTP of npm's graphql-http,
# Apollo Client, urql, Relay, graphql-codegen, fetch of Node.js, and Python's standard library. Then asks a second server, which
# runs trusted documents only, by the ids of the manifests that these tools make.
. "$(dirname "$0")/lib.sh"

problem=$(node_problem)
[ -z "$problem" ] || skip "the test of clients: $problem"
install_packages tests/clients
start_server
export MANIFESTS=$work/manifests
mkdir "$MANIFESTS"
node tests/clients/audits.mjs "$base/graphql"
for client in clients urql relay codegen; do
  node "tests/clients/$client.mjs" "$base/graphql"
done
python3 tests/clients/stdlib.py "$base/graphql"
node tests/clients/manifests.mjs "$MANIFESTS"
"$bin/decnet-graph" serve --db "$work/sample.db" --listen 127.0.0.1:0 --trusted-documents "$MANIFESTS" >"$work/trusted.log" 2>&1 &
trusted=$!
trap 'kill $trusted 2>/dev/null || true; stop_server' EXIT
for _ in {1..1200}; do
  trusted_base=$(grep -o -m1 'http://127\.0\.0\.1:[0-9]*' "$work/trusted.log" || true)
  [ -z "$trusted_base" ] || break
  sleep 0.1
done
[ -n "$trusted_base" ] || fail "the server with trusted documents does not start: $(cat "$work/trusted.log")"
node tests/clients/documents.mjs "$trusted_base/graphql" "$MANIFESTS"
