#!/usr/bin/env bash
# A PostgreSQL primary and a hot standby that follows it by streaming replication. lib.sh documents the arguments.
call=("$@")
. "$(dirname "$0")/lib.sh"

# programs prints the folder of PostgreSQL's programs: that of the initdb on PATH, or Debian's newest version.
programs() {
  local initdb
  initdb=$(command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1)
  [ -n "$initdb" ] || fail "PostgreSQL is missing (Debian: apt-get install postgresql)"
  dirname "$(realpath "$initdb")"
}

start_cluster() {
  free_ports 1 >primary.port
  "${as[@]}" "$bin/initdb" -D "$dir/primary" -A trust -U decnet -E UTF8 --locale=C.UTF-8 --no-sync >>primary.log 2>&1
  start_node primary
  ask primary postgres "CREATE DATABASE decnet"
  free_ports 1 >standby.port
  "${as[@]}" "$bin/pg_basebackup" -h 127.0.0.1 -p "$(<primary.port)" -U decnet -D "$dir/standby" \
    --write-recovery-conf --wal-method=stream --checkpoint=fast --no-sync >>standby.log 2>&1
  start_node standby
  await standby "does not follow the primary" follows
}

# start_node NODE starts a node on its existing data. The primary keeps enough WAL for a standby that was down.
start_node() {
  launch "$1" "$bin/postgres" -D "$dir/$1" -p "$(<"$1.port")" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c fsync=off -c shared_buffers=32MB -c dynamic_shared_memory_type=mmap -c max_connections=100 -c wal_keep_size=256MB
  await "$1" "does not answer" ask "$1" postgres "SELECT 1"
}

follows() {
  [ "$(ask primary postgres "SELECT state FROM pg_stat_replication")" = streaming ]
}

# ask NODE DATABASE SQL runs a statement and prints the result without headers.
ask() {
  "$bin/psql" --no-psqlrc -qtA -v ON_ERROR_STOP=1 -c "$3" "postgres://decnet@127.0.0.1:$(<"$1.port")/$2?sslmode=disable&connect_timeout=5"
}

url() {
  echo "POSTGRES_${1^^}=postgres://decnet@127.0.0.1:$(<"$1.port")/decnet?sslmode=disable"
}

bin=$(programs)
cluster postgres primary standby
