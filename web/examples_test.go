package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestExamplesHaveNamesOfTheirOwn(t *testing.T) {
	all, err := Examples()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, e := range all {
		for _, name := range []string{"title " + e.Title, "operation " + e.Operation, "question " + e.Question} {
			if other, taken := seen[name]; taken {
				t.Errorf("%s and %s have the same %s", e.Name, other, name)
			}
			seen[name] = e.Name
		}
	}
}

func TestEveryUserHasExamples(t *testing.T) {
	all, err := Examples()
	if err != nil {
		t.Fatal(err)
	}
	for _, user := range Users {
		if !slices.ContainsFunc(all, func(e Example) bool { return e.User == user }) {
			t.Errorf("no example for %s", user)
		}
	}
	if !slices.ContainsFunc(all, func(e Example) bool { return e.Writes }) {
		t.Error("no example writes")
	}
	if all[0].Writes {
		t.Error("the first example writes, but the page runs it at first sight")
	}
}

func TestThePageGetsTheExamples(t *testing.T) {
	res := serve(Handler(), http.MethodGet, "/examples.json", nil)
	wantHeader(t, res, map[string]string{"Content-Type": "application/json", "Cache-Control": "no-cache"})
	var got []Example
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	want, err := Examples()
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) || got[0].Query != want[0].Query {
		t.Errorf("the page gets %d examples, not the %d of the folder", len(got), len(want))
	}
}

const exampleText = `# title: A title
# user: analyst
# question: A question?
# variables: {"input": {"a": null,
#    "b": ["x"]}}
# find input.b.0: { a }
# Two lines
# of description.
query Name($input: I) { b }
`

func TestAnExampleIsRead(t *testing.T) {
	got, err := parseExample(exampleText)
	if err != nil {
		t.Fatal(err)
	}
	want := Example{
		Title: "A title", User: "analyst", Question: "A question?", Description: "Two lines of description.", Operation: "Name",
		Query:     "# A question?\n# Two lines of description.\nquery Name($input: I) { b }\n",
		Variables: "{\n  \"input\": {\n    \"a\": null,\n    \"b\": [\n      \"x\"\n    ]\n  }\n}",
		Find:      map[string]string{"input.b.0": "{ a }"},
	}
	if g, w := asJSON(t, got), asJSON(t, want); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

func TestAnExampleThatWouldServeNobodyIsRefused(t *testing.T) {
	for fact, change := range map[string][2]string{
		"without a title":                     {"# title: A title\n", ""},
		"without a question":                  {"# question: A question?\n", ""},
		"without a description":               {"# Two lines\n# of description.\n", ""},
		"of an unknown user":                  {"user: analyst", "user: nobody"},
		"without a name":                      {"query Name", "query"},
		"with two operations":                 {"{ b }", "{ b }\nquery Other { b }"},
		"with variables that are not JSON":    {`"x"]}}`, `"x"]}`},
		"with variables that are a list":      {`{"input": {"a": null,` + "\n" + `#    "b": ["x"]}}`, `[]`},
		"that finds what no variable is":      {"find input.b.0:", "find input.c:"},
		"that finds an element that is not":   {"find input.b.0:", "find input.b.1:"},
		"that finds something below a scalar": {"find input.b.0:", "find input.a.b:"},
	} {
		t.Run(fact, func(t *testing.T) {
			if !strings.Contains(exampleText, change[0]) {
				t.Fatalf("%q is not in the text", change[0])
			}
			if got, err := parseExample(strings.Replace(exampleText, change[0], change[1], 1)); err == nil {
				t.Errorf("it was read: %+v", got)
			}
		})
	}
}

func FuzzParseExample(f *testing.F) {
	f.Add(exampleText)
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parseExample(text)
		if err == nil && (e.Title == "" || e.Operation == "" || !strings.Contains(e.Query, e.Operation)) {
			t.Errorf("an example without what the menu shows: %+v", e)
		}
	})
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
