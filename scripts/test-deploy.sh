#!/usr/bin/env bash
# Follows docs/deploy.md word for word: the commands after <!-- deploy: server --> run in one network namespace, those
# after <!-- deploy: client --> in another one, and the answer must come within ten minutes.
#
# It needs root. All that the package installs is written to an overlay that vanishes. DEB names a package that was built
# before; otherwise one is built. Two commands that this machine may lack are replaced: sudo by setpriv, and systemctl by a
# script that does with the installed unit what systemd would do, without its restrictions.
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || skip "the test of docs/deploy.md: network namespaces need root"
for program in ip openssl curl dpkg-deb setpriv python3; do
  command -v "$program" >/dev/null || fail "$program is missing (Debian: apt-get install iproute2 openssl curl dpkg util-linux python3)"
done
grep -qw overlay /proc/filesystems || skip "the test of docs/deploy.md: this kernel has no overlay file systems"

if [ -z "${DEB:-}" ]; then
  RELEASE=$root/build/test-deploy DIRTY=1 ARCHES=amd64 scripts/release.sh
  DEB=$(echo "$root"/build/test-deploy/*_amd64.deb)
fi

work=$(mktemp -d)
server=graph-server-$$ client=graph-client-$$
cleanup() {
  local status=$?
  trap - EXIT
  for namespace in "$server" "$client"; do
    ip netns pids "$namespace" 2>/dev/null | xargs --no-run-if-empty kill 2>/dev/null || true
    ip netns delete "$namespace" 2>/dev/null || true
    rm -rf "/etc/netns/$namespace"
  done
  for _ in {1..50}; do
    umount --recursive "$work/root" 2>/dev/null && break
    mountpoint --quiet "$work/root" || break
    sleep 0.1
  done
  umount "$work/overlay" 2>/dev/null || true
  rm -rf "$work"
  exit "$status"
}
trap cleanup EXIT

# Two machines with one cable.
ip netns add "$server"
ip netns add "$client"
ip link add name veth0 netns "$server" type veth peer name veth0 netns "$client"
ip -n "$server" address add 10.213.7.1/24 dev veth0
ip -n "$client" address add 10.213.7.2/24 dev veth0
for namespace in "$server" "$client"; do
  ip -n "$namespace" link set lo up
  ip -n "$namespace" link set veth0 up
done
mkdir -p "/etc/netns/$client"
printf '127.0.0.1 localhost\n10.213.7.1 graph.example.org\n' >"/etc/netns/$client/hosts"

# The disk of the server: this one, with changes in memory.
mkdir "$work/overlay" "$work/root" "$work/laptop"
mount -t tmpfs tmpfs "$work/overlay"
mkdir "$work/overlay/upper" "$work/overlay/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/overlay/upper,workdir=$work/overlay/work" "$work/root"
for folder in proc sys dev; do
  mount --rbind "/$folder" "$work/root/$folder"
  mount --make-rslave "$work/root/$folder"
done
mkdir -p "$work/root/root/newcomer" "$work/root/usr/local/sbin"
rm -f "$work/root/usr/bin/decnet-graph" "$work/root/usr/local/bin/decnet-graph"
cp "$DEB" "$work/root/root/newcomer"
cat >"$work/root/usr/local/sbin/sudo" <<'EOF'
#!/bin/bash
# sudo [-u USER] COMMAND...
if [ "$1" = -u ]; then
  user=$2
  shift 2
  exec setpriv --reuid "$user" --regid "$user" --init-groups -- "$@"
fi
exec "$@"
EOF
cat >"$work/root/usr/local/sbin/systemctl" <<'EOF'
#!/bin/bash
# systemctl enable --now decnet-graph: starts the unit as its user, and waits until it reports that it is ready.
[ "$*" = "enable --now decnet-graph" ] || exit 0
unit=/usr/lib/systemd/system/decnet-graph.service
setting() { sed -n "s/^$1=//p" "$unit"; }
read -ra command <<<"$(setting ExecStart)"
mkdir -p /run/decnet-graph-test
chown "$(setting User)" /run/decnet-graph-test
cat >/run/decnet-graph-test/wait.py <<'END'
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/run/decnet-graph-test/notify")
os.chmod("/run/decnet-graph-test/notify", 0o666)
s.settimeout(60)
print("bound", flush=True)
while "READY=1" not in s.recv(4096).decode().split("\n"):
    pass
END
exec 3< <(python3 /run/decnet-graph-test/wait.py && echo ready)
read -r -u 3 bound
cd / || exit
NOTIFY_SOCKET=/run/decnet-graph-test/notify setsid setpriv --reuid "$(setting User)" --regid "$(setting Group)" --init-groups --no-new-privs \
  --bounding-set=-all -- "${command[@]}" </dev/null >/root/newcomer/server.log 2>&1 &
read -r -u 3 state
[ "$bound" = bound ] && [ "$state" = ready ] || { cat /root/newcomer/server.log >&2; exit 1; }
EOF
chmod +x "$work/root/usr/local/sbin"/{sudo,systemctl}

# blocks KIND writes the code blocks of a kind to files, and prints "KIND FILE" for each in the order of the document.
awk -v folder="$work" '
  /^<!-- deploy: (server|client) -->$/ { kind = $3; next }
  /^```sh$/ && kind != "" { file = sprintf("%s/block%02d", folder, ++blocks); print kind, file; inside = 1; next }
  /^```/ { if (inside) close(file); inside = 0; kind = ""; next }
  inside { print > file }
' docs/deploy.md >"$work/list"
grep -q client "$work/list" || fail "docs/deploy.md has no commands for a client"

began=$(date +%s)
while read -r kind file; do
  sed 's/^/   /' "$file"
  if [ "$kind" = server ]; then
    cp "$file" "$work/root/root/newcomer/block"
    ip netns exec "$server" chroot "$work/root" /usr/bin/env -i HOME=/root/newcomer LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin bash -euo pipefail -c 'cd; exec bash -euo pipefail block' \
      >"$work/out" 2>&1 </dev/null || { cat "$work/out" >&2; fail "this block of docs/deploy.md"; }
  else
    cp "$work/root/root/newcomer/token" "$work/root/etc/decnet-graph/tls.crt" "$work/laptop"
    (cd "$work/laptop" && ip netns exec "$client" env -i PATH="$PATH" bash -euo pipefail "$file") >"$work/out" 2>"$work/err" </dev/null ||
      { cat "$work/out" "$work/err" "$work/root/root/newcomer/server.log" >&2; fail "this block of docs/deploy.md"; }
  fi
done <"$work/list"
answer=$(cat "$work/out")
answered "$answer" || fail "the answer to the client is $answer"
took=$(($(date +%s) - began))
echo "$answer"
echo "From the package to the first answer on another machine: $took s"
[ "$took" -lt 600 ] || fail "a newcomer waits too long"

# What the newcomer must not have got: a way in without the token, or in clear text.
cd "$work/laptop"
status=$(ip netns exec "$client" curl --silent --cacert tls.crt --output /dev/null --write-out '%{http_code}' https://graph.example.org:8443/graphql \
  -H 'Content-Type: application/json' -d '{"query": "{ campaigns(first: 1) { totalCount } }"}')
[ "$status" = 401 ] || fail "without a token the status is $status"
! ip netns exec "$client" curl --silent --fail http://graph.example.org:8443/healthz >/dev/null || fail "the server answers in clear text"
