package observe

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

// Normalize returns a document in one line, without the values that stand in it: texts become "", numbers 0, and truth
// values, null and enum values _. Names stay, and lists and objects keep their shape. Comments are left out. A text that is
// no GraphQL ends with "…" where it stops being any, and so does one of more than most bytes.
func Normalize(document string, most int) string {
	n := normalizer{most: most}
	n.Grow(min(len(document), most))
	tokens := lexer.New(&ast.Source{Input: document})
	for {
		token, err := tokens.ReadToken()
		if err != nil {
			n.WriteString("…")
			return n.String()
		}
		switch {
		case token.Kind == lexer.EOF:
			n.flush(lexer.EOF)
			return n.String()
		case token.Kind == lexer.Comment:
		case !n.add(token):
			n.WriteString("…")
			return n.String()
		}
	}
}

// normalizer writes the tokens of a document.
type normalizer struct {
	strings.Builder

	most int
	last lexer.Type
	word bool // whether the last token was a name, a value or the end of a group, which the next one must not join

	depth   int  // of parentheses, brackets and braces inside of arguments; 0 outside
	types   bool // whether names inside the parentheses are types: after a colon in the definition of variables
	defines bool // whether the parentheses define variables
	pending string
}

// add writes a token, and reports whether there is room for it.
func (n *normalizer) add(token lexer.Token) bool {
	text := token.Kind.String()
	isWord := false
	switch token.Kind {
	case lexer.Name:
		text, isWord = token.Value, true
	case lexer.Int, lexer.Float:
		text, isWord = "0", true
	case lexer.String, lexer.BlockString:
		text, isWord = `""`, true
	default:
	}
	n.flush(token.Kind)
	switch token.Kind {
	case lexer.ParenL:
		n.depth++
		if n.depth == 1 {
			n.defines, n.types = false, false
		}
	case lexer.BraceL, lexer.BracketL:
		if n.depth > 0 {
			n.depth++
		}
	case lexer.ParenR, lexer.BraceR, lexer.BracketR:
		n.depth = max(0, n.depth-1)
	case lexer.Dollar:
		if n.last == lexer.ParenL && n.depth == 1 {
			n.defines = true
		}
		n.types = n.defines && n.depth == 1
	case lexer.Equals, lexer.At:
		n.types = false
	default:
	}
	if token.Kind == lexer.Name && n.depth > 0 && n.last != lexer.Dollar && n.last != lexer.At && !n.types {
		n.pending = text // a value, unless a colon follows
	} else {
		n.write(text, isWord)
	}
	n.last = token.Kind
	return n.Len() <= n.most
}

// flush writes the name that was read last, when the kind of the next token shows what it is.
func (n *normalizer) flush(next lexer.Type) {
	if n.pending == "" {
		return
	}
	if next != lexer.Colon {
		n.pending = "_"
	}
	n.write(n.pending, true)
	n.pending = ""
}

func (n *normalizer) write(text string, isWord bool) {
	opens := text == "{" && n.depth == 0 || text == "..."
	if n.word && (isWord || opens) {
		n.WriteByte(' ')
	}
	n.WriteString(text)
	n.word = isWord || text == "}" || text == ")" || text == "]"
}
