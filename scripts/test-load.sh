#!/usr/bin/env bash
# Runs the tests that look at a clock a number of times, 10 if none is given, while two processes per core keep
# the machine busy: scripts/test-load.sh [RUNS]
#
# Such a test waits for events, and must never fail because the machine is slow. make test-load starts this
# script with database servers that the test packages share.
. "$(dirname "$0")/lib.sh"

# Add a test here that sleeps, has a timeout, or compares times.
tests='
  TestDatabaseServerFaults
  TestLockedFileIsUnavailable TestLockedFileIsWaitedFor TestLockedFileEndsRequestsInTime TestLockedFileIsNotWritten
  TestServerAnswersAndStops TestKilledExportContinues
  TestMutationsOnServers
  TestAnswersLeaveInOneWrite TestCompressedAnswersArriveWhole TestConnectionsThatFailAreClosed
  TestReplicasAreReadInTurn TestADeadReplicaIsLeftOutAndComesBack TestOnlyFailuresOfTheReplicaMoveARead
  TestALaggingReplicaIsNotRead TestAWriteOfUnknownPositionIsReadFromThePrimary
  TestOnlyTheVictimIsKilled TestDeadlocksAreRunAgain TestRollupsStayExactWhileManyWrite
  TestReadersSeeCommitsAndNeverFail TestALockedDatabaseIsUnavailable
  TestSQLiteWaitsForAWriter TestSQLiteProcessesThatWaitMigrateOnce TestWaitingForTheLockEndsWithTheContext
  TestKilledImportContinues TestSecondImportIsRefused
  TestKilledServerKeepsItsData TestPausedServerAnswersLater TestServerThatHangs TestServerThatDoesNotStart TestNothingIsLeft
'
packages=()
for test in $tests; do
  file=$(grep -rl --include='*_test.go' "^func $test(" . | head -1)
  [ -n "$file" ] || fail "there is no $test any more"
  packages+=("$(dirname "$file")")
done
mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)
# shellcheck disable=SC2086 # one word for each test
pattern="^($(printf '%s|' $tests | sed 's/|$//'))$"

busy=()
trap 'kill "${busy[@]}"' EXIT
for ((n = 2 * $(nproc); n > 0; n--)); do
  sh -c 'while :; do :; done' &
  busy+=($!)
done
failed=0
for ((n = 1; n <= ${1:-10}; n++)); do
  echo "-- Run $n"
  RAPID_CHECKS=20 go test -race -count=1 -timeout 1h -run "$pattern" "${packages[@]}" || failed=$((failed + 1))
done
[ "$failed" = 0 ] || fail "$failed of ${1:-10} runs failed"
