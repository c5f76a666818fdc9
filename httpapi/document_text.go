package httpapi

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

// maxShownDocument is the number of bytes that a log entry shows of a document.
const maxShownDocument = 2_000

// withoutValues is a document in one line, for logs: texts and numbers in it are left out, because people may have written
// anything there. It is cut after maxShownDocument bytes.
func withoutValues(document string) string {
	tokens := lexer.New(&ast.Source{Input: document})
	var text strings.Builder
	for text.Len() < maxShownDocument {
		token, err := tokens.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			return text.String()
		}
		switch token.Kind {
		case lexer.Comment:
			continue
		case lexer.String, lexer.BlockString:
			token.Value = `""`
		case lexer.Int, lexer.Float:
			token.Value = "0"
		case lexer.Name:
		default:
			token.Value = token.Kind.String()
		}
		if text.Len() > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(token.Value)
	}
	return text.String() + " …"
}
