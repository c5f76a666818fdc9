package sample

import "time"

// campaign, identity, attacker, session and typed are a block's people while its rows are made.
type (
	campaign struct {
		id         string
		theme      *theme
		started    time.Time
		lasts      time.Duration
		mergedInto string
		mergedAt   time.Time
		members    int // identities by now; the stored count is smaller, as nobody maintains it
		marks      marks
	}

	identity struct {
		id         string
		campaign   *campaign // nil: none known
		campaignID string
		mergedInto string
		stub       bool // made by the attribution stub from a single attacker
		differ     int  // primitives in which the two people who take turns differ; 0: one person
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
		identity *identity // nil: none
		anchor   string    // identity uuid, also of an identity that another block owns
		former   string    // identity it belonged to when its tags were backfilled, if that was another one
		kit      *kit
		first    time.Time
		last     time.Time
		sessions []*session
		rotation rotation
		leak     *leak
		report   *report // what the intelligence feeds said
		prints   []object
		events   int
		guesses  int // credentials tried
	}

	// session is one visit to one decky.
	session struct {
		id      string
		decky   string
		service string
		start   time.Time
		end     time.Time
		login   bool // came in through guessed passwords
		lines   []line
		signs   []sign
		mails   []mail
		asks    []request
	}

	// line is one command as it was logged.
	line struct {
		text  string
		at    time.Time
		rules []string
	}

	// marks are fingerprints that tie attackers together.
	marks struct {
		ja3, hassh, cert, ja4h, ja4quic []string
	}

	// rotation is how often a probed fingerprint of an attacker changed.
	rotation struct {
		count int
		last  time.Time
	}

	// leak is a link-local IPv6 address that gave its owner away.
	leak struct {
		address, oui, kind string
		at                 time.Time
	}
)

// deckies are the machines an attacker touched, in order of first contact.
func (a *attacker) deckies() []string { return a.distinct(func(s *session) string { return s.decky }) }

// services are what an attacker talked to, in order of first contact.
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

// lines counts everything an attacker typed.
func (a *attacker) lines() int {
	n := 0
	for _, s := range a.sessions {
		n += len(s.lines)
	}
	return n
}
