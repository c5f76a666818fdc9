package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync"

	"decnetgraph/auth"
	"decnetgraph/documents"
	"decnetgraph/graph/lru"
	"decnetgraph/resolvers"
)

// Documents says which documents requests may have, and which they may name instead of sending them. The zero value
// allows all documents, and none to be named.
type Documents struct {
	// Trusted returns the documents that may be named by their ids; nil if there are none.
	Trusted func() *documents.Set
	// Mode says what happens to other documents.
	Mode documents.Mode
	// PersistedBytes is the memory for documents that clients of Apollo register, to send their SHA-256 from then on
	// ("automatic persisted queries"). 0 turns that off. Only requests that have a principal may do so.
	PersistedBytes int
	// Log gets the documents that are not trusted, in the mode documents.Log.
	Log *slog.Logger
}

// documentChooser finds the document of a request.
type documentChooser struct {
	Documents

	// persisted are the texts that clients have registered by their hash. Whoever registers a text can do so only under its
	// own hash, so that all principals may share them.
	persisted *lru.Cache[[sha256.Size]byte, string]
	unknown   unknownDocuments
}

func newDocumentChooser(d Documents) *documentChooser {
	c := &documentChooser{Documents: d}
	if c.Trusted == nil {
		c.Trusted = func() *documents.Set { return nil }
	}
	if d.PersistedBytes > 0 && d.Mode != documents.Only {
		const entryBytes = 200 // of the cache
		c.persisted = lru.New(d.PersistedBytes, func(_ [sha256.Size]byte, text string) int { return len(text) + entryBytes })
	}
	return c
}

// choose sets the text of the document if the request has an id or a hash in its place, and refuses a document that may not
// run. An answer will have the content type.
func (c *documentChooser) choose(ctx context.Context, r *request, contentType string) *refusal {
	var refused *refusal
	switch {
	case r.Query != "":
		refused = c.checkNames(ctx, r)
	case r.documentID != "":
		refused = c.byID(ctx, r, contentType)
	default:
		refused = c.byHash(ctx, r)
	}
	if refused == nil && c.Mode == documents.Only && !c.Trusted().Has(r.Query) {
		return notTrusted()
	}
	return refused
}

func notTrusted() *refusal {
	return forbidden("this server runs trusted documents only, and this is none of them; ask its operator to add it to those of --trusted-documents")
}

// checkNames refuses a request that has a text and names another document. An id that is not known is no fault: the
// document may have been built after the server was started.
func (c *documentChooser) checkNames(ctx context.Context, r *request) *refusal {
	named := r.documentID != ""
	if named {
		if documents.HasHashPrefix(r.documentID) && !r.hasHash(r.documentID) {
			return badInput(`the "documentId" is not the SHA-256 of the text under "query"`)
		}
		if text, known := c.Trusted().Text(r.documentID); known && text != r.Query {
			return badInput(`the "documentId" names another document than the text under "query"`)
		}
	}
	if !c.persists(ctx) {
		return nil
	}
	r.register = named && r.hasHash(r.documentID)
	if !hasPersistedQuery(r.Extensions) {
		return nil
	}
	name, refused := persistedName(r)
	if refused != nil || name == "" {
		return refused
	}
	if text, known := c.Trusted().Text(name); known && text == r.Query {
		return nil
	}
	if !r.hasHash(name) {
		return badInput("provided sha does not match query") // as Apollo's server says it
	}
	r.register = true
	return nil
}

// hasHash reports whether a hash is that of the request's text.
func (r *request) hasHash(name string) bool {
	hash, isHash := documents.ParseHash(name)
	return isHash && hash == documents.Hash(r.Query)
}

