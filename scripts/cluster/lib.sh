# shellcheck shell=bash
# Functions for the scripts in this folder, which source it. Each script runs one kind of cluster for tests, on 127.0.0.1
# and without systemd:
#
#   start DIR         creates the cluster in DIR, a new or empty folder, and prints NAME=URL for each node
#   restart DIR NODE  restarts a node on its port and its data, and kills it first if it is running
#   stop DIR          kills all nodes; their data stays in DIR
#
# DIR/NODE.pid has the process id of a node, for tests that kill or stop it, and DIR/NODE.log its log. The servers run as
# the current user; if that is root, as Debian's account for them, which must be able to enter DIR.

set -euo pipefail

# fail MESSAGE prints the message and ends the script with status 1.
fail() {
  echo "failed: $1" >&2
  exit 1
}

# cluster ACCOUNT NODE... runs the command in call, the arguments of the script. It calls the functions start_cluster,
# start_node NODE and url NODE of the script. It sets dir, the absolute path, and as, the prefix that runs a program as the
# account.
cluster() {
  local account=$1 node
  shift
  nodes=("$@")
  case "${call[0]-} ${#call[@]}" in
    "start 2" | "restart 3") ;;
    "stop 2") [ -d "${call[1]}" ] || exit 0 ;;
    *) fail "usage: start DIR, restart DIR NODE or stop DIR" ;;
  esac

  mkdir -p "${call[1]}"
  dir=$(realpath "${call[1]}")
  cd "$dir"
  as=()
  if [ "$(id -u)" = 0 ]; then
    chown "$account:" .
    as=(setpriv "--reuid=$account" "--regid=$account" --clear-groups)
  fi

  case ${call[0]} in
    start)
      [ -z "$(ls -A)" ] || fail "$dir is not empty"
      trap explain EXIT
      start_cluster
      for node in "${nodes[@]}"; do
        url "$node"
      done
      ;;
    restart)
      [ -e "${call[2]}.port" ] || fail "$dir has no node ${call[2]}"
      trap explain EXIT
      kill_node "${call[2]}"
      start_node "${call[2]}"
      ;;
    stop)
      stop_cluster
      ;;
  esac
}

stop_cluster() {
  local node
  for node in "${nodes[@]}"; do
    kill_node "$node"
  done
}

# explain prints the logs and stops all nodes if the script has failed.
explain() {
  local status=$?
  if [ "$status" != 0 ]; then
    tail -n 30 -- *.log >&2
    [ "${call[0]}" != start ] || stop_cluster
  fi
  exit "$status"
}

# kill_node NODE kills all processes that work in the folder of a node. PostgreSQL leaves a shared memory segment behind,
# whose id is the last number on line 7 of postmaster.pid, and refuses to start while the process on line 1 is a zombie, so
# both are removed.
kill_node() {
  # shellcheck disable=SC2016 # sh expands them
  "${as[@]}" sh -c '
    while
      found=
      for p in /proc/[0-9]*; do
        [ "$p/cwd" -ef "$1" ] && kill -s KILL "${p#/proc/}" && found=yes
      done
      [ "$found" ]
    do
      sleep 0.05
    done
    if [ -e "$1/postmaster.pid" ]; then
      ipcrm -m "$(sed -n "7s/.* //p" "$1/postmaster.pid")"
      rm "$1/postmaster.pid"
    fi
  ' sh "$dir/$1" 2>/dev/null || true
  rm -f "$1.pid"
}

# launch NODE PROGRAM... starts the process of a node in the background.
launch() {
  local node=$1
  shift
  "${as[@]}" "$@" </dev/null >>"$node.log" 2>&1 &
  echo "$!" >"$node.pid"
}

# await NODE MESSAGE COMMAND... waits up to a minute until the command succeeds, and fails with the message otherwise.
await() {
  local node=$1 what=$2 end=$((SECONDS + 60))
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ! kill -0 "$(<"$node.pid")" 2>/dev/null || [ "$SECONDS" -gt "$end" ]; then
      fail "$node $what"
    fi
    sleep 0.05
  done
}

# free_ports N prints the first of N consecutive free ports. They are below the range that Linux assigns to outgoing
# connections, which could take a port while its node is down.
free_ports() {
  local first port
  for _ in {1..100}; do
    first=$((20000 + RANDOM % 12000))
    for ((port = first; port < first + $1; port++)); do
      ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || continue 2
    done
    echo "$first"
    return
  done
  fail "there are no free ports"
}
