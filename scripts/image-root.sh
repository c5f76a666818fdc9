#!/usr/bin/env bash
# Makes the file system of the container image: scripts/image-root.sh ARCH FOLDER [BINARY]
#
# The Dockerfile copies it into an empty image; scripts/test-release.sh runs it without Docker.
. "$(dirname "$0")/lib.sh"

arch=$1 folder=$2 binary=${3:-}
user=65532 # "nonroot" in other images, too

[ ! -e "$folder" ] || fail "$folder exists already"
mkdir -p "$folder"/{etc/ssl/certs,usr/bin,usr/share/doc/decnet-graph,var/lib/decnet-graph,tmp}
if [ -n "$binary" ]; then
  cp "$binary" "$folder/usr/bin/decnet-graph"
else
  scripts/build-static.sh "$arch" "$folder/usr/bin/decnet-graph"
fi
cp LICENSE NOTICE "$folder/usr/share/doc/decnet-graph"
# Authorities, for databases, OIDC issuers and collectors of traces that are reached by TLS.
cp /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs"
echo "nonroot:x:$user:$user:decnet-graph:/var/lib/decnet-graph:/sbin/nologin" >"$folder/etc/passwd"
echo "nonroot:x:$user:" >"$folder/etc/group"
chmod -R u=rwX,go=rX "$folder"
chown "$user:$user" "$folder/var/lib/decnet-graph"
chmod 0750 "$folder/var/lib/decnet-graph"
chmod 1777 "$folder/tmp"
