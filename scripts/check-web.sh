#!/usr/bin/env bash
# Fails unless web/dist is the build of the sources in web/.
. "$(dirname "$0")/lib.sh"

problem=$(node_problem)
[ -z "$problem" ] || skip "the check of web/dist: $problem"
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
scripts/build-web.sh "$fresh"
if ! diff -rq web/dist "$fresh" >"$fresh.diff"; then
  sed "s#$fresh#the fresh build#" "$fresh.diff" >&2
  rm "$fresh.diff"
  fail "web/dist is stale; run make generate and commit web/dist"
fi
rm "$fresh.diff"