// byID finds the document that "documentId" names.
func (c *documentChooser) byID(ctx context.Context, r *request, contentType string) *refusal {
	var known bool
	if r.Query, known = c.Trusted().Text(r.documentID); known {
		return nil
	}
	if c.Mode == documents.Only {
		return notTrusted()
	}
	if hash, isHash := documents.ParseHash(r.documentID); isHash && c.persists(ctx) {
		if r.Query, known = c.persisted.Get(hash); known {
			return nil
		}
	}
	status := http.StatusOK
	if contentType == typeGraphQL {
		status = http.StatusUnprocessableEntity
	}
	return refuse(status, resolvers.CodePersistedQueryNotFound,
		"this server has no document with the id "+quote(r.documentID)+`; send its text under "query"`)
}

// byHash finds the document whose hash the extensions have. Clients of Apollo that read trusted documents send the ids of
// their manifest as hashes.
func (c *documentChooser) byHash(ctx context.Context, r *request) *refusal {
	name, refused := persistedName(r)
	var known bool
	if r.Query, known = c.Trusted().Text(name); known && refused == nil {
		return nil
	}
	switch {
	case c.Mode == documents.Only:
		return notTrusted()
	case !c.persists(ctx):
		return notPersisted()
	case refused != nil:
		return refused
	}
	hash, isHash := documents.ParseHash(name)
	if !isHash {
		return notFound()
	}
	if r.Query, known = c.persisted.Get(hash); !known {
		return notFound()
	}
	return nil
}

// persists reports whether a request may register documents, and send the hashes of those that were.
func (c *documentChooser) persists(ctx context.Context) bool {
	return c.persisted != nil && auth.From(ctx) != nil
}

// persistedName is the hash of a document that the extensions have, or the id in its place; empty if there is none.
func persistedName(r *request) (string, *refusal) {
	given, _ := r.Extensions["persistedQuery"].(map[string]any)
	if version, _ := given["version"].(json.Number); version != "1" {
		return "", badInput("Unsupported persisted query version") // as Apollo's server says it
	}
	name, _ := given["sha256Hash"].(string)
	return name, nil
}

// notPersisted and notFound answer a hash without a text. After the first, clients of Apollo send texts and no more hashes;
// after the second, they send this text with its hash. The status is that of Apollo's server: some clients read the answer
// only then.
func notPersisted() *refusal {
	return refuse(http.StatusOK, resolvers.CodePersistedQueryNotSupported, "PersistedQueryNotSupported")
}

func notFound() *refusal {
	return refuse(http.StatusOK, resolvers.CodePersistedQueryNotFound, "PersistedQueryNotFound")
}

// accept is called for a request whose document is valid: it registers the document if the client has sent its hash, and
// logs it if it is not trusted.
func (c *documentChooser) accept(ctx context.Context, r *request) {
	if r.register {
		c.persisted.Add(documents.Hash(r.Query), r.Query)
	}
	if c.Mode == documents.Log && !c.Trusted().Has(r.Query) {
		c.unknown.log(ctx, c.Log, r)
	}
}

// maxUnknown is how many documents that are not trusted are logged.
const maxUnknown = 1_000

// unknownDocuments are the documents that were logged because they are not trusted.
type unknownDocuments struct {
	mu     sync.Mutex
	hashes map[[sha256.Size]byte]struct{}
}

// log logs a document that is not trusted, once: its hash, and its text without the values that it has.
func (u *unknownDocuments) log(ctx context.Context, log *slog.Logger, r *request) {
	hash := documents.Hash(r.Query)
	u.mu.Lock()
	_, known := u.hashes[hash]
	count := len(u.hashes)
	if !known && count < maxUnknown {
		if u.hashes == nil {
			u.hashes = map[[sha256.Size]byte]struct{}{}
		}
		u.hashes[hash] = struct{}{}
	}
	u.mu.Unlock()
	if known || count >= maxUnknown {
		return
	}
	sender := ""
	if principal := auth.From(ctx); principal != nil {
		sender = principal.Key()
	}
	log.WarnContext(ctx, "a document is not trusted", "sha256", fmt.Sprintf("%x", hash), "operation", r.OperationName, "principal", sender,
		"document", withoutValues(r.Query))
	if count+1 == maxUnknown {
		log.WarnContext(ctx, "further documents that are not trusted are not logged", "logged", maxUnknown)
	}
}
