package command

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHeadroomIsLeftUnlessTheOperatorSaysOtherwise(t *testing.T) {
	usual := debug.SetGCPercent(80)
	defer debug.SetGCPercent(usual)
	share := func() int {
		now := debug.SetGCPercent(80)
		debug.SetGCPercent(now)
		return now
	}
	for variable, value := range map[string]string{"GOGC": "100", "GOMEMLIMIT": "1GiB"} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv("GOGC", "")
			t.Setenv("GOMEMLIMIT", "")
			t.Setenv(variable, value)
			defer leaveHeadroom()()
			require.Equal(t, 80, share())
		})
	}
	t.Run("neither", func(t *testing.T) {
		t.Setenv("GOGC", "")
		t.Setenv("GOMEMLIMIT", "")
		giveBack := leaveHeadroom()
		require.Equal(t, garbagePercent, share())
		giveBack()
		require.Equal(t, 80, share())
	})
}
