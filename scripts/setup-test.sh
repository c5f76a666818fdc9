#!/usr/bin/env bash
# Installs what the tests need and is missing. As root on Debian it fetches packages; elsewhere it says
# what will be skipped. With CI=true everything must be there in the end.
. "$(dirname "$0")/lib.sh"

# fetch installs Debian packages, where that is possible.
fetch() {
  local log
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    return 1
  fi
  echo "-- apt-get install $*"
  log=$(mktemp)
  if ! (apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@") >"$log" 2>&1; then
    tail -20 "$log" >&2
    rm "$log"
    return 1
  fi
  rm "$log"
}

# ensure WHAT PROBLEM PACKAGE...: fetches the packages if the function PROBLEM prints one, and says what
# is skipped if it still does.
ensure() {
  local what=$1 problem=$2
  shift 2
  if [ -n "$($problem)" ]; then
    fetch "$@" || true
    hash -r
  fi
  if [ -n "$($problem)" ]; then
    (skip "$what: $($problem)")
    return 1
  fi
}

curl_problem() {
  command -v curl >/dev/null || echo "curl is missing"
}

command -v go >/dev/null || fail "$(go_problem)"
[ -z "$(go_problem)" ] || fetch gcc libc6-dev || true
[ -z "$(go_problem)" ] || fail "$(go_problem)"
[ -z "$(curl_problem)" ] || fetch curl ca-certificates || fail "curl is missing"

missing=0
ensure "the browser test" browser_problem chromium || missing=1
if ensure "the browser test and the check of web/dist" node_problem nodejs npm; then
  install_web
else
  missing=1
fi
if [ "$missing" = 1 ] && [ "${CI:-}" = true ]; then
  exit 1
fi
