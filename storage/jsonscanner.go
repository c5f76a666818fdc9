package storage

import (
	"strings"
)

// jsonScanner reads JSON text without building values of it, so that a long list costs its reading and no memory. It
// accepts what Python writes: JSON that may contain NaN, Infinity and -Infinity.
type jsonScanner struct {
	text string
	at   int
	// interrupted, if set, is called now and then, and reports whether to give up.
	interrupted func() bool
	checked     int // where interrupted was called last
}

const (
	mostNesting = 10_000  // levels of lists and objects, as in encoding/json
	scanStride  = 1 << 20 // bytes between two calls of jsonScanner.interrupted
)

// plainBytes are the bytes that stand for themselves in a JSON string.
var plainBytes = func() (plain [256]bool) {
	for c := range plain {
		plain[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return plain
}()

var (
	// nonFinite are the words that Python writes for numbers that JSON does not have.
	nonFinite = []string{"NaN", "Infinity", "-Infinity"}
	jsonWords = append([]string{"null", "true", "false"}, nonFinite...)
)

// next skips white space and returns the byte there, or 0 at the end of the text.
func (s *jsonScanner) next() byte {
	for ; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// take skips white space and then a byte; false if another one is there.
func (s *jsonScanner) take(c byte) bool {
	if s.next() != c || s.at == len(s.text) {
		return false
	}
	s.at++
	return true
}

// value skips white space and one value. It returns false where the text is not JSON, or if the scanner was interrupted.
func (s *jsonScanner) value() bool {
	var near [64]byte
	open := near[:0] // the brackets around the place
	for {
		if s.giveUp() {
			return false
		}
		ok := true
		switch c := s.next(); c {
		case '{', '[':
			if len(open) == mostNesting {
				return false
			}
			s.at++
			open = append(open, c)
			if s.next() != closing(c) {
				if c == '{' && !s.name() {
					return false
				}
				continue
			}
		case '"':
			ok = s.quoted()
		default:
			ok = s.literal(c)
		}
		if !ok || !s.afterValue(&open) {
			return false
		}
		if len(open) == 0 {
			return true
		}
	}
}

// afterValue skips what follows a value up to the next one: closing brackets, which it removes from those that are open,
// and a comma with the name of the next member.
func (s *jsonScanner) afterValue(open *[]byte) bool {
	for len(*open) > 0 {
		last := (*open)[len(*open)-1]
		if s.next() != closing(last) {
			return s.take(',') && (last == '[' || s.name())
		}
		*open = (*open)[:len(*open)-1]
		s.at++
	}
	return true
}

// giveUp calls interrupted now and then.
func (s *jsonScanner) giveUp() bool {
	if s.at-s.checked <= scanStride || s.interrupted == nil {
		return false
	}
	s.checked = s.at
	return s.interrupted()
}

// closing returns the bracket that closes another.
func closing(open byte) byte { return open + 2 }

// name skips the name of a member and the colon.
func (s *jsonScanner) name() bool { return s.next() == '"' && s.quoted() && s.take(':') }

// quoted skips a string.
func (s *jsonScanner) quoted() bool {
	for s.at++; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case plainBytes[c]:
		case c == '"':
			s.at++
			return true
		case c != '\\' || s.at+1 == len(s.text):
			return false
		default:
			s.at++
			if escaped := s.text[s.at]; escaped == 'u' {
				for range 4 {
					if s.at++; s.at == len(s.text) || !isHexDigit(s.text[s.at]) {
						return false
					}
				}
			} else if !strings.ContainsRune(`"\/bfnrt`, rune(escaped)) {
				return false
			}
		}
	}
	return false
}

func isHexDigit(c byte) bool { return c >= '0' && c <= '9' || c|' ' >= 'a' && c|' ' <= 'f' }

// literal skips a word or a number that begins with a byte.
func (s *jsonScanner) literal(c byte) bool {
	for _, word := range jsonWords {
		if word[0] == c && strings.HasPrefix(s.text[s.at:], word) {
			s.at += len(word)
			return true
		}
	}
	if c == '-' {
		s.at++
	}
	switch {
	case s.at < len(s.text) && s.text[s.at] == '0':
		s.at++
	case !s.digits():
		return false
	}
	if s.at < len(s.text) && s.text[s.at] == '.' {
		if s.at++; !s.digits() {
			return false
		}
	}
	if s.at < len(s.text) && s.text[s.at]|' ' == 'e' {
		s.at++
		if s.at < len(s.text) && (s.text[s.at] == '+' || s.text[s.at] == '-') {
			s.at++
		}
		return s.digits()
	}
	return true
}

// digits skips decimal digits, of which there must be one.
func (s *jsonScanner) digits() bool {
	from := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at > from
}

// elements calls visit with the place and the text of each element of a list, and reports whether the whole text is a
// list. What visit was called with counts only if it is: the text may prove malformed after the element.
func (s *jsonScanner) elements(visit func(start int, element string)) bool {
	if !s.take('[') {
		return false
	}
	if !s.take(']') {
		for {
			s.next()
			start := s.at
			if !s.value() {
				return false
			}
			visit(start, s.text[start:s.at])
			if s.take(']') {
				break
			}
			if !s.take(',') {
				return false
			}
		}
	}
	s.next()
	return s.at == len(s.text)
}
