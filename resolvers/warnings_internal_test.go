package resolvers

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
)

func pathOf(names ...string) (path ast.Path) {
	for _, name := range names {
		path = append(path, ast.PathName(name))
	}
	return path
}

func TestWarningsAreSentInTheOrderOfTheirPathsAndOnlyOnce(t *testing.T) {
	ctx, list := withWarnings(t.Context())
	var all sync.WaitGroup
	for i := range 20 { // fields are resolved in parallel
		all.Go(func() {
			warn(ctx, Warning{Message: "second", Path: pathOf("tags"), Input: append(pathOf("filter", "and"), ast.PathIndex(1))})
			warn(ctx, Warning{Message: "third", Path: pathOf("tags", fmt.Sprint("x", i%2))})
			warn(ctx, Warning{Message: "first", Path: pathOf("attackers")})
		})
	}
	all.Wait()
	response := &graphql.Response{Extensions: map[string]any{"cost": 1}}
	list.addTo(response)
	text, err := json.Marshal(response.Extensions)
	require.NoError(t, err)
	require.JSONEq(t, `{"cost": 1, "warnings": [
		{"message": "first", "path": ["attackers"]},
		{"message": "second", "path": ["tags"], "input": ["filter", "and", 1]},
		{"message": "third", "path": ["tags", "x0"]},
		{"message": "third", "path": ["tags", "x1"]}
	]}`, string(text))
}

func TestAWarningHasThePathOfTheFieldThatIsResolved(t *testing.T) {
	ctx, list := withWarnings(t.Context())
	ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Field: graphql.CollectedField{Field: &ast.Field{Alias: "mine"}}})
	warn(ctx, Warning{Message: "m"})
	require.Equal(t, []Warning{{Message: "m", Path: pathOf("mine")}}, list.warnings)
}

func TestAResponseCarriesABoundedNumberOfShortWarnings(t *testing.T) {
	ctx, list := withWarnings(t.Context())
	for i := range maxResponseWarnings + 7 {
		warn(ctx, Warning{Message: fmt.Sprintf("%03d %s", i, strings.Repeat("x", 2*maxMessage)), Path: pathOf("a")})
	}
	response := &graphql.Response{}
	list.addTo(response)
	shown := response.Extensions["warnings"].([]Warning)
	require.Len(t, shown, maxResponseWarnings)
	require.Less(t, len(shown[0].Message), maxMessage+10)
	require.True(t, strings.HasSuffix(shown[maxResponseWarnings-1].Message, "(and 7 more warnings)"))
}

func TestAResponseWithoutWarningsHasNoSuchExtension(t *testing.T) {
	_, list := withWarnings(t.Context())
	response := &graphql.Response{}
	list.addTo(response)
	require.Nil(t, response.Extensions)
	list.addTo(nil)                             // an operation that was cancelled has no response
	warn(t.Context(), Warning{Message: "none"}) // outside of a response
}
