#!/usr/bin/env bash
# Runs every fuzz target for a duration: scripts/fuzz.sh DURATION
. "$(dirname "$0")/lib.sh"

found=0
while read -r folder package; do
  for target in $(grep -hoE '^func Fuzz\w+' "$folder"/*_test.go 2>/dev/null | cut -c6-); do
    found=$((found + 1))
    echo "-- $target in $package"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$1" "$package" </dev/null
  done
done < <(go list -f '{{.Dir}} {{.ImportPath}}' ./...)
echo "$found fuzz targets ran for $1 each"
