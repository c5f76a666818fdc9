package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/bench/contest"
	"decnetgraph/web"
)

func TestEachQuestionOfAnalystsHasAFormForPostGraphileOrAReason(t *testing.T) {
	examples, err := web.Examples()
	require.NoError(t, err)
	known := map[string]bool{}
	for _, e := range examples {
		known[e.Name] = true
	}
	for name := range mostOfQuestion {
		require.True(t, known[name], name)
		_, has, err := contest.ForPostGraphile(name)
		require.NoError(t, err)
		_, cannot := notInOneRequest[name]
		require.NotEqual(t, has, cannot, name)
	}
	for name := range notInOneRequest {
		require.Contains(t, mostOfQuestion, name)
	}
}
