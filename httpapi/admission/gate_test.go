package admission

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// narrow are lanes in which one operation runs and none waits.
func narrow() Lanes {
	one := Lane{Units: 1, Most: 1, Queue: 1}
	lanes := Lanes{Light: one, Normal: one, Heavy: one}
	lanes.Light.MaxCost, lanes.Normal.MaxCost = 10, 100
	return lanes
}

func TestOperationsOfOneSizeDoNotBlockThoseOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(narrow(), 4)
		var ends []func()
		for _, cost := range []int{1000, 100, 10} {
			end, err := g.Admit(t.Context(), cost)
			require.NoError(t, err, "cost %d", cost)
			ends = append(ends, end)
		}
		for i, cost := range []int{1000, 100, 10} {
			_, err := g.Admit(t.Context(), cost)
			require.ErrorIs(t, err, errOverload, "cost %d", cost)
			ends[i]()
			end, err := g.Admit(t.Context(), cost)
			require.NoError(t, err, "cost %d", cost)
			end()
		}
	})
}

func TestSomeConnectionsAreLeftToLightOperations(t *testing.T) {
	for connections, shared := range map[int]int{1: 1, 2: 1, 4: 3, 32: 24} {
		require.Equal(t, shared, cap(New(narrow(), connections).shared), "%d connections", connections)
	}
}

func TestWhatWasRefusedIsLoggedOncePerSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		g := New(narrow(), 4)
		go g.Report(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
		_, err := g.Admit(t.Context(), 100)
		require.NoError(t, err)
		for range 3 {
			_, err := g.Admit(t.Context(), 100)
			require.Error(t, err)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		total := 0
		for _, line := range lines {
			require.Contains(t, line, "overloaded")
			require.Contains(t, line, "refused_light=0")
			total += strings.Count(line, "refused_normal=")
		}
		require.LessOrEqual(t, len(lines), 3)
		require.Equal(t, len(lines), total)
	})
}
