package web

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed examples/*.graphql
var exampleFiles embed.FS

// An Example is a question that the page offers in its menu, with the operation that answers it.
type Example struct {
	Name     string `json:"name"` // of its file, without the extension
	Title    string `json:"title"`
	User     string `json:"user"` // one of Users
	Question string `json:"question"`
	// Description says in a few sentences what the answer holds and how to change it.
	Description string `json:"description"`
	Operation   string `json:"operation"` // the name of the operation
	Writes      bool   `json:"writes"`    // whether it is a mutation
	// Query is the document as the editor shows it: question and description as comments, then the operation.
	Query string `json:"query"`
	// Variables is a JSON object, written with indentation.
	Variables string `json:"variables"`
	// Find has a query for each value of Variables that is taken from the database, by its path, such as input.ruleId: the
	// first value in the answer that is not null. While the database has none, the value in Variables stays.
	Find map[string]string `json:"find"`
}

// Users are the groups of the menu, in its order.
var Users = []string{"front end", "analyst", "integration"}

// Examples are the examples in the order of the menu: by user, and then by file name. The files are described in README.md.
var Examples = sync.OnceValues(func() ([]Example, error) {
	names, err := fs.Glob(exampleFiles, "examples/*.graphql")
	if err != nil {
		return nil, err
	}
	var all []Example
	for _, name := range names {
		text, err := exampleFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		one, err := parseExample(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		one.Name = strings.TrimSuffix(strings.TrimPrefix(name, "examples/"), ".graphql")
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b Example) int { return slices.Index(Users, a.User) - slices.Index(Users, b.User) })
	return all, nil
})

var (
	headerKey = regexp.MustCompile(`^(title|user|question|variables|find [\w.]+): (.*)$`)
	operation = regexp.MustCompile(`(?m)^(query|mutation) (\w+)`)
)

// parseExample reads a file: first a header of comments, then the operation. A line of the header is "# key: value", a
// further line of the value, which three spaces begin, or a line of the description.
func parseExample(text string) (Example, error) {
	header, document := splitHeader(text)
	values, description := readHeader(header)
	found := operation.FindAllStringSubmatch(document, -1)
	if len(found) != 1 {
		return Example{}, fmt.Errorf("it has %d operations with a name, want one", len(found))
	}
	e := Example{
		Title: values["title"], User: values["user"], Question: values["question"], Description: strings.Join(description, " "),
		Operation: found[0][2], Writes: found[0][1] == "mutation", Find: map[string]string{},
		Query: comment(values["question"]) + comment(strings.Join(description, " ")) + document,
	}
	if slices.Contains([]string{e.Title, e.Question, e.Description}, "") {
		return Example{}, errors.New("title, question and description must not be empty")
	}
	if !slices.Contains(Users, e.User) {
		return Example{}, fmt.Errorf("user %q is none of %q", e.User, Users)
	}
	variables, err := readVariables(values["variables"])
	if err != nil {
		return Example{}, err
	}
	e.Variables = variables.indented
	for key, value := range values {
		if name, isFind := strings.CutPrefix(key, "find "); isFind {
			if !variables.has(name) {
				return Example{}, fmt.Errorf("find %s: the variables have no %s", name, name)
			}
			e.Find[name] = value
		}
	}
	return e, nil
}

// commentWidth is the number of characters that fit into a line of the editor beside the menu.
const commentWidth = 38

// comment writes a text as lines of comment.
func comment(text string) string {
	var lines strings.Builder
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > commentWidth && line != "#" {
			lines.WriteString(line + "\n")
			line = "#"
		}
		line += " " + word
	}
	return lines.String() + line + "\n"
}

// splitHeader cuts the comments at the start of a file from the document.
func splitHeader(text string) (header []string, document string) {
	for strings.HasPrefix(text, "#") {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		header = append(header, strings.TrimPrefix(line, "#"))
	}
	return header, text
}

func readHeader(lines []string) (values map[string]string, description []string) {
	values = map[string]string{}
	last := ""
	for _, line := range lines {
		more, continues := strings.CutPrefix(line, "   ")
		line = strings.TrimSpace(line)
		switch key := headerKey.FindStringSubmatch(line); {
		case continues && last != "":
			values[last] += " " + strings.TrimSpace(more)
		case key != nil:
			last = key[1]
			values[last] = key[2]
		default:
			last = ""
			if line != "" {
				description = append(description, line)
			}
		}
	}
	return values, description
}

type variables struct {
	indented string
	values   any
}

func readVariables(text string) (v variables, err error) {
	v.values = map[string]any{}
	if text == "" {
		return v, nil
	}
	if err := json.Unmarshal([]byte(text), &v.values); err != nil {
		return v, fmt.Errorf("variables: %w", err)
	}
	if _, isObject := v.values.(map[string]any); !isObject {
		return v, errors.New("variables: want a JSON object")
	}
	var indented bytes.Buffer
	err = json.Indent(&indented, []byte(text), "", "  ")
	v.indented = indented.String()
	return v, err
}

// has reports whether there is a value at a path, whose steps are keys and indices.
func (v variables) has(path string) bool {
	at := v.values
	for step := range strings.SplitSeq(path, ".") {
		switch value := at.(type) {
		case map[string]any:
			next, ok := value[step]
			if !ok {
				return false
			}
			at = next
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n < 0 || n >= len(value) {
				return false
			}
			at = value[n]
		default:
			return false
		}
	}
	return true
}

// writeExamples returns the file that the page reads. An example that cannot be read is a defect of the build.
func writeExamples() io.ReadSeeker {
	all, err := Examples()
	if err != nil {
		panic(fmt.Sprintf("web: %v", err))
	}
	content, err := json.Marshal(all)
	if err != nil {
		panic(fmt.Sprintf("web: examples: %v", err))
	}
	return bytes.NewReader(content)
}
