# syntax=docker/dockerfile:1
# An empty image with the static program, which runs as an ordinary user and needs no writable file system:
#
#   docker buildx build --platform linux/amd64,linux/arm64 --tag decnet-graph .
#
# The version is that of the git tag; docs/deploy.md shows how to run the image.
FROM --platform=$BUILDPLATFORM golang:1.26.8-bookworm AS build
# The cross compiler for the other architecture; the image has that of its own.
RUN apt-get update && \
    if [ "$(dpkg --print-architecture)" = amd64 ]; then cross="gcc-aarch64-linux-gnu libc6-dev-arm64-cross"; \
    else cross="gcc-x86-64-linux-gnu libc6-dev-amd64-cross"; fi && \
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $cross && \
    rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETARCH
ARG VERSION
RUN VERSION="$VERSION" scripts/image-root.sh "$TARGETARCH" /image

FROM scratch
COPY --from=build /image/ /
# Mount volumes and, for API tokens on a DECNET database, a folder that the user may write in.
COPY --from=build --chown=65532:65532 /image/var/lib/decnet-graph /var/lib/decnet-graph
USER 65532:65532
WORKDIR /var/lib/decnet-graph
# Other machines get in with TLS, or behind a proxy, and with authentication only; otherwise "serve" refuses to start.
ENV DECNET_GRAPH_LISTEN=:8080
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/usr/bin/decnet-graph", "health"]
ENTRYPOINT ["/usr/bin/decnet-graph"]
CMD ["serve"]
