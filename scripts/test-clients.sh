#!/usr/bin/env bash
# Asks a server on a sample database through clients of others: the audits of GraphQL over HTTP of npm's graphql-http,
# Apollo Client, urql, Relay, graphql-codegen, fetch of Node.js, and Python's standard library. Then asks a server that runs
# trusted documents only by the ids of the manifests that these tools make. At last pages of other sites ask in a browser, with a
# token.
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
# start_another FLAG... starts another server on the sample, and sets another to its URL.
others=()
start_another() {
  local log=$work/another-${#others[@]}.log
  "$bin/decnet-graph" serve --db "$work/sample.db" --listen 127.0.0.1:0 "$@" >"$log" 2>&1 &
  others+=($!)
  trap 'kill "${others[@]}" 2>/dev/null || true; stop_server' EXIT
  for _ in {1..1200}; do
    another=$(grep -o -m1 'http://127\.0\.0\.1:[0-9]*' "$log" || true)
    [ -z "$another" ] || return 0
    sleep 0.1
  done
  fail "the server with $* does not start: $(cat "$log")"
}
start_another --trusted-documents "$MANIFESTS"
trusting=$another
start_another --persisted-queries 0
node tests/clients/documents.mjs "$trusting/graphql" "$MANIFESTS" "$another/graphql"
problem=$(browser_problem)
[ -z "$problem" ] || skip "the pages of other sites in a browser: $problem"
install_packages web
cp "$work/sample.db" "$work/written.db"
node tests/clients/cross_site.mjs "$bin/decnet-graph" "$work/written.db" "$MANIFESTS"
