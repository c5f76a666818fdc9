// Package documents reads the documents that an operator trusts, from the files that the tools of clients write, and finds
// them by the ids that clients send in their place.
package documents

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Mode says what happens to documents that are not trusted.
type Mode string

// The modes.
const (
	Off  Mode = "off"  // all documents run; clients may send the ids of trusted ones
	Log  Mode = "log"  // all documents run, and those that are not trusted are logged
	Only Mode = "only" // only trusted documents run
)

// Document is a trusted document.
type Document struct {
	// ID is what a manifest or the name of a file calls the document.
	ID string
	// Text is the document. A request with the same text, byte by byte, has this document.
	Text string
	// Source is the file, for messages.
	Source string
}

// String names the document in messages.
func (d Document) String() string { return fmt.Sprintf("document %q of %s", d.ID, d.Source) }

// hashPrefix begins the ids that GraphQL over HTTP defines: it is followed by the SHA-256 of the text, in hexadecimal.
const hashPrefix = "sha256:"

// Hash is the SHA-256 of a text.
func Hash(text string) [sha256.Size]byte { return sha256.Sum256([]byte(text)) }

// ParseHash returns the SHA-256 that an id is, with or without its prefix; false if it is another id.
func ParseHash(id string) (hash [sha256.Size]byte, ok bool) {
	digits := strings.TrimPrefix(id, hashPrefix)
	if len(digits) != hex.EncodedLen(len(hash)) {
		return hash, false
	}
	_, err := hex.Decode(hash[:], []byte(digits))
	return hash, err == nil
}

// HasHashPrefix reports whether an id says that it is a SHA-256.
func HasHashPrefix(id string) bool { return strings.HasPrefix(id, hashPrefix) }

// Set is a set of trusted documents. It is not changed after it was made. A nil Set is empty.
type Set struct {
	documents []Document // without repetitions of a text
	byID      map[string]string
	byHash    map[[sha256.Size]byte]string
	texts     map[string]struct{}
}

// NewSet makes a Set. It fails if an id names two documents, or is the SHA-256 of another one.
func NewSet(list []Document) (*Set, error) {
	s := &Set{
		byID: make(map[string]string, len(list)), byHash: make(map[[sha256.Size]byte]string, len(list)), texts: make(map[string]struct{}, len(list)),
	}
	sources := map[string]string{}
	for _, d := range list {
		if other, repeated := s.byID[d.ID]; repeated && other != d.Text {
			return nil, fmt.Errorf("%s: another document has this id, in %s; give each document an id of its own", d, sources[d.ID])
		}
		s.byID[d.ID], sources[d.ID] = d.Text, d.Source
		if _, repeated := s.texts[d.Text]; !repeated {
			s.texts[d.Text] = struct{}{}
			s.byHash[Hash(d.Text)] = d.Text
			s.documents = append(s.documents, d)
		}
	}
	for _, d := range list {
		hash, isHash := ParseHash(d.ID)
		other, known := s.byHash[hash]
		switch {
		case isHash && known && other != d.Text:
			return nil, fmt.Errorf("%s: the id is the SHA-256 of another document; write the file again", d)
		case HasHashPrefix(d.ID) && (!isHash || hash != Hash(d.Text)):
			return nil, fmt.Errorf("%s: the id is not the SHA-256 of the text (sha256:%x); write the file again, or give the document another id",
				d, Hash(d.Text))
		}
	}
	return s, nil
}

// Text returns the document that an id names: by the name that its file gives, or by its SHA-256.
func (s *Set) Text(id string) (text string, ok bool) {
	if s == nil {
		return "", false
	}
	if text, ok = s.byID[id]; ok {
		return text, true
	}
	hash, isHash := ParseHash(id)
	if !isHash {
		return "", false
	}
	text, ok = s.byHash[hash]
	return text, ok
}

// Has reports whether a text is a document of the set.
func (s *Set) Has(text string) bool {
	if s == nil {
		return false
	}
	_, ok := s.texts[text]
	return ok
}

// Documents are the documents of the set, each text once.
func (s *Set) Documents() []Document {
	if s == nil {
		return nil
	}
	return s.documents
}
