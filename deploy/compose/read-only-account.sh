#!/bin/bash
# Makes the account of DECNET Graph, which may only read. MySQL's image runs this when it makes the database; run the two
# statements by hand on a database that exists already.
set -euo pipefail

password=$(cat /run/secrets/graph_db_password)
if [[ ! $password =~ ^[A-Za-z0-9_.~-]{16,}$ ]]; then
  echo "graph_db_password must have at least 16 letters, digits or any of _ . ~ -" >&2
  exit 1
fi
# The password goes through the standard input, because everybody on the machine can read command lines.
MYSQL_PWD=$(cat /run/secrets/mysql_root_password) mysql --user=root <<EOF
CREATE USER 'decnet_graph'@'%' IDENTIFIED BY '$password';
GRANT SELECT ON decnet.* TO 'decnet_graph'@'%';
EOF
