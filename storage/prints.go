package storage

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// PrintKind is a kind of fingerprint that rows are looked for by.
type PrintKind string

// The kinds of fingerprints.
const (
	PrintJA3              PrintKind = "JA3"
	PrintHASSH            PrintKind = "HASSH"
	PrintJA4H             PrintKind = "JA4H"
	PrintJA4QUIC          PrintKind = "JA4_QUIC"
	PrintTLSCertSHA256    PrintKind = "TLS_CERT_SHA256"
	PrintC2Endpoint       PrintKind = "C2_ENDPOINT"
	PrintPayloadSimhash   PrintKind = "PAYLOAD_SIMHASH"
	PrintKeystrokeSimhash PrintKind = "KEYSTROKE_SIMHASH"
)

// printColumns says where rows have fingerprints of a kind.
type printColumns struct {
	identities, campaigns string // columns, empty if there is none
	entry, key            string // the type of entries of attackers.fingerprints, and the key of their payload; empty if there are none
	probe                 string // the kind of probe in attacker_fingerprint_state, empty if there is none
	simhash               bool
}

var prints = map[PrintKind]printColumns{
	PrintJA3:              {identities: "ja3_hashes", campaigns: "ja3_hashes", entry: "ja3", key: "ja3"},
	PrintHASSH:            {identities: "hassh_hashes", campaigns: "hassh_hashes", entry: "hassh_server", key: "hash", probe: "hassh"},
	PrintJA4H:             {identities: "ja4h_hashes", entry: "ja4h", key: "ja4h"},
	PrintJA4QUIC:          {identities: "ja4_quic_hashes", entry: "ja4_quic", key: "ja4_quic"},
	PrintTLSCertSHA256:    {identities: "tls_cert_sha256", campaigns: "tls_cert_sha256", entry: "tls_certificate", key: "cert_sha256"},
	PrintC2Endpoint:       {identities: "c2_endpoints", campaigns: "c2_endpoints"},
	PrintPayloadSimhash:   {identities: "payload_simhashes", campaigns: "payload_simhashes", simhash: true},
	PrintKeystrokeSimhash: {identities: "kd_digraph_simhash", simhash: true},
}

// Print is a fingerprint to look for. Within is the largest Hamming distance of a SimHash, from 0 to MostWithin.
type Print struct {
	Kind   PrintKind
	Value  string
	Within int
}

// MostWithin is the largest Hamming distance that a Print may have: a quarter of the bits.
const MostWithin = 16

const (
	mostShowing  = 10_000  // rows that may show one fingerprint
	mostCompared = 200_000 // rows whose SimHashes one request may compare
	printBatch   = 500     // rows that are read at a time
)

// Check fails with ErrInvalid if nothing can have the fingerprint.
func (p Print) Check() error {
	if !prints[p.Kind].simhash {
		if p.Value == "" {
			return Invalid("an empty text is no fingerprint")
		}
		return nil
	}
	if _, ok := simhash(p.Value); !ok {
		return Invalid("%q is no SimHash: it has 16 hexadecimal digits", p.Value)
	}
	if p.Within < 0 || p.Within > MostWithin {
		return Invalid("within must be from 0 to %d, not %d", MostWithin, p.Within)
	}
	return nil
}

// simhash reads 16 hexadecimal digits in either case, which may follow 0x.
func simhash(text string) (value uint64, ok bool) {
	if cut, prefixed := strings.CutPrefix(strings.ToLower(text), "0x"); prefixed {
		text = cut
	}
	if len(text) != 16 {
		return 0, false
	}
	raw, err := hex.DecodeString(text)
	for _, b := range raw {
		value = value<<8 | uint64(b)
	}
	return value, err == nil
}

// PrintMatch is what shows a fingerprint.
type PrintMatch struct {
	Print
	// Simhashes are the stored SimHashes within the distance, each spelling once, the nearest first and then by value. They are
	// empty for other kinds of fingerprints.
	Simhashes []*NearSimhash
	shown     []string // keys of rows, each after the letter of its table
}

// NearSimhash is a stored SimHash that is near another one.
type NearSimhash struct {
	Value    string // as stored
	Distance int    // number of bits that differ
}

// The letters of tables in PrintMatch.
const (
	showsAttacker = "a"
	showsIdentity = "i"
	showsCampaign = "c"
)

// Owner is the key of the match as an owner of lists. It holds the keys of all rows that show the fingerprint.
func (m *PrintMatch) Owner() string { return strings.Join(m.shown, "\n") }

