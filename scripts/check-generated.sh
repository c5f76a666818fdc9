#!/usr/bin/env bash
# Fails unless the generated files are those that go generate writes for the working tree, committed or not. It runs
# go generate in a copy and does not change the tree.
. "$(dirname "$0")/lib.sh"

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy/before" "$copy/after"
tar --exclude=./.git --exclude=./build --exclude='./sample.db*' --exclude=node_modules -cf "$copy/tree.tar" .
tar -xf "$copy/tree.tar" -C "$copy/before"
tar -xf "$copy/tree.tar" -C "$copy/after"
(cd "$copy/after" && go generate ./...) || fail "go generate failed"
cd "$copy"
if ! diff -ru before after >changes; then
  sed -n 1,40p changes >&2
  (diff -rq before after || true) | sed 's#^Files before/\(.*\) and after/.* differ$#stale: \1#' >&2
  fail "generated files are stale; run make generate and commit them"
fi
