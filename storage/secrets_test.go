package storage

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSecretsAreWithheld(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ content, shown, names string }{
		{`{}`, `{}`, ""},
		{`{"a": 1e400, "b": [1, "x"], "c": {"d": null}}`, `{"a":1e400,"b":[1,"x"],"c":{"d": null}}`, ""},
		{`{"user":"root","Password":"hunter2","secret_b64":"eA==","secret_kind":"plaintext"}`, `{"user":"root","secret_kind":"plaintext"}`, "Password secret_b64"},
		{`{"password":null}`, `{"password":null}`, ""},
		{`{"headers":{"Host":"x","Authorization":"Basic eDp5"},"n":1}`, `{"headers":{"Host":"x"},"n":1}`, "Authorization"},
		{`{"headers":"{\"authorization\": \"Basic eDp5\"}"}`, `{}`, "headers"},
		{`{"list":[{"pass":"x","p":1},"{\"secret\":1}","plain"]}`, `{"list":[{"p":1},null,"plain"]}`, "* pass"},
		{`{"body":"user=a&password=b","path":"/?q=passport"}`, `{"path":"/?q=passport"}`, "body"},
		{`{"\u0070assword":"x"}`, `{}`, "password"},
		{`[1]`, ``, "*"},
		{`"text with password"`, ``, "*"},
		{`{"a":`, ``, "*"},
	} {
		shown, names := withhold(JSON(c.content))
		require.Equal(t, c.names, strings.Join(names, " "), c.content)
		if c.shown == "" {
			require.Nil(t, shown, c.content)
		} else {
			require.Equal(t, strings.ReplaceAll(c.shown, " ", ""), strings.ReplaceAll(string(shown), " ", ""), c.content)
		}
	}
	deep := strings.Repeat(`{"a":`, 5_000) + `{"password":"hunter2"}` + strings.Repeat("}", 5_000)
	shown, names := withhold(JSON(deep))
	require.NotContains(t, string(shown), "hunter2")
	require.Equal(t, []string{"*"}, names)
}

func TestEventsWithholdWhatRepeatsSecrets(t *testing.T) {
	t.Parallel()
	message := "tried hunter2"
	e := Event{RawFields: JSON(`{"principal":"root","secret_printable":"hunter2"}`), RawMessage: &message, RawLine: "line with hunter2"}
	require.Nil(t, e.Message())
	require.Equal(t, []string{"secret_printable", "message"}, e.Withheld())
	require.Equal(t, &EventSecret{RawLine: e.RawLine, Message: &message, Fields: e.RawFields}, e.Secret())
	e.RawFields = JSON(`{"principal":"root"}`)
	require.Equal(t, &message, e.Message())
	require.Empty(t, e.Withheld())
	e.RawFields = nil
	require.Equal(t, &message, e.Message())
	require.Nil(t, e.Fields())
}

func FuzzWithheldSecretsAreNotShown(f *testing.F) {
	for _, seed := range []string{`{"password":"K9"}`, `{"a":[{"secret":"K9"}]}`, `{"a":"{\"secret\":\"K9\"}"}`, `{"a":"x&pass=K9"}`, `{"\u0073ecret":"K9"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		shown, _ := withhold(validJSON([]byte(content)))
		if shown == nil {
			return
		}
		require.NotNil(t, parseJSON(string(shown)), "what is shown is JSON")
		again, names := withhold(shown)
		require.Empty(t, names, "nothing more is withheld of %s", again)
	})
}
