package auth

import (
	"crypto/sha256"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

const (
	// Failures that an address, or a token, may have at once, and the time until it may have another one. A client whose
	// token has expired learns it from the first; people who paste a wrong one need a few.
	mostFailures    = 10
	failureInterval = 6 * time.Second
	// mostCounted bounds the addresses and the tokens whose failures are counted; the least recent are forgotten.
	mostCounted = 20_000
	// Look-ups a second of API tokens that were never valid here, for all addresses together that have failed too often.
	// It bounds what guessing costs the database.
	mostLookups = 50
)

// failures counts failed attempts by a key, in memory of a bounded size.
type failures[K comparable] struct {
	mu      sync.Mutex
	buckets *simplelru.LRU[K, *rate.Limiter]
}

func newFailures[K comparable]() *failures[K] {
	buckets, _ := simplelru.NewLRU[K, *rate.Limiter](mostCounted, nil) // fails only for a size below 1
	return &failures[K]{buckets: buckets}
}

// add counts a failure. It returns how long the key must wait until a failure is answered as the first ones are; zero if
// this one still is.
func (f *failures[K]) add(key K, now time.Time) time.Duration {
	f.mu.Lock()
	bucket, known := f.buckets.Get(key)
	if !known {
		bucket = rate.NewLimiter(rate.Every(failureInterval), mostFailures)
		f.buckets.Add(key, bucket)
	}
	f.mu.Unlock()
	if bucket.AllowN(now, 1) {
		return 0
	}
	missing := 1 - bucket.TokensAt(now)
	return time.Duration(missing * float64(failureInterval))
}

// areTooMany reports whether the next failure of the key would have to wait.
func (f *failures[K]) areTooMany(key K, now time.Time) bool {
	f.mu.Lock()
	bucket, known := f.buckets.Get(key)
	f.mu.Unlock()
	return known && bucket.TokensAt(now) < 1
}

// clientNetwork is the network whose clients count as one: an IPv4 address, or 64 bits of an IPv6 address, because one
// client has all addresses below them.
func clientNetwork(address netip.Addr) netip.Prefix {
	bits := address.BitLen()
	if address.Is6() {
		bits = 64
	}
	network, _ := address.Prefix(bits) // fails for the zero address, which is one client
	return network
}

// publicPart identifies the part of a token that is no secret, so that guesses of the rest count as one, wherever they come
// from: the first characters of an API token, or all of a signed token but its signature.
func publicPart(token string) [sha256.Size]byte {
	const shown = len(tokenPrefix) + 8
	switch dot := strings.LastIndexByte(token, '.'); {
	case isAPIToken(token) && len(token) > shown:
		token = token[:shown]
	case dot >= 0:
		token = token[:dot]
	}
	return digestOf(token)
}
