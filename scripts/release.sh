#!/usr/bin/env bash
# Makes a release of the commit that is checked out in build/release (or the folder that RELEASE names): for amd64 and
# arm64 an archive, a Debian package and an SBOM, and SHA256SUMS for all of them. The same commit makes the same files.
#
# ARCHES="amd64" builds for one architecture only. VERSION overrides the version, DIRTY=1 allows changes that are not
# committed, and BINARIES names a folder with binaries that were built before, as decnet-graph_amd64.
. "$(dirname "$0")/lib.sh"

release=${RELEASE:-build/release}
read -ra arches <<<"${ARCHES:-amd64 arm64}"
semantic='^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$'

git rev-parse --verify --quiet HEAD >/dev/null || fail "a release is made of a commit, but this is no git repository"
[ -n "${DIRTY:-}" ] || [ -z "$(git status --porcelain --untracked-files=no)" ] ||
  fail "there are changes that are not committed; commit them, or set DIRTY=1 for a trial"
export VERSION=${VERSION:-$(version_of_tree)}
[[ $VERSION =~ $semantic ]] || fail "\"$VERSION\" is no semantic version; tag the commit like v1.2.3"
for arch in "${arches[@]}"; do
  problem=$(static_problem "$arch")
  [ -z "$problem" ] || fail "$problem"
done
SOURCE_DATE_EPOCH=$(git show --no-patch --format=%ct HEAD)
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf "$release"
mkdir -p "$release"

# archive FILE FOLDER packs a folder below $work, with the time of the commit and without names of users.
archive() {
  tar --create --directory "$work" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
    --mode=u=rwX,go=rX --format=gnu "$2" | gzip --no-name --best >"$1"
}

# licences BINARY prints the licences of all that the program includes.
licences() {
  local path version folder file
  echo "decnet-graph includes the following works. web/dist, which it serves, includes those in the last part."
  printf '\n\n== The Go standard library and runtime, %s\n\n' "$(go env GOVERSION)"
  cat "$(go env GOROOT)/LICENSE"
  go version -m "$1" | awk '$1 == "dep" { print $2, $3 }' | while read -r path version; do
    folder=$(go list -m -f '{{.Dir}}' "$path")
    file=$(find "$folder" -maxdepth 1 -type f \( -iname 'licen[cs]e*' -o -iname 'copying*' \) | sort | head -1)
    [ -n "$file" ] || fail "$path has no licence file"
    printf '\n\n== %s %s\n\n' "$path" "$version"
    cat "$file"
    find "$folder" -maxdepth 1 -type f -iname 'notice*' -exec cat {} +
  done
  printf '\n\n== SQLite\n\nSQLite is in the public domain.\n'
  printf '\n\n== The GNU C Library, %s\n\n%s\n' "$(libc_version)" "Licensed under the GNU Lesser General Public License, version 2.1 or
later. Its source is at https://www.gnu.org/software/libc/; \"make release\" in the source of decnet-graph links the program
with any other version of it."
  printf '\n\n== Packages of the GraphiQL page\n\n'
  cat web/dist/THIRD-PARTY-LICENSES.txt
}

# libc_version prints the version of the C library that is linked.
libc_version() {
  echo '#include <features.h>' | $(static_compiler "${arches[0]}") -E -dM - | awk '/__GLIBC__ / { major = $3 } /__GLIBC_MINOR__ / { print major "." $3 }'
}

sqlite_version() {
  awk -F '"' '/define SQLITE_VERSION / { print $2; exit }' "$(go list -m -f '{{.Dir}}' github.com/mattn/go-sqlite3)/sqlite3-binding.h"
}

# tool runs a program that tools/release/go.mod pins. -trimpath makes its bytes, of which the SBOM has a hash, the same everywhere.
tool() {
  GOFLAGS=-trimpath go tool -modfile=tools/release/go.mod "$@"
}

# parts PROGRAM makes what is the same for all architectures.
parts() {
  mkdir -p "$work/parts/completion"
  "$1" man >"$work/parts/decnet-graph.1"
  "$1" completion bash >"$work/parts/completion/decnet-graph.bash"
  "$1" completion zsh >"$work/parts/completion/_decnet-graph"
  "$1" completion fish >"$work/parts/completion/decnet-graph.fish"
  licences "$1" >"$work/parts/THIRD-PARTY-LICENSES.txt"
  cp CHANGELOG.md "$work/parts/changelog"
  cat >"$work/parts/changelog.Debian" <<EOF
decnet-graph ($(debian_version)) unstable; urgency=medium

  * Release $VERSION; see changelog.gz.

 -- The DECNET Graph authors <>  $(date --utc --date="@$SOURCE_DATE_EPOCH" --rfc-email)
EOF
  (cd "$work/parts" && gzip --no-name --best --keep decnet-graph.1 THIRD-PARTY-LICENSES.txt changelog changelog.Debian)
}

# debian_version prints the version as Debian orders it: a pre-release comes before its release.
debian_version() {
  echo "${VERSION/-/\~}-1"
}

for arch in "${arches[@]}"; do
  echo "-- $arch: binary"
  name=decnet-graph_${VERSION}_linux_$arch
  mkdir "$work/$name"
  if [ -n "${BINARIES:-}" ]; then
    cp "$BINARIES/decnet-graph_$arch" "$work/$name/decnet-graph"
  else
    scripts/build-static.sh "$arch" "$work/$name/decnet-graph"
  fi
done

native=$work/decnet-graph_${VERSION}_linux_$(go env GOHOSTARCH)/decnet-graph
if [ ! -e "$native" ]; then
  native=$work/native
  scripts/build.sh "$native"
fi
echo "-- Manual page, completion and licences"
parts "$native"

for arch in "${arches[@]}"; do
  name=decnet-graph_${VERSION}_linux_$arch
  binary=$work/$name/decnet-graph
  echo "-- $arch: SBOM, archive and package"
  tool cyclonedx-gomod bin -json -std -noserial -notimestamp -version "v$VERSION" "$binary" 2>"$work/log" |
    go run -C tools/release ./sbom -sqlite "$(sqlite_version)" -glibc "$(libc_version)" -packages "$root/web/package-lock.json" \
      >"$release/$name.cdx.json" || { cat "$work/log" >&2; fail "the SBOM cannot be made"; }
  cp LICENSE NOTICE README.md CHANGELOG.md "$work/parts/THIRD-PARTY-LICENSES.txt" "$work/parts/decnet-graph.1" "$work/$name"
  cp -r "$work/parts/completion" "$work/$name"
  archive "$release/$name.tar.gz" "$name"
  ARCH=$arch BINARY=$binary PARTS=$work/parts tool nfpm package --config deploy/debian/nfpm.yaml --packager deb \
    --target "$release" >"$work/log" || { cat "$work/log" >&2; fail "the Debian package cannot be made"; }
done
(cd "$release" && sha256sum -- * >"$work/SHA256SUMS" && mv "$work/SHA256SUMS" .)
echo "Made in $release:"
(cd "$release" && ls -1sh)
