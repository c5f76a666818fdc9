package documents

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// The bounds of what Read reads.
const (
	MaxDocuments = 10_000
	MaxBytes     = 16 << 20 // of all files together
	maxID        = 256      // bytes of an id
)

// Read reads the trusted documents of a file or a folder:
//
//   - A file in JSON is a manifest: that of Relay's compiler or of GraphQL Code Generator, an object with the text of each
//     document under its id, or that of Apollo's tools, with the format "apollo-persisted-query-manifest".
//   - A file whose name ends in .graphql or .gql is one document. Its id is the file's name without that ending.
//   - A folder has any number of such files, in folders as well. Other files, and names that begin with a dot, are left out.
//
// Its errors name the file, and the document.
func Read(path string) (*Set, error) {
	r := reader{root: path}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the trusted documents cannot be read: %w", err)
	case info.IsDir():
		err = filepath.WalkDir(path, r.visit)
	default:
		err = r.readFile(path)
	}
	switch {
	case err != nil:
		return nil, err
	case len(r.documents) == 0:
		return nil, fmt.Errorf("%s has no trusted documents; name a manifest in JSON, or a folder with files that end in .graphql, .gql or .json", path)
	}
	return NewSet(r.documents)
}

// reader reads files.
type reader struct {
	root      string
	bytes     int
	documents []Document
}

// visit reads what is at a path of a folder. A link to a file is read, too: that is how Kubernetes mounts files.
func (r *reader) visit(path string, entry fs.DirEntry, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("the trusted documents cannot be read: %w", err)
	case path == r.root:
		return nil
	case strings.HasPrefix(entry.Name(), "."):
		if entry.IsDir() {
			return fs.SkipDir
		}
		return nil
	case entry.IsDir() || kindOf(path) == "":
		return nil
	}
	return r.readFile(path)
}

// kindOf is the ending of a file that is read; empty for others.
func kindOf(path string) string {
	switch kind := strings.ToLower(filepath.Ext(path)); kind {
	case ".json", ".graphql", ".gql":
		return kind
	default:
		return ""
	}
}

// readFile reads one file. A file without one of the endings is a manifest.
func (r *reader) readFile(path string) error {
	file, err := os.Open(path) //nolint:gosec // the operator names it
	if err != nil {
		return fmt.Errorf("the trusted documents cannot be read: %w", err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, int64(MaxBytes-r.bytes)+1))
	if r.bytes += len(content); r.bytes > MaxBytes {
		return fmt.Errorf("the trusted documents have more than %d MiB; trust fewer", MaxBytes>>20)
	}
	switch {
	case err != nil:
		return fmt.Errorf("the trusted documents cannot be read: %w", err)
	case !utf8.Valid(content):
		return fmt.Errorf("%s is not in UTF-8", path)
	case kindOf(path) == ".graphql" || kindOf(path) == ".gql":
		name := filepath.Base(path)
		return r.add(Document{ID: strings.TrimSuffix(name, filepath.Ext(name)), Text: string(content), Source: path})
	default:
		return r.readManifest(path, content)
	}
}

// add adds a document.
func (r *reader) add(d Document) error {
	switch {
	case d.ID == "" || len(d.ID) > maxID:
		return fmt.Errorf("%s: an id has 1 to %d bytes", d, maxID)
	case len(r.documents) == MaxDocuments:
		return fmt.Errorf("there are more than %d trusted documents; trust fewer", MaxDocuments)
	}
	r.documents = append(r.documents, d)
	return nil
}

// apolloFormat and apolloVersion say that a manifest is Apollo's.
const (
	apolloFormat  = "apollo-persisted-query-manifest"
	apolloVersion = "1"
)

// apolloOperation is an element of "operations" in Apollo's manifests. They have further members, which say nothing that the
// body does not.
type apolloOperation struct {
	ID   string `json:"id"`
	Body string `json:"body"`
}

// readManifest reads a file in JSON.
func (r *reader) readManifest(path string, content []byte) error {
	members, err := membersOf(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")))
	if err != nil {
		return fmt.Errorf("%s is no manifest of documents: %w", path, err)
	}
	var apollo struct {
		format  string
		version json.Number
		list    []apolloOperation
	}
	for _, m := range members {
		switch m.name {
		case "format":
			err = json.Unmarshal(m.value, &apollo.format)
		case "version":
			err = json.Unmarshal(m.value, &apollo.version)
		case "operations":
			err = json.Unmarshal(m.value, &apollo.list)
		default:
			continue
		}
		if err != nil { // text under an id of this name, perhaps
			apollo.format = ""
			break
		}
	}
	if apollo.format == "" {
		return r.readMap(path, members)
	}
	if apollo.format != apolloFormat || apollo.version != apolloVersion {
		return fmt.Errorf("%s has the format %q in version %q; only %q in version %s is read", path, apollo.format, apollo.version, apolloFormat, apolloVersion)
	}
	for _, operation := range apollo.list {
		if err := r.add(Document{ID: operation.ID, Text: operation.Body, Source: path}); err != nil {
			return err
		}
	}
	return nil
}

// readMap reads an object that has the text of each document under its id.
func (r *reader) readMap(path string, members []member) error {
	for _, m := range members {
		d := Document{ID: m.name, Source: path}
		if json.Unmarshal(m.value, &d.Text) != nil || string(m.value) == "null" {
			return fmt.Errorf("%s is no text; a manifest is an object with the text of each document under its id, or one of Apollo's", d)
		}
		if err := r.add(d); err != nil {
			return err
		}
	}
	return nil
}

// member is a member of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// membersOf are the members of a JSON object, in their order. A name that comes twice is there twice.
func membersOf(text []byte) ([]member, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	at := func(err error) error {
		offset := decoder.InputOffset()
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			offset = syntax.Offset
		}
		return fmt.Errorf("line %d: %w", 1+bytes.Count(text[:min(int(offset), len(text))], []byte("\n")), err)
	}
	opening, err := decoder.Token()
	switch {
	case err != nil:
		return nil, at(err)
	case opening != json.Delim('{'):
		return nil, at(errors.New("it is not a JSON object"))
	}
	var members []member
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, at(err)
		}
		m := member{}
		m.name, _ = name.(string) // the decoder accepts no other names
		if err := decoder.Decode(&m.value); err != nil {
			return nil, at(err)
		}
		members = append(members, m)
	}
	if _, err := decoder.Token(); err != nil {
		return nil, at(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, at(errors.New("something follows the object"))
	}
	return members, nil
}
