package httpapi_test

import (
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/httpapi"
	"decnetgraph/resolvers"
	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/storage"
)

func TestMain(m *testing.M) { resolverstest.Main(m) }

// onSample serves the sample database.
func onSample(t *testing.T) http.Handler {
	t.Helper()
	path, err := resolverstest.SamplePath()
	require.NoError(t, err)
	resolver := resolverstest.Open(t, path, storage.Options{})
	return resolverstest.AsLocal(httpapi.NewHandler(resolvers.NewExecutor(resolver, resolvers.DefaultLimits, slog.New(slog.DiscardHandler)), resolvers.DefaultLimits))
}
