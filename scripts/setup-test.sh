#!/usr/bin/env bash
# Installs missing programs that the tests need: Debian packages, if it runs as root on Debian. It prints which tests
# will be skipped for lack of the others; with CI=true it fails then.
. "$(dirname "$0")/lib.sh"

policy=/usr/sbin/policy-rc.d # decides which services an installation starts

# fetch installs Debian packages, or fails where that is not possible. It does not start their services: the tests
# start servers of their own.
fetch() {
  local log
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    return 1
  fi
  echo "-- apt-get install $*"
  if [ ! -e "$policy" ]; then # a policy that exists is left alone
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  log=$(mktemp)
  if ! (apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@") >"$log" 2>&1; then
    tail -20 "$log" >&2
    rm "$log"
    return 1
  fi
  rm "$log"
}

# ensure WHAT PROBLEM PACKAGE... installs the packages if the function PROBLEM prints a problem. If a problem remains,
# it prints that WHAT is skipped, and fails.
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

# The next three functions search where storage/storagetest/dbserver does.
postgres_problem() {
  command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ||
    echo "PostgreSQL is missing (Debian: apt-get install postgresql)"
}

pgbouncer_problem() {
  PATH=$PATH:/usr/sbin command -v pgbouncer >/dev/null || echo "pgbouncer is missing (Debian: apt-get install pgbouncer)"
}

mariadb_problem() {
  local PATH=$PATH:/usr/sbin:/usr/libexec
  if ! command -v mariadbd mysqld >/dev/null || ! command -v mariadb-install-db mysql_install_db >/dev/null; then
    echo "MariaDB is missing (Debian: apt-get install mariadb-server)"
  fi
}

command_line_problem() {
  local program absent=()
  for program in zsh fish mandoc systemd-analyze; do
    command -v "$program" >/dev/null || absent+=("$program")
  done
  [ ${#absent[@]} = 0 ] || echo "${absent[*]} missing (Debian: apt-get install zsh fish mandoc systemd)"
}

command -v go >/dev/null || fail "$(go_problem)"
[ -z "$(go_problem)" ] || fetch gcc libc6-dev || true
[ -z "$(go_problem)" ] || fail "$(go_problem)"
[ -z "$(curl_problem)" ] || fetch curl ca-certificates || fail "curl is missing"

missing=0
ensure "the tests on PostgreSQL" postgres_problem postgresql || missing=1
ensure "the tests behind a connection pooler" pgbouncer_problem pgbouncer || missing=1
ensure "the tests on MariaDB" mariadb_problem mariadb-server || missing=1
ensure "the tests of completion, the manual page and the systemd unit" command_line_problem zsh fish mandoc systemd || missing=1
ensure "the browser test" browser_problem chromium || missing=1
if ensure "the browser test, the test of clients and the check of web/dist" node_problem nodejs npm; then
  install_packages web
  install_packages tests/clients
else
  missing=1
fi
if [ "$missing" = 1 ] && [ "${CI:-}" = true ]; then
  exit 1
fi
