package sample

import "time"

// campaign, identity, attacker, session and line are the objects of a block while its rows are made.
type (
	campaign struct {
		id         string
		theme      *theme
		started    time.Time
		lasts      time.Duration
		mergedInto string
		mergedAt   time.Time
		members    int // current number of identities; the stored count is smaller, because DECNET does not update it
		marks      marks
	}

	identity struct {
		id         string
		campaign   *campaign // nil if unknown
		campaignID string
		mergedInto string
		stub       bool // created by attribution for a single attacker
		differ     int  // number of primitives in which the two people who share it differ; 0 for one person
		kit        *kit
		marks      marks
		leaks      []object // link-local addresses
		simhash    []byte
		attackers  []*attacker
	}

	attacker struct {
		id       string
		ip       string
		net      *network
		prefix   string
		identity *identity // nil if it has none
		anchor   string    // uuid of the identity, even if it belongs to another block
		former   string    // uuid of the identity at the time of the backfill, if it was another one
		kit      *kit
		first    time.Time
		last     time.Time
		sessions []*session
		rotation rotation
		leak     *leak
		report   *report // answers of the intelligence feeds
		prints   []object
		events   int
		guesses  int // number of credentials tried
	}

	// session is one visit to one decky.
	session struct {
		id      string
		decky   string
		service string
		start   time.Time
		end     time.Time
		login   bool // started with guessed passwords
		lines   []line
		signs   []sign
		mails   []mail
		asks    []request
		reused  []*finding // secrets that a rule knows to be used elsewhere
	}

	// line is one command as it was logged.
	line struct {
		text  string
		at    time.Time
		rules []string
	}

	// marks are the fingerprints that link attackers to each other.
	marks struct {
		ja3, hassh, cert, ja4h, ja4quic []string
	}

	// rotation counts the changes of a fingerprint from probes.
	rotation struct {
		count int
		last  time.Time
	}

	// leak is an IPv6 link-local address that leaked.
	leak struct {
		address, oui, kind string
		at                 time.Time
	}
)

// deckies returns the names of the deckies that an attacker contacted, in order of first contact.
func (a *attacker) deckies() []string { return a.distinct(func(s *session) string { return s.decky }) }

// services returns the names of the services that an attacker contacted, in order of first contact.
func (a *attacker) services() []string {
	return a.distinct(func(s *session) string { return s.service })
}

func (a *attacker) distinct(of func(*session) string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range a.sessions {
		if v := of(s); !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// lines returns the number of lines that an attacker typed.
func (a *attacker) lines() int {
	n := 0
	for _, s := range a.sessions {
		n += len(s.lines)
	}
	return n
}
