package httpapi

import (
	"net/http"
	"net/url"
	"strconv"

	"decnetgraph/auth"
	"decnetgraph/graph"
	"decnetgraph/resolvers"
)

// schemaText answers with the text of what the caller's role may use of the schema. The parameter semanticNonNull adds the
// directive of that name.
func schemaText(w http.ResponseWriter, req *http.Request) {
	vary(w.Header(), []string{"Accept-Encoding", "Authorization"})
	w.Header()["Cache-Control"] = []string{"private, no-cache"} // it changes with the program, and with the role
	principal := auth.From(req.Context())
	if principal == nil {
		refuse(http.StatusUnauthorized, resolvers.CodeUnauthenticated, auth.ErrUnauthenticated.Error()).write(w, typeJSON)
		return
	}
	wanted, refused := formOf(typeText, req.Header)
	var semanticNonNull bool
	if refused == nil {
		semanticNonNull, refused = readSemanticNonNull(req.URL.RawQuery)
	}
	if refused != nil {
		refused.write(w, typeJSON)
		return
	}
	defer holdWrites(w, req)()
	wanted.send(w, req, http.StatusOK, [2][]byte{[]byte(graph.Text(principal.Role, semanticNonNull))}, true)
}

// readSemanticNonNull reads the only parameter of the schema's URL. It refuses others, since a misspelled one would be
// without effect.
func readSemanticNonNull(query string) (wanted bool, refused *refusal) {
	const name = "semanticNonNull"
	given, err := url.ParseQuery(query)
	if err != nil {
		return false, badInput("the query in the URL is malformed")
	}
	for parameter, values := range given {
		if parameter != name || len(values) > 1 {
			return false, badInput("the schema has one parameter, " + name + ", which is given once; " + quote(parameter) + " is another, or given again")
		}
		if wanted, err = strconv.ParseBool(values[0]); err != nil {
			return false, badInput(name + " is " + quote(values[0]) + "; give true or false")
		}
	}
	return wanted, nil
}
