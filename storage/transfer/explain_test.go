package transfer

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/migrations"
)

func TestErrorsThatAnOperatorCanFixAreExplained(t *testing.T) {
	source, err := engine.Parse("mysql://user:secret@host/own")
	require.NoError(t, err)
	for failure, advice := range map[error]string{
		migrations.ErrForeign:  "name an empty database",
		migrations.ErrNewer:    "made by a newer release",
		migrations.ErrTriggers: "SET GLOBAL log_bin_trust_function_creators = 1",
	} {
		explained := explain(source, fmt.Errorf("migrate: %w", failure))
		require.ErrorIs(t, explained, storage.ErrInvalid)
		require.ErrorContains(t, explained, advice)
		require.NotContains(t, explained.Error(), "secret")
	}
	other := errors.New("the disk is full")
	require.Equal(t, other, explain(source, other))
}
