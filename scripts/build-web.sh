#!/usr/bin/env bash
# Builds the GraphiQL page: scripts/build-web.sh FOLDER
. "$(dirname "$0")/lib.sh"

problem=$(node_problem)
[ -z "$problem" ] || fail "$problem"
install_packages web
cd web
npm run --silent build -- --outDir "$1" --emptyOutDir --logLevel warn
