package httpapi

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLinesOfAcceptAreOneList(t *testing.T) {
	contentType, ok := chooseType([]string{"text/html", "application/json;q=0.5", "application/graphql-response+json;q=0.6"})
	assert.True(t, ok)
	assert.Equal(t, typeGraphQL, contentType)
	useGzip, plain := chooseCoding([]string{"br", "identity;q=0", "gzip;q=0.1"})
	assert.True(t, useGzip)
	assert.False(t, plain)
}

// FuzzPreferences holds Accept headers to what RFC 9110 says of any header: it is a list whose order and white space
// do not change which types are acceptable.
func FuzzPreferences(f *testing.F) {
	for _, seed := range []string{
		"", "*/*", "application/json", "text/html, */*;q=0.1", "application/graphql-response+json, application/json;q=0.9", "a;q=2, ,;;q=1",
		`application/json;x="a,b;q=0"`, `application/json;charset="utf-8`, "application/json;q=0,*/*;q=0.001", "gzip;q=0, *", "identity;q=0", "q=1;q=NaN",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, p := range preferences([]string{line}) {
			assert.NotEmpty(t, p.value)
			assert.True(t, p.weight >= 0 && p.weight <= 1, "%v", p.weight)
		}
		contentType, ok := chooseType([]string{line})
		assert.Contains(t, []string{typeJSON, typeGraphQL}, contentType)
		_, plain := chooseCoding([]string{line})
		if strings.Contains(line, `"`) {
			return // a quote that is left open would reach into what is added
		}
		_, again := chooseType([]string{" \t" + line + ","})
		assert.Equal(t, ok, again)
		_, plainAgain := chooseCoding([]string{",", line})
		assert.Equal(t, plain, plainAgain)
		_, ok = chooseType([]string{line, typeGraphQL})
		assert.True(t, ok || strings.Contains(line, "q"), "one more type that is accepted")
	})
}
