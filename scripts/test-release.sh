#!/usr/bin/env bash
# Makes a release and tests what people get: that its files are the same when they are made again elsewhere, that the
# binaries run in an empty chroot, what the Debian package installs and removes, and the file system of the image.
#
# It needs root, for chroot and namespaces. BINARIES names a folder with binaries that were built before, as
# decnet-graph_amd64; then they are not built again, and not compared with those of a second build.
. "$(dirname "$0")/lib.sh"

score=1.5 # highest exposure of the unit by systemd-analyze security, from 0 to 10

# Programs that the tests need, with their Debian packages.
needed=(
  aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu aarch64-linux-gnu-gcc:libc6-dev-arm64-cross qemu-aarch64-static:qemu-user-static
  lintian:lintian mandoc:mandoc zsh:zsh fish:fish shellcheck:shellcheck systemd-analyze:systemd systemd-sysusers:systemd
  unshare:util-linux readelf:binutils curl:curl dpkg-deb:dpkg
)
missing=()
for pair in "${needed[@]}"; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
done
[ "$(id -u)" = 0 ] || skip "the test of releases: chroot and namespaces need root"
if [ ${#missing[@]} -gt 0 ]; then
  echo "-- apt-get install ${missing[*]}"
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >/dev/null ||
    fail "these packages are needed: ${missing[*]}"
fi

work=$(mktemp -d)
server=
cleanup() {
  local status=$?
  stop
  rm -rf "$work"
  exit "$status"
}
trap cleanup EXIT

# stop ends the server that start_in has started.
stop() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
  fi
}

# start_in COMMAND... starts a server, as the main process of the command, and waits until it is ready. It sets base.
start_in() {
  "$@" >"$work/server.log" 2>&1 &
  server=$!
  await_server && return
  cat "$work/server.log" >&2
  fail "the server did not become ready: $*"
}

# query checks that the server answers from the database, knows time zones, and has the page.
query() {
  local answer
  echo '{ campaigns(first: 1) { nodes { uuid } } tagTimeSeries(bucket: DAY, zone: "Europe/Berlin") { buckets { day } } }' >"$work/query"
  answer=$(post_query "$work/query" "$base/graphql")
  if ! answered "$answer" || [[ $answer != *'"uuid":"'* ]]; then
    fail "the answer is $answer"
  fi
  ask --fail "$base/graphiql/" | grep -q '<script' || fail "there is no GraphiQL page"
}

echo "-- A release"
RELEASE=$work/release
export RELEASE DIRTY=1
scripts/release.sh >"$work/log" || { cat "$work/log" >&2; exit 1; }
(cd "$RELEASE" && sha256sum --check --quiet SHA256SUMS)
[ "$(wc -l <"$RELEASE/SHA256SUMS")" = 6 ] || fail "SHA256SUMS does not name six files"
VERSION=$(basename "$RELEASE"/*_linux_amd64.tar.gz _linux_amd64.tar.gz)
VERSION=${VERSION#decnet-graph_}
for arch in amd64 arm64; do
  tar --extract --file "$RELEASE/decnet-graph_${VERSION}_linux_$arch.tar.gz" --directory "$work"
  mkdir -p "$work/binaries"
  cp "$work/decnet-graph_${VERSION}_linux_$arch/decnet-graph" "$work/binaries/decnet-graph_$arch"
  for file in LICENSE NOTICE README.md THIRD-PARTY-LICENSES.txt decnet-graph.1 completion/decnet-graph.bash completion/_decnet-graph completion/decnet-graph.fish; do
    [ -s "$work/decnet-graph_${VERSION}_linux_$arch/$file" ] || fail "the archive for $arch has no $file"
  done
  sbom=$RELEASE/decnet-graph_${VERSION}_linux_$arch.cdx.json
  for component in decnetgraph github.com/mattn/go-sqlite3 sqlite glibc std graphiql react; do
    grep -q "\"name\": \"$component\"" "$sbom" || fail "the SBOM for $arch does not name $component"
  done
done

echo "-- The same bytes again"
git clone --quiet "$root" "$work/elsewhere"
again=$work/again
if [ -z "${BINARIES:-}" ] && [ -z "$(git status --porcelain)" ]; then
  (cd "$work/elsewhere" && GOCACHE=$work/cache scripts/build-static.sh amd64 "$work/elsewhere.bin")
  cmp "$work/elsewhere.bin" "$work/binaries/decnet-graph_amd64" || fail "another folder and an empty cache make another binary"
else
  echo "not built again: BINARIES is set, or there are changes that are not committed"
fi
BINARIES=$work/binaries RELEASE=$again scripts/release.sh >"$work/log" || { cat "$work/log" >&2; exit 1; }
diff "$RELEASE/SHA256SUMS" "$again/SHA256SUMS" || fail "the same binaries make other packages"

# run_in ARCH prints the command before the name of a program in a chroot: none, or that of the emulator.
run_in() {
  [ "$1" = "$(go env GOHOSTARCH)" ] || echo /qemu
}

for arch in amd64 arm64; do
  echo "-- $arch: in an empty chroot"
  binary=$work/binaries/decnet-graph_$arch
  ! readelf --program-headers --wide "$binary" | grep -qE 'INTERP|DYNAMIC' || fail "the binary for $arch is not static"
  chroot=$work/chroot-$arch
  mkdir "$chroot"
  cp "$binary" "$chroot/decnet-graph"
  [ -z "$(run_in $arch)" ] || cp "$(command -v qemu-aarch64-static)" "$chroot/qemu"
  # shellcheck disable=SC2046 # no word if there is no emulator
  {
    chroot "$chroot" $(run_in $arch) /decnet-graph version | grep -qx "platform  linux/$arch" || fail "version does not name linux/$arch"
    chroot "$chroot" $(run_in $arch) /decnet-graph version | grep -qx "decnet-graph $VERSION" || fail "version does not name $VERSION"
    chroot "$chroot" $(run_in $arch) /decnet-graph sample --db /sample.db >/dev/null
    start_in chroot "$chroot" $(run_in $arch) /decnet-graph serve --db /sample.db --listen 127.0.0.1:0
  }
  query
  stop
done

echo "-- The Debian package"
deb=$(echo "$RELEASE"/*_amd64.deb)
lintian --no-cfg --fail-on error,warning "$deb" 2>"$work/log" || { cat "$work/log" >&2; fail "lintian complains"; }
target=$work/installed
mkdir -p "$target"/{etc,var/lib/dpkg/{info,updates,triggers}}
touch "$target"/var/lib/dpkg/{status,available}
printf 'root:x:0:0::/root:/bin/sh\n' >"$target/etc/passwd"
printf 'root:x:0:\n' >"$target/etc/group"
dpkg_in() {
  dpkg --root="$target" --force-script-chrootless --force-depends --force-confold "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "dpkg $*"; }
}
dpkg_in --install "$deb"
user=$(awk -F: '$1 == "decnet-graph" { print $3 }' "$target/etc/passwd")
group=$(awk -F: '$1 == "decnet-graph" { print $3 }' "$target/etc/group")
for want in "usr/bin/decnet-graph 755 0 0" "etc/decnet-graph 750 0 $group" "etc/decnet-graph/decnet-graph.yaml 640 0 $group" \
  "var/lib/decnet-graph 750 $user $group" "usr/share/man/man1/decnet-graph.1.gz 644 0 0" "usr/lib/systemd/system/decnet-graph.service 644 0 0" \
  "usr/share/bash-completion/completions/decnet-graph 644 0 0" "usr/share/zsh/vendor-completions/_decnet-graph 644 0 0" \
  "usr/share/fish/vendor_completions.d/decnet-graph.fish 644 0 0" "usr/share/doc/decnet-graph/copyright 644 0 0"; do
  read -r path mode owner <<<"$want"
  [ "$(stat --format='%a %u %g' "$target/$path")" = "$mode $owner" ] ||
    fail "/$path is $(stat --format='%a %u %g' "$target/$path" 2>&1), not $mode $owner"
done
echo "# a change of the administrator" >>"$target/etc/decnet-graph/decnet-graph.yaml"
touch "$target/var/lib/decnet-graph/access.db"
dpkg_in --install "$deb"
grep -q "change of the administrator" "$target/etc/decnet-graph/decnet-graph.yaml" || fail "an upgrade replaces the configuration"
sed "s#/usr/bin/decnet-graph#$target&#" "$target/usr/lib/systemd/system/decnet-graph.service" >"$work/decnet-graph.service"
systemd-analyze verify --man=no "$work/decnet-graph.service" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "the unit is not valid"; }
[ ! -s "$work/log" ] || { cat "$work/log" >&2; fail "systemd warns of the unit"; }
systemd-analyze security --offline=true --threshold="${score/./}" --no-pager "$work/decnet-graph.service" >"$work/log" ||
  { cat "$work/log" >&2; fail "the exposure of the unit is more than $score"; }
tail -1 "$work/log"
dpkg_in --remove decnet-graph
[ -e "$target/var/lib/decnet-graph/access.db" ] || fail "removing the package deletes the tokens"
dpkg_in --purge decnet-graph
left=$(find "$target" -path '*decnet-graph*' -not -path '*/dpkg/*' -print)
[ -z "$left" ] || fail "these files are left after a purge: $left"

echo "-- The image: its user, on a read-only file system"
image=$work/image
scripts/image-root.sh amd64 "$image" "$work/binaries/decnet-graph_amd64"
grep -q '^USER 65532:65532$' Dockerfile || fail "the Dockerfile names another user"
# as_container COMMAND... runs the program as Docker does with --read-only, a volume at /var/lib/decnet-graph and no /tmp.
as_container() {
  mkdir -p "$work/volume"
  chown 65532:65532 "$work/volume"
  exec unshare --mount --ipc --uts bash -euc 'image=$1 volume=$2; shift 2
    mount --bind "$image" "$image"
    mount --bind "$volume" "$image/var/lib/decnet-graph"
    mount -o remount,bind,ro "$image"
    cd "$image"
    exec chroot --userspec=65532:65532 "$image" "$@"' - "$image" "$work/volume" "$@"
}
(as_container /usr/bin/decnet-graph sample --db /var/lib/decnet-graph/sample.db >/dev/null)
! (as_container /usr/bin/decnet-graph sample --db /sample.db >/dev/null 2>&1) || fail "the file system is not read-only"
start_in as_container /usr/bin/decnet-graph serve --db /var/lib/decnet-graph/sample.db --listen 127.0.0.1:0
[ "$(stat --format=%u "/proc/$server")" = 65532 ] || fail "the server runs as user $(stat --format=%u "/proc/$server")"
query
(as_container /usr/bin/decnet-graph health --listen "${base#http://}") >/dev/null || fail "the health check fails"
stop

echo "-- Shells, the manual page, and files for Kubernetes and Compose"
go test ./command -run 'TestShells|TestManual|TestDeploy' -count=1 -v >"$work/log" || { cat "$work/log" >&2; fail "tests of the command line"; }
! grep -- '--- SKIP' "$work/log" || fail "tests were skipped"
go -C tools/release test ./... | grep -v 'no test files'
shellcheck --severity=warning --external-sources --source-path=scripts scripts/*.sh deploy/debian/{postinst,prerm,postrm} deploy/compose/*.sh || fail "shellcheck complains"
