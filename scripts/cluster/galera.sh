#!/usr/bin/env bash
# A Galera cluster of three MariaDB servers, node1 to node3. Each of them accepts writes and has all data. lib.sh documents
# the arguments.
call=("$@")
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/usr/libexec

# programs checks that all programs are installed and sets provider, the path of Galera's library.
programs() {
  local one
  for one in mariadbd mariadb-install-db mariadb; do
    command -v "$one" >/dev/null || fail "$one is missing (Debian: apt-get install mariadb-server)"
  done
  command -v rsync >/dev/null || fail "rsync, which copies the data to a new node, is missing (Debian: apt-get install rsync)"
  for provider in /usr/lib*/galera*/libgalera_smm.so; do
    [ ! -e "$provider" ] || return 0
  done
  fail "Galera is missing (Debian: apt-get install galera-4)"
}

start_cluster() {
  local node
  for node in "${nodes[@]}"; do
    free_ports 4 >"$node.port"
    "${as[@]}" mkdir "$node" "$node.tmp"
  done
  "${as[@]}" mariadb-install-db --no-defaults --datadir="$dir/node1" --tmpdir="$dir/node1.tmp" --innodb-log-file-size=16M \
    --auth-root-authentication-method=normal --skip-test-db --skip-name-resolve >>node1.log 2>&1
  start_node node1 --wsrep-new-cluster
  ask node1 "CREATE DATABASE decnet; CREATE USER decnet@'%' IDENTIFIED BY 'decnet'; GRANT ALL ON \`decnet%\`.* TO decnet@'%'"
  start_node node2
  start_node node3
  for node in "${nodes[@]}"; do
    await "$node" "does not see the others" complete "$node"
  done
}

# start_node NODE [OPTION] starts a node, which copies missing data from the others. Its four ports are for SQL, for group
# communication, and for incremental and full state transfers.
start_node() {
  local node=$1 other port group=
  port=$(<"$node.port")
  for other in "${nodes[@]}"; do
    group+=,127.0.0.1:$(($(<"$other.port") + 1))
  done
  launch "$node" mariadbd --no-defaults "${@:2}" --datadir="$dir/$node" --tmpdir="$dir/$node.tmp" --socket=socket \
    --port="$port" --bind-address=127.0.0.1 --skip-name-resolve --character-set-server=utf8mb4 \
    --innodb-flush-method=nosync --innodb-flush-log-at-trx-commit=2 --innodb-buffer-pool-size=64M \
    --innodb-log-file-size=16M --innodb-use-native-aio=0 \
    --binlog-format=ROW --log-bin-trust-function-creators=1 --default-storage-engine=InnoDB --innodb-autoinc-lock-mode=2 \
    --wsrep-on=ON --wsrep-provider="$provider" --wsrep-cluster-name=decnet --wsrep-cluster-address="gcomm://${group#,}" \
    --wsrep-node-name="$node" --wsrep-node-address="127.0.0.1:$((port + 1))" \
    --wsrep-sst-method=rsync --wsrep-sst-receive-address="127.0.0.1:$((port + 3))" \
    --wsrep-provider-options="base_port=$((port + 1));gmcast.listen_addr=tcp://127.0.0.1:$((port + 1));ist.recv_addr=127.0.0.1:$((port + 2));gcache.size=32M"
  await "$node" "does not become ready" ready "$node"
}

ready() {
  [ "$(ask "$1" "SHOW STATUS LIKE 'wsrep_ready'")" = $'wsrep_ready\tON' ]
}

complete() {
  [ "$(ask "$1" "SHOW STATUS LIKE 'wsrep_cluster_size'")" = $'wsrep_cluster_size\t'"${#nodes[@]}" ]
}

# ask NODE SQL runs a statement and prints the result without headers.
ask() {
  mariadb --no-defaults --host=127.0.0.1 --port="$(<"$1.port")" --user=root --connect-timeout=5 -NBe "$2"
}

url() {
  echo "GALERA_${1^^}=mysql://decnet:decnet@127.0.0.1:$(<"$1.port")/decnet"
}

programs
cluster mysql node1 node2 node3
