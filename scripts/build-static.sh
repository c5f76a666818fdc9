#!/usr/bin/env bash
# Builds the command as a static binary of a release: scripts/build-static.sh amd64|arm64 FILE
#
# The same commit, Go release and C compiler make the same bytes, wherever the checkout is.
. "$(dirname "$0")/lib.sh"

arch=$1 out=$2
problem=$(static_problem "$arch")
[ -z "$problem" ] || fail "$problem"
# netgo and osusergo look up hosts and users without the C library, which cannot do so in a static program.
# sqlite_omit_load_extension leaves out dlopen for the same reason; the server loads no extensions.
CGO_ENABLED=1 GOOS=linux GOARCH=$arch CC=$(static_compiler "$arch") GOFLAGS='' go build -trimpath -buildvcs=false \
  -tags netgo,osusergo,sqlite_omit_load_extension \
  -ldflags "$(stamp) -s -w -buildid= -linkmode external -extldflags '-static -Wl,--build-id=none'" -o "$out" .