// FindPrint looks for the rows that show a fingerprint themselves. It fails with ErrLimit if there are too many of
// them, or too many SimHashes to compare.
func (s *Store) FindPrint(ctx context.Context, p Print) (*PrintMatch, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	find := printFinder{s, &PrintMatch{Print: p}, map[string]int{}}
	steps := []func(context.Context) error{find.lists, find.entries}
	if prints[p.Kind].simhash {
		steps = []func(context.Context) error{find.simhashes}
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	slices.Sort(find.match.shown)
	find.match.shown = slices.Compact(find.match.shown)
	find.match.Simhashes = nearestFirst(find.near)
	return find.match, nil
}

func nearestFirst(distances map[string]int) []*NearSimhash {
	found := make([]*NearSimhash, 0, len(distances))
	for value, distance := range distances {
		found = append(found, &NearSimhash{value, distance})
	}
	slices.SortFunc(found, func(a, b *NearSimhash) int { return cmp.Or(a.Distance-b.Distance, strings.Compare(a.Value, b.Value)) })
	return found
}

type printFinder struct {
	*Store

	match *PrintMatch
	near  map[string]int // SimHashes that were found, with their distances
}

// add notes a row that shows the fingerprint.
func (f printFinder) add(letter, key string) error {
	if len(f.match.shown) == mostShowing {
		return tooMuch("%d rows that show the fingerprint", mostShowing)
	}
	f.match.shown = append(f.match.shown, letter+key)
	return nil
}

// spellings are the texts that rows may have for the fingerprint: hashes are written in lower case.
func (f printFinder) spellings() []string {
	return []string{f.match.Value, strings.ToLower(f.match.Value)}
}

// lists finds the rows whose list holds the fingerprint, in one statement.
func (f printFinder) lists(ctx context.Context) error {
	at := prints[f.match.Kind]
	q := &statement{dialect: f.dialect}
	part := func(letter string, t interface {
		filterable
		ofColumn(name string) filterColumn
	}, column string,
	) {
		q.add("SELECT '" + letter + "', t.uuid FROM " + t.tableName() + " t WHERE ")
		q.condition(t.ofColumn(column).holds(f.spellings()), row{alias: "t"})
	}
	part(showsIdentity, identities, at.identities)
	if at.campaigns != "" {
		q.add(" UNION ALL ")
		part(showsCampaign, campaigns, at.campaigns)
	}
	if at.probe != "" {
		q.add(" UNION ALL SELECT '" + showsAttacker + "', t.attacker_uuid FROM attacker_fingerprint_state t WHERE ")
		q.condition(and{comparison{"probe_type", textValues, equalTo, at.probe}, inList{"last_hash", f.spellings()}}, row{alias: "t"})
	}
	var letter, key string
	return f.scanRows(ctx, q, []scanner{{Into: text(&letter)}, {Into: text(&key)}}, func() error { return f.add(letter, key) })
}

// entries finds the attackers with an entry that has the fingerprint. The database finds the texts that contain it, and
// what they say is read here.
func (f printFinder) entries(ctx context.Context) error {
	at := prints[f.match.Kind]
	if at.entry == "" {
		return nil
	}
	indexed, err := f.SearchIndexed(ctx)
	if err != nil {
		return err
	}
	if indexed && !json.Valid([]byte(f.match.Value)) { // rows may have it as a number, which the index has not
		keys, err := f.indexed(ctx)
		if err != nil {
			return err
		}
		for batch := range slices.Chunk(keys, printBatch) {
			if _, _, err := f.among(ctx, inList{"uuid", batch}); err != nil {
				return err
			}
		}
		return nil
	}
	for after := ""; ; {
		n, last, err := f.among(ctx, comparison{"uuid", textValues, greaterThan, after})
		if after = last; err != nil || n < printBatch {
			return err
		}
	}
}

// indexed returns the keys of the attackers that may have an entry: those for which the index for searches has the
// fingerprint, and those that have changed since it was refreshed. An index that is being made again has marks of all rows.
func (f printFinder) indexed(ctx context.Context) (keys []string, err error) {
	var hashes []string
	for _, spelling := range f.spellings() {
		hashes = append(hashes, searchHash(spelling))
	}
	q := &statement{dialect: f.dialect}
	list, bound := q.textList(hashes)
	q.add("SELECT e.row_key FROM search_text x JOIN search_entry e ON e.text = x.id WHERE x.hash IN (SELECT k FROM "+list+" AS given) AND e.field = "+
		strconv.Itoa(attackerPrints.code)+" UNION SELECT row_key FROM search_stale WHERE source = "+strconv.Itoa(attackerGroup), bound)
	var key string
	err = f.scanRows(ctx, q, []scanner{{Into: text(&key)}}, func() error {
		keys = append(keys, key)
		return nil
	})
	return keys, err
}

// among finds attackers with an entry among the first printBatch rows that meet a condition and contain the fingerprint,
// and returns the number of these rows and the key of the last one.
func (f printFinder) among(ctx context.Context, where condition) (n int, last string, err error) {
	q := &statement{dialect: f.dialect}
	q.add("SELECT '', " + fingerprintTexts.columns("t", f.dialect) + " FROM attackers t WHERE ")
	q.condition(where, row{alias: "t"})
	pattern := "%" + longestPlain(f.match.Value) + "%"
	q.add(" AND LOWER(t.fingerprints) LIKE ? ORDER BY "+f.dialect.Bytewise("t.uuid"), strings.ToLower(pattern))
	q.limit(printBatch, 0)
	var failed error
	err = read(ctx, f.Store, q, fingerprintTexts, func(_ string, row *fingerprintText) {
		n, last = n+1, row.uuid
		if failed == nil && slices.ContainsFunc(row.entries, f.shows) {
			failed = f.add(showsAttacker, row.uuid)
		}
	})
	return n, last, errors.Join(err, failed)
}

// shows reports whether an entry has the fingerprint.
func (f printFinder) shows(entry *Fingerprint) bool {
	at := prints[f.match.Kind]
	payload := record{}
	if entry.FingerprintType == nil || *entry.FingerprintType != at.entry || !payload.read(string(entry.Payload)) {
		return false
	}
	held := payload.text(at.key)
	return held != nil && slices.Contains(f.spellings(), *held)
}

// longestPlain is the longest part of a text that JSON and LIKE take as it is.
func longestPlain(text string) string {
	longest := ""
	for part := range strings.FieldsFuncSeq(text, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	}) {
		if len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

// simhashes finds the rows with a SimHash within the distance. No database has an index for that, so their keys and
// hashes are read in batches and compared here.
func (f printFinder) simhashes(ctx context.Context) error {
	at := prints[f.match.Kind]
	compared := 0
	if err := f.compare(ctx, showsIdentity, "attacker_identities", at.identities, &compared); err != nil || at.campaigns == "" {
		return err
	}
	return f.compare(ctx, showsCampaign, "campaigns", at.campaigns, &compared)
}

func (f printFinder) compare(ctx context.Context, letter, table, column string, compared *int) error {
	wanted, _ := simhash(f.match.Value)
	for after := ""; ; {
		q := &statement{dialect: f.dialect}
		q.add("SELECT t.uuid, t." + column + " FROM " + table + " t WHERE t." + column + " IS NOT NULL AND ")
		q.condition(comparison{"uuid", textValues, greaterThan, after}, row{alias: "t"})
		q.add(" ORDER BY " + f.dialect.Bytewise("t.uuid"))
		q.limit(printBatch, 0)
		n := 0
		var hashes []string
		held := texts(&hashes)
		if f.match.Kind == PrintKeystrokeSimhash {
			held = oneText(hexadecimal, &hashes)
		}
		err := f.scanRows(ctx, q, []scanner{{Into: text(&after)}, {Into: held}}, func() error {
			n++
			if *compared++; *compared > mostCompared {
				return tooMuch("%d rows to compare SimHashes of", mostCompared)
			}
			shows := false
			for _, hash := range hashes {
				if distance, ok := distanceTo(hash, wanted); ok && distance <= f.match.Within {
					if f.near[hash], shows = distance, true; len(f.near) > mostShowing {
						return tooMuch("%d SimHashes within the distance", mostShowing)
					}
				}
			}
			if !shows {
				return nil
			}
			return f.add(letter, after)
		})
		if err != nil || n < printBatch {
			return err
		}
	}
}

// distanceTo returns the number of bits in which a text that is a SimHash differs from another one.
func distanceTo(text string, from uint64) (differ int, ok bool) {
	value, ok := simhash(text)
	return bits.OnesCount64(value ^ from), ok
}

// oneText is the cell of a list of one text, or none where the value does not fit.
func oneText(of func(*string) cell, target *[]string) cell {
	return cellFunc(func(v *value) bool {
		var one string
		if *target = nil; !of(&one).Take(v) {
			return false
		}
		*target = []string{one}
		return true
	})
}
