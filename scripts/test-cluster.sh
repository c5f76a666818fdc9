#!/usr/bin/env bash
# Runs the contract suite and the fault cases on PostgreSQL with a hot standby and on a MariaDB Galera cluster of three
# nodes, and several servers of ours on these and on a MariaDB primary with a replica. It starts and stops the databases
# itself. It is not part of CI, because it takes minutes and needs the packages galera-4 and rsync in addition to the servers.
. "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
chmod 755 "$work" # the servers' accounts must enter it
stop() {
  scripts/cluster/postgres-standby.sh stop "$work/postgres" || true
  scripts/cluster/mariadb-replica.sh stop "$work/mariadb" || true
  scripts/cluster/galera.sh stop "$work/galera" || true
  rm -rf "$work"
}
trap stop EXIT

echo "-- PostgreSQL, a primary and a standby"
nodes=$(scripts/cluster/postgres-standby.sh start "$work/postgres")
echo "-- MariaDB, a primary and a replica"
nodes+=$'\n'$(scripts/cluster/mariadb-replica.sh start "$work/mariadb")
echo "-- MariaDB Galera, three nodes"
nodes+=$'\n'$(scripts/cluster/galera.sh start "$work/galera")
while IFS= read -r node; do
  export "${node?}"
done <<<"$nodes"
POSTGRES_DIR=$work/postgres GALERA_DIR=$work/galera go test ./storage -tags cluster -count=1 -timeout 20m -run "${RUN:-TestCluster}" -rapid.checks=20
echo "-- several servers"
go test ./tests/cluster -tags cluster -count=1 -timeout 20m -run "${RUN:-TestCluster}"
