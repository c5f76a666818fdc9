#!/usr/bin/env bash
# Runs the tests that look at a clock a number of times, 10 if none is given, while two processes per core keep
# the machine busy: scripts/test-load.sh [RUNS]
#
# Such a test waits for events, and must never fail because the machine is slow. make test-load starts this
# script with database servers that the test packages share.
. "$(dirname "$0")/lib.sh"

# Add a test here that sleeps, has a timeout, waits for an event, or compares times, unless the test makes the time itself.
tests='
  TestDatabaseServerFaults
  TestLockedFileIsUnavailable TestLockedFileIsWaitedFor TestLockedFileEndsRequestsInTime TestLockedFileIsNotWritten
  TestReplacedFileIsReadInsteadOfTheFormerOne TestOverwrittenFileIsReadAnew TestLogOfTheFormerFileIsNotMixedWithTheNewOne
  TestReplacedFileUnderLoad TestWritesGoToTheFileThatHasTheName TestRollupsAreRightAfterAFileOfTheOtherKind
  TestHangupsDropNoRequest TestTerminationLosesNoAdmittedRequest
  TestAnIssuerThatGoesAwayLetsNobodyInAndNeedsNoRestart TestALostDatabaseOfLoginsLetsNobodyInAndNeedsNoRestart
  TestAFullDiskUnderTheSideFileRefusesChanges

  TestServerAnswersAndStops TestKilledExportContinues TestAnIdleServerReturnsItsMemory
  TestSocketsHaveTheirPermissionsAndAreRemoved TestHangupReplacesTheCertificateAndDropsNoConnection TestSystemdIsTold
  TestDatabaseThatMayAnswerLaterIsExitCode1 TestWaitEndsWhenTheDatabaseAnswers TestWaitEndsWithCtrlC
  TestWaitTriesAgainOnlyWhatMayAnswerLater TestSilentDatabaseIsUnavailable
  TestTheDashboardsTokenJustWorks TestASecretThatWasReplacedRefusesTheTokensOfTheFormerOne TestTokensAreFoundByAServerThatRuns
  TestNoValueOfARequestIsInLogsTracesOrMetrics TestALogLineSaysWhatBecameOfARequest

  TestHalfSentBodiesAreCutOff TestHalfSentBodiesOfRefusedRequestsAreCutOff TestAnswersOfRefusedRequestsReachClientsThatWriteFirst
  TestBodiesThatDripAreCutOff TestHeadersThatDripAreCutOff TestLargeBodiesMayTakeLongerThanAPeriod
  TestOperationsMayTakeLongerThanTheirRequests TestOperationsOfClientsThatLeaveAreCancelled TestClientsThatDoNotReadAreCutOff
  TestServerAnswersRequestsThatAreTooLong TestPipelinedRequestsAreAnsweredInOrder TestManyLargeBodiesAtOnceStayWithinTheBudget
  TestACertificateIsReplacedUnderOpenConnections TestChangedFilesAreNoticed TestClientCertificatesReachTheHandler
  TestOnlyTLS13AndHTTP1AreSpoken TestAnswersOfEverySizeArriveUnderTLS TestSlowClientsAreCutOffUnderTLS
  TestAnswersLeaveInOneWrite TestCompressedAnswersArriveWhole
  TestARefusalCostsTheSameLookUpsWhateverItsReason
  TestServersShareARateThroughTheirDatabase TestALaneNeverRunsMoreThanItHas

  TestMutationsOnServers TestHostileRequestsAreAnsweredOrRefused TestHostileRequestsEndWithTheirClient
  TestIntrospectionIsBounded TestIntrospectionEndsWithItsClient

  TestReadersSeeCommitsAndNeverFail TestALockedDatabaseIsUnavailable TestRollupsStayExactWhileManyWrite
  TestServersTakeTurnsAtKeepingTheSums TestNothingIsChangedWithoutAnAuditEntry

  TestOnlyTheVictimIsKilled TestDeadlocksAreRunAgain TestOneProgramAtATimeHasATurn
  TestSilentServersAreGivenUp TestWhyADatabaseCannotBeOpened TestTheCallerEndsTheStart
  TestEveryReadBehindAPoolerHasOurSettings TestALeavingClientCancelsBehindAPooler
  TestReplicasAreReadInTurn TestADeadReplicaIsLeftOutAndComesBack TestOnlyFailuresOfTheReplicaMoveARead
  TestALaggingReplicaIsNotRead TestAWriteOfUnknownPositionIsReadFromThePrimary TestTheLagOfAReplicaIsTheTimeWithoutTheLastWrite
  TestPipelineReadsFromOneReplica TestPipelineSurvivesTheDeathOfAReplica TestPipelineSurvivesAReplicaThatDiesWhileItIsRead
  TestAReadAfterAPositionGoesToAReplicaThatHasIt TestAReadWaitsForAReplicaAndThenGoesToThePrimary
  TestAReplicaThatFailedIsAskedAgainForItsPosition TestManyReadsThatWaitShareOneQuestion
  TestAStandbyAloneIsWaitedForAndThenRefusesTheRead

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
