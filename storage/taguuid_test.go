package storage_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
)

// TestTagUUID pins keys that DECNET pins itself, and two facts about them.
func TestTagUUID(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"9aa491e5-f03b-5d8f-9eb5-161becedcdd6": storage.TagUUID("command", "cmd_42", "R0014", 2, "T1083", nil),
		"4fd57b14-c135-544c-97d9-4fabc1051584": storage.TagUUID("command", "cmd_42", "R0015", 1, "T1548", new("T1548.001")),
		"79084f41-98f9-59b1-9690-3ea972559e88": storage.TagUUID("command", "cmd_1", "R0001", 1, "T1083", nil),
		"760303ef-0f9f-54a5-a8a4-c5ac371621a8": storage.TagUUID("command", "3f2a#0", "R0014", 1, "T1003", new("T1003.008")),
		"a7e4cacc-5e7a-537d-8c2c-873109f9f0c5": storage.TagUUID("intel", "intel-catchup:sess-1", "R0054", 2, "T1110", nil),
		"e37a6ec3-d3e6-5d1f-b7ee-e7d7dbb8ed6a": storage.TagUUID("email", "msg-é", "R0041", 1, "T1586", new("T1586.002")),
	} {
		require.Equal(t, want, got)
	}
	require.Equal(t, storage.TagUUID("k", "s", "R", 1, "T", nil), storage.TagUUID("k", "s", "R", 1, "T", new("")), "none is an empty one")
	require.Equal(t, storage.TagUUID("a|b", "c", "R", 1, "T", nil), storage.TagUUID("a", "b|c", "R", 1, "T", nil), "DECNET does not escape")
}
