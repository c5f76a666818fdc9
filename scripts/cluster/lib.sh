# shellcheck shell=bash
# Sourced by the scripts beside it. Each of them runs one kind of cluster for tests, on 127.0.0.1 and
# without systemd:
#
#   start DIR         makes the cluster in DIR, a new or empty folder, and prints NAME=URL for each node
#   restart DIR NODE  starts a node again on its port and its data; one that runs is killed first
#   stop DIR          kills all nodes; what they wrote stays in DIR
#
# DIR/NODE.pid holds the process of a node, for tests that kill it or halt it, and DIR/NODE.log what it
# said. The servers run as whoever calls; if that is root, as the account that Debian has for them, which
# must be able to enter DIR.

set -euo pipefail

# fail says why and ends the script.
fail() {
  echo "failed: $1" >&2
  exit 1
}

# cluster ACCOUNT NODE... reads the arguments of a script, which are in call, and does what they say with
# the functions start_cluster, start_node NODE and url NODE, which the script has. It sets dir, the whole
# path, and as, what stands before a program that may do no more than the account.
cluster() {
  local account=$1 node
  shift
  nodes=("$@")
  case "${call[0]-} ${#call[@]}" in
    "start 2" | "restart 3") ;;
    "stop 2") [ -d "${call[1]}" ] || exit 0 ;;
    *) fail "call it with: start DIR, restart DIR NODE or stop DIR" ;;
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

# explain shows the logs if the script has failed, and leaves no half of a cluster.
explain() {
  local status=$?
  if [ "$status" != 0 ]; then
    tail -n 30 -- *.log >&2
    [ "${call[0]}" != start ] || stop_cluster
  fi
  exit "$status"
}

# kill_node NODE kills what works in the data of a node, until nothing does. PostgreSQL leaves a segment of
# shared memory, whose number is the last one of the seventh line, and would not start again as long as
# nobody has asked for the exit status of the process in the first.
kill_node() {
  # shellcheck disable=SC2016 # sh puts in the values
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

# launch NODE PROGRAM... runs the process of a node in the background.
launch() {
  local node=$1
  shift
  "${as[@]}" "$@" </dev/null >>"$node.log" 2>&1 &
  echo "$!" >"$node.pid"
}

# await NODE WHAT COMMAND... waits until the command succeeds, up to a minute.
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

# free_ports N prints the first of N ports in a row on which nobody listens. They are below those that
# Linux gives to clients, which could take one while its node is down.
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
