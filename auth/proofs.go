package auth

import (
	"crypto/sha256"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const (
	// proofAge is how long a proof counts after it was verified. Revocations, deleted users and other roles take effect
	// after that at the latest.
	proofAge   = 10 * time.Second
	mostProofs = 10_000
)

// proof is a verified proof: a principal, and what depends on the single request.
type proof struct {
	principal *Principal
	forbidden *ForbiddenError // if the principal has no role
	networks  []netip.Prefix  // that may use it; empty means all
	token     string          // the id of an API token
	until     time.Time       // when it must be verified again
}

// admits reports whether a client's address is in one of the networks. An unknown address is in none.
func (p *proof) admits(address netip.Addr) bool {
	return len(p.networks) == 0 || slices.ContainsFunc(p.networks, func(n netip.Prefix) bool { return n.Contains(address) })
}

// proofs remembers verified proofs, so that a request with a known one costs neither a signature nor a statement.
type proofs struct {
	mu    sync.Mutex
	known *simplelru.LRU[[sha256.Size]byte, *proof]
}

func newProofs() *proofs {
	known, _ := simplelru.NewLRU[[sha256.Size]byte, *proof](mostProofs, nil) // fails only for a size below 1
	return &proofs{known: known}
}

// get returns a proof that still counts. hasCounted reports whether it counts or did once, so that it is no guess.
func (p *proofs) get(digest [sha256.Size]byte, now time.Time) (found *proof, hasCounted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	found, hasCounted = p.known.Get(digest)
	if hasCounted && !now.Before(found.until) {
		return nil, true
	}
	return found, hasCounted
}

// add remembers a proof, until it expires or proofAge has passed since the look-up began.
func (p *proofs) add(digest [sha256.Size]byte, verified *proof, began time.Time) {
	verified.until = began.Add(proofAge)
	if expires := verified.principal.ExpiresAt; !expires.IsZero() && expires.Before(verified.until) {
		verified.until = expires
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known.Add(digest, verified)
}

func (p *proofs) remove(digest [sha256.Size]byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known.Remove(digest)
}

// forget has every proof verified again.
func (p *proofs) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known.Purge()
}
