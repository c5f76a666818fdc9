package export

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"

	"decnetgraph/storage"
)

// maxNesting is the most levels of lists and objects that are read, as in encoding/json.
const maxNesting = 10_000

// MaxObject is the most bytes that an object read by Objects may have.
const MaxObject = 8 << 20

// Object is an object of a stream, or a piece of the stream that is none.
type Object struct {
	Line    int    // where it starts, from 1
	Text    []byte // valid until the next call of Next
	Problem string // why it is not an object; empty if it is one, or looks like one
}

// Objects splits a stream into JSON objects as other programs write them: one in a line or over several lines, several in
// a line, with commas between them, or in a list. Nothing is skipped: text that is not part of an object is returned
// with a problem. An object that is not complete ends where the next one begins, so it does not take others with it.
type Objects struct {
	from   *bufio.Reader
	line   int    // of the next byte
	indent int    // blanks before the next byte if it can be the first of its line, otherwise -1
	lists  []int  // the lines in which the lists that are open begin
	text   []byte // of the current object
	long   bool   // whether the object is longer than MaxObject, so that text has only its start
	ended  bool
}

// NewObjects returns the objects of a stream, which may be gzip, and UTF-8 or UTF-16. It fails with ErrInvalid for an
// input that is neither, or that is a table of comma-separated values.
func NewObjects(in io.Reader) (*Objects, error) {
	from, err := textReader(in)
	if err != nil {
		return nil, err
	}
	return &Objects{from: from, line: 1}, nil
}

// next reads a byte and counts lines.
func (o *Objects) next() (byte, error) {
	c, err := o.from.ReadByte()
	switch {
	case err != nil:
	case c == '\n':
		o.line, o.indent = o.line+1, 0
	case o.indent >= 0 && (c == ' ' || c == '\t'):
		o.indent++
	default:
		o.indent = -1
	}
	return c, err
}

// keep adds a byte to the current object.
func (o *Objects) keep(c byte) {
	if o.long = o.long || len(o.text) == MaxObject; !o.long {
		o.text = append(o.text, c)
	}
}

// Next returns the next object. Its error is io.EOF at the end of the stream, and ErrInvalid if the same stream would
// fail again.
func (o *Objects) Next() (Object, error) {
	o.text, o.long = o.text[:0], false
	for {
		indent := o.indent
		c, err := o.next()
		if err != nil {
			return o.end(err)
		}
		switch c {
		case ' ', '\t', '\r', '\n', ',', '\x1e': // the last one begins a record of a JSON text sequence
		case '[':
			if len(o.lists) == maxNesting {
				return o.rubbish(c)
			}
			o.lists = append(o.lists, o.line)
		case '{':
			return o.object(indent)
		case ']':
			if len(o.lists) > 0 {
				o.lists = o.lists[:len(o.lists)-1]
				continue
			}
			return o.rubbish(c)
		case 0xEF:
			if mark, _ := o.from.Peek(2); string(mark) == "\xBB\xBF" { // of this file, or of one that was appended to it
				_, _ = o.from.Discard(len(mark))
				o.indent = max(indent, 0)
				continue
			}
			return o.rubbish(c)
		default:
			return o.rubbish(c)
		}
	}
}

// end returns what is wrong with the end of the stream, and then the error that ended it.
func (o *Objects) end(err error) (Object, error) {
	if failure := onlyFailure(err); failure != nil {
		return Object{}, fmt.Errorf("after line %d: %w", o.line-1, failure)
	}
	if len(o.lists) > 0 && !o.ended {
		o.ended = true
		return Object{Line: o.line, Problem: fmt.Sprintf("the input ends within the list that begins in line %d; "+
			"it may be cut off", o.lists[len(o.lists)-1])}, nil
	}
	return Object{}, err
}

// object reads an object after its opening brace, which is indented by a number of blanks, or by -1 if it is not the first
// in its line.
func (o *Objects) object(indent int) (Object, error) {
	found := Object{Line: o.line}
	o.keep('{')
	s := objectScan{open: []byte{'{'}, indent: indent}
	for len(s.open) > 0 {
		at := o.indent
		c, err := o.next()
		if err != nil {
			found.Text = o.text
			found.Problem = "the input ends within the object; it may be cut off"
			if failure := onlyFailure(err); failure != nil {
				return Object{}, fmt.Errorf("in the object of line %d: %w", found.Line, failure)
			}
			return found, nil
		}
		if s.another(c, at) {
			_ = o.from.UnreadByte()
			o.indent = at
			found.Text = o.text
			found.Problem = fmt.Sprintf("the object is not complete, because another one begins in line %d", o.line)
			return found, nil
		}
		o.keep(c)
		if problem := s.add(c); problem != "" {
			found.Problem = problem
			if c != '\n' {
				o.restOfLine()
			}
			break
		}
	}
	found.Text = o.text
	if o.long {
		found.Problem = tooLong
	}
	return found, nil
}

