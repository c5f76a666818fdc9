package httpapi

// maxJSONDepth is how deep lists and objects of a request may be nested.
const maxJSONDepth = 200

// jsonSize estimates, never too low for valid JSON, the memory that a text takes once decodeJSON has decoded it. It reads the text piece by
// piece as it arrives, so that a request is refused before its values exist.
type jsonSize struct {
	values  int64 // bytes of memory for values, without the characters of texts
	depth   int
	tooDeep bool

	objects         [maxJSONDepth + 1]bool // by depth: whether an object encloses what follows, and not a list
	inText, escaped bool
	first           bool // no member of the innermost object was read yet
}

// The memory of values in bytes. TestJSONSizeIsNeverTooLow compares it with what Go holds; what growing maps and lists leave
// to the garbage collector is not counted.
const (
	objectBytes      = 48
	firstMemberBytes = 320 // the map's first group of eight members, and a scalar
	memberBytes      = 112 // a place in a map that has grown, the name and a scalar
	listBytes        = 24
	elementBytes     = 56 // a place in a list that has grown, and a scalar
)

// add reads the next piece of the text.
func (s *jsonSize) add(piece []byte) {
	for _, character := range piece {
		switch {
		case s.escaped:
			s.escaped = false
		case s.inText:
			s.escaped = character == '\\'
			s.inText = character != '"'
		default:
			s.addOutside(character)
		}
	}
}

// addOutside reads a character outside of texts.
func (s *jsonSize) addOutside(character byte) {
	switch character {
	case '"':
		s.inText = true
	case '{', '[':
		if character == '{' {
			s.values += objectBytes
		} else {
			s.values += listBytes + elementBytes // its first element
		}
		if s.depth++; s.depth > maxJSONDepth {
			s.tooDeep = true
			s.depth = maxJSONDepth
		}
		s.objects[s.depth] = character == '{'
		s.first = true
	case '}', ']':
		s.depth = max(s.depth-1, 0)
		s.first = false
	case ':':
		s.values += memberBytes
		if s.first {
			s.values += firstMemberBytes - memberBytes
			s.first = false
		}
	case ',':
		if !s.objects[s.depth] {
			s.values += elementBytes
		}
	}
}
