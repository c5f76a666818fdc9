#!/usr/bin/env bash
# A MariaDB primary and a replica that follows it by GTID. lib.sh documents the arguments.
call=("$@")
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/usr/libexec

programs() {
  local one
  for one in mariadbd mariadb-install-db mariadb; do
    command -v "$one" >/dev/null || fail "$one is missing (Debian: apt-get install mariadb-server)"
  done
}

start_cluster() {
  local node
  for node in "${nodes[@]}"; do
    free_ports 1 >"$node.port"
    "${as[@]}" mkdir "$node" "$node.tmp"
    "${as[@]}" mariadb-install-db --no-defaults --datadir="$dir/$node" --tmpdir="$dir/$node.tmp" --innodb-log-file-size=16M \
      --auth-root-authentication-method=normal --skip-test-db --skip-name-resolve >>"$node.log" 2>&1
    start_node "$node"
  done
  ask replica "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=$(<primary.port), MASTER_USER='root', MASTER_USE_GTID=slave_pos,
    MASTER_CONNECT_RETRY=1; START SLAVE"
  ask primary "CREATE DATABASE decnet; CREATE USER decnet@'%' IDENTIFIED BY 'decnet'; GRANT ALL ON \`decnet%\`.* TO decnet@'%'"
  await replica "does not follow the primary" ask replica "USE decnet"
}

# start_node NODE starts a node on its existing data. Only the primary has a binary log.
start_node() {
  local options=(--server-id=2 --read-only)
  [ "$1" = replica ] || options=(--server-id=1 --log-bin=binlog --log-bin-trust-function-creators=1)
  launch "$1" mariadbd --no-defaults "${options[@]}" --datadir="$dir/$1" --tmpdir="$dir/$1.tmp" --socket=socket \
    --port="$(<"$1.port")" --bind-address=127.0.0.1 --skip-name-resolve --character-set-server=utf8mb4 --binlog-format=ROW \
    --innodb-flush-method=nosync --innodb-flush-log-at-trx-commit=2 --innodb-buffer-pool-size=64M --innodb-log-file-size=16M \
    --innodb-use-native-aio=0
  await "$1" "does not answer" ask "$1" "SELECT 1"
}

# ask NODE SQL runs statements and prints the results without headers.
ask() {
  mariadb --no-defaults --host=127.0.0.1 --port="$(<"$1.port")" --user=root --connect-timeout=5 -NBe "$2"
}

url() {
  echo "MARIADB_${1^^}=mysql://decnet:decnet@127.0.0.1:$(<"$1.port")/decnet"
}

programs
cluster mysql primary replica