var tooLong = fmt.Sprintf("the object is longer than %d bytes", MaxObject)

// restOfLine adds the rest of the line to the current object.
func (o *Objects) restOfLine() {
	for {
		c, err := o.next()
		if err != nil || c == '\n' {
			return // an error comes again
		}
		o.keep(c)
	}
}

// rubbish reads a line, or an element of a list, that is not an object and starts with a byte.
func (o *Objects) rubbish(first byte) (Object, error) {
	found := Object{Line: o.line}
	o.keep(first)
	for inText := first == '"'; ; {
		next, err := o.from.Peek(1)
		if err != nil || next[0] == '\n' || len(o.lists) > 0 && !inText && strings.IndexByte(",]{", next[0]) >= 0 {
			break
		}
		c, _ := o.next()
		o.keep(c)
		inText = inText != (c == '"')
	}
	found.Text = bytes.TrimRight(o.text, " \t\r")
	switch {
	case o.long:
		found.Problem = "the line is longer than " + fmt.Sprint(MaxObject) + " bytes, and not a JSON object"
	case found.Line == 1 && bytes.IndexByte(found.Text, '{') < 0 && bytes.Contains(bytes.ToLower(found.Text), []byte("technique")):
		return Object{}, storage.Invalid("the input is not JSON: line 1 is %s, which looks like the header of a table; "+
			"convert the table to one JSON object in each line, with the fields of TagInput", excerpt(found.Text))
	case bytes.IndexByte(found.Text, 0) >= 0:
		found.Problem = "the line has zero bytes, so the input may be damaged, or in another encoding than UTF-8 and UTF-16"
	case string(found.Text) == "null":
		found.Problem = "the row is null" // as insertTags says
	default:
		found.Problem = excerpt(found.Text) + " is not a JSON object; each line must be one, with the fields of TagInput"
	}
	return found, nil
}

// excerpt quotes the first bytes of a text.
func excerpt(text []byte) string {
	const limit = 40
	if len(text) > limit {
		return fmt.Sprintf("%q…", bytes.ToValidUTF8(text[:limit], nil))
	}
	return fmt.Sprintf("%q", text)
}

// objectScan follows the structure of an object from its opening brace on. What it does not notice is left to the JSON
// parser.
type objectScan struct {
	open    []byte // brackets that are open
	indent  int    // of the opening brace
	inText  bool
	escaped bool
	last    byte // the last byte that is no white space
	lines   int  // line breaks so far
	bare    bool // whether the first line has the opening brace alone
}

// another reports whether a byte, indented by a number of blanks or by -1, begins another object: a brace that stands no
// deeper than the one of this object. It does not if the object is written over several lines and has a value here.
func (s *objectScan) another(c byte, indent int) bool {
	if c != '{' || s.inText || s.lines == 0 || indent < 0 || indent > max(s.indent, 0) {
		return false
	}
	value := s.last == ':' || s.last == '[' || s.last == ',' && s.open[len(s.open)-1] == '['
	return !s.bare || !value
}

// add takes a byte and returns why the object cannot go on.
func (s *objectScan) add(c byte) (problem string) {
	switch {
	case s.escaped:
		s.escaped = false
	case c == '\n' && s.inText:
		return "the line ends within a text; the object may be cut off"
	case c == '\n':
		s.lines++
		s.bare = s.bare || s.lines == 1 && s.last == 0
	case s.inText && c == '\\':
		s.escaped = true
	case c == '"':
		s.inText = !s.inText
	case s.inText:
	case (c == '{' || c == '[') && len(s.open) == maxNesting:
		return fmt.Sprintf("the object is nested deeper than %d levels", maxNesting)
	case c == '{' || c == '[':
		s.open = append(s.open, c)
	case c == '}' || c == ']':
		if last := s.open[len(s.open)-1]; (c == '}') != (last == '{') {
			return fmt.Sprintf("the object is not JSON: %q closes %q", c, last)
		}
		s.open = s.open[:len(s.open)-1]
	}
	if strings.IndexByte(" \t\r\n", c) < 0 {
		s.last = c
	}
	return ""
}
