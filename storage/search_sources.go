package storage

import (
	"context"
	"hash/crc32"
	"regexp"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// searchSource is a table whose texts are searched, or some of its columns.
type searchSource interface {
	// number is the group of the source in the index: the rows of a group with one key are indexed together.
	number() int
	// rows is the table and the column of the key that the group is indexed by.
	rows() (table, key string)
	// makes are the fields that the texts are in.
	makes() []*searchField
	// read reads the texts of the rows with these keys.
	read(ctx context.Context, s *Store, keys []string, add func(key string, t searchText)) error
	// scan reads the texts of the newest rows that may be hits.
	scan(ctx context.Context, c *collector) error
}

// The groups of sources. The triggers of our own tables have the same numbers.
const (
	campaignGroup = 1 + iota
	identityGroup
	attackerGroup
	ruleGroup
	tokenGroup
	blobGroup
	triggerGroup
)

// searchTable is a searchSource: a table with what its rows hold.
type searchTable[T any] struct {
	group int
	table table[T]
	owner string // the column of the key that the group is indexed by, if it is not the table's key
	what  string // the texts, in words
	// newest is the sort key by which the newest rows are scanned, and at its instant. It is empty if there are always few.
	newest string
	at     func(*T) time.Time
	window int // how many rows are scanned
	// texts are the columns that the texts are in, as they are or in JSON; unlike matches a text to search for that may be in
	// a text which no column holds. A scan reads all rows of a table without texts.
	texts  []string
	unlike *regexp.Regexp
	more   []string // other columns that are read
	fields []*searchField
	each   func(row *T, add func(searchText))
}

// narrowed is the source with only the columns that it needs.
func narrowed[T any](t searchTable[T]) searchTable[T] {
	var fields []field[T]
	for i, f := range t.table.fields {
		if i == 0 || slices.Contains(t.texts, f.column) || slices.Contains(t.more, f.column) {
			fields = append(fields, f)
		}
	}
	t.table.fields = fields
	return t
}

func (t searchTable[T]) number() int           { return t.group }
func (t searchTable[T]) makes() []*searchField { return t.fields }

func (t searchTable[T]) rows() (table, key string) {
	if t.owner != "" {
		return t.table.name, t.owner
	}
	return t.table.name, t.table.key()
}

func (t searchTable[T]) read(ctx context.Context, s *Store, keys []string, add func(string, searchText)) error {
	_, column := t.rows()
	return visitBy(ctx, s, t.table, column, keys, func(key string, row *T) {
		t.each(row, func(text searchText) { add(key, text) })
	})
}

// searchSources are all tables that are searched. Of those with many rows, the scan of a database without an index reads the
// newest.
var searchSources = []searchSource{
	narrowed(searchTable[Campaign]{
		group: campaignGroup, table: campaigns, more: []string{"updated_at"}, what: "campaigns", newest: string(ClusterUpdatedAt), window: 5_000,
		at:     func(c *Campaign) time.Time { return c.UpdatedAt },
		texts:  []string{"uuid", "notes", "ja3_hashes", "hassh_hashes", "tls_cert_sha256", "payload_simhashes", "c2_endpoints"},
		fields: fieldsOf([]SearchKind{SearchCampaign}), each: campaignTexts,
	}),
	narrowed(searchTable[Identity]{
		group: identityGroup, table: identities, more: []string{"updated_at", "kd_digraph_simhash"}, what: "identities", newest: string(ClusterUpdatedAt), window: 10_000,
		at: func(i *Identity) time.Time { return i.UpdatedAt },
		texts: []string{
			"uuid", "notes", "ja3_hashes", "hassh_hashes", "ja4h_hashes", "ja4_quic_hashes", "tls_cert_sha256", "payload_simhashes", "c2_endpoints",
			"ipv6_link_local_iids",
		},
		unlike: regexp.MustCompile(`^[0-9a-f]*$`), // kd_digraph_simhash holds bytes
		fields: fieldsOf([]SearchKind{SearchIdentity}), each: identityTexts,
	}),
	narrowed(searchTable[Attacker]{
		group: attackerGroup, table: attackers, more: []string{"last_seen", "asn"}, what: "attackers", newest: string(AttackerLastSeen), window: 20_000,
		at:     func(a *Attacker) time.Time { return a.LastSeen },
		texts:  []string{"uuid", "ip", "ptr_record", "as_name", "bgp_prefix", "last_ipv6_link_local", "deckies"},
		unlike: regexp.MustCompile(`^(as|s)?[0-9]*$`), // asn holds numbers
		fields: []*searchField{attackerUUID, attackerIP, attackerPTR, attackerASName, attackerASN, attackerPrefix, attackerLinkLocal, deckyName},
		each:   attackerTexts,
	}),
	searchTable[searchedPrints]{
		group: attackerGroup, table: searchedPrintsTable, what: "fingerprints of attackers", newest: string(AttackerLastSeen), window: 20_000,
		at:    func(p *searchedPrints) time.Time { return p.seen },
		texts: []string{"fingerprints"}, fields: []*searchField{attackerPrints}, each: printTexts,
	},
	searchTable[searchedState]{
		group: attackerGroup, table: searchedStatesTable, owner: "attacker_uuid", what: "fingerprint states of attackers", newest: "LAST_SEEN", window: 20_000,
		at:    func(f *searchedState) time.Time { return f.seen },
		texts: []string{"last_hash"}, fields: []*searchField{attackerStates}, each: stateTexts,
	},
	searchTable[searchedCommands]{
		group: attackerGroup, table: searchedCommandsTable, what: "commands of attackers", newest: string(AttackerLastSeen), window: 20_000,
		at:    func(c *searchedCommands) time.Time { return c.seen },
		texts: []string{"commands"}, fields: []*searchField{commandLine}, each: commandTextsOf,
	},
	searchTable[searchedRule]{
		group: ruleGroup, table: searchedRules, what: "rules",
		fields: fieldsOf([]SearchKind{SearchRule}), each: ruleTexts,
	},
	narrowed(searchTable[CanaryToken]{
		group: tokenGroup, table: canaryTokens, more: []string{"placed_at"}, what: "canary tokens", newest: "PLACED_AT", window: 20_000,
		at:     func(c *CanaryToken) time.Time { return c.PlacedAt },
		texts:  []string{"uuid", "placement_path", "callback_token", "decky_name"},
		fields: append(fieldsOf([]SearchKind{SearchCanaryToken}), deckyName), each: tokenTexts,
	}),
	narrowed(searchTable[CanaryBlob]{
		group: blobGroup, table: canaryBlobs, more: []string{"uploaded_at"}, what: "canary files",
		texts: []string{"uuid", "filename", "sha256"}, fields: fieldsOf([]SearchKind{SearchCanaryBlob}), each: blobTexts,
	}),
	narrowed(searchTable[CanaryTrigger]{
		group: triggerGroup, table: canaryTriggers, more: []string{"occurred_at"}, what: "hits of canary tokens", newest: CanaryTriggerOccurredAt, window: 20_000,
		at:     func(c *CanaryTrigger) time.Time { return c.OccurredAt },
		texts:  []string{"uuid", "src_ip", "user_agent", "request_path", "dns_qname"},
		fields: fieldsOf([]SearchKind{SearchCanaryTrigger}), each: triggerTexts,
	}),
}

// textsOf adds the texts of one row.
type textsOf struct {
	key  string
	seen time.Time
	add  func(searchText)
}

func (t textsOf) one(f *searchField, place int, text string) {
	t.add(searchText{f, t.key, place, text, t.seen})
}

func (t textsOf) optional(f *searchField, text *string) {
	if text != nil {
		t.one(f, 0, *text)
	}
}

func (t textsOf) list(f *searchField, texts []string) {
	for place, text := range texts {
		t.one(f, place, text)
	}
}

func campaignTexts(c *Campaign, add func(searchText)) {
	t := textsOf{c.UUID, c.UpdatedAt, add}
	t.one(campaignUUID, 0, c.UUID)
	t.optional(campaignNotes, c.Notes)
	t.list(campaignJA3, c.JA3Hashes)
	t.list(campaignHASSH, c.HASSHHashes)
	t.list(campaignTLS, c.TLSCertSHA256)
	t.list(campaignPayloads, c.PayloadSimhashes)
	t.list(campaignEndpoints, c.C2Endpoints)
}

func identityTexts(i *Identity, add func(searchText)) {
	t := textsOf{i.UUID, i.UpdatedAt, add}
	t.one(identityUUID, 0, i.UUID)
	t.optional(identityNotes, i.Notes)
	t.list(identityJA3, i.JA3Hashes)
	t.list(identityHASSH, i.HASSHHashes)
	t.list(identityJA4H, i.JA4HHashes)
	t.list(identityJA4QUIC, i.JA4QUICHashes)
	t.list(identityTLS, i.TLSCertSHA256)
	t.list(identityPayloads, i.PayloadSimhashes)
	t.list(identityEndpoints, i.C2Endpoints)
	t.optional(identityKeystrokes, i.KDDigraphSimhash)
	for place, iid := range i.IPv6LinkLocalIIDs {
		if iid.IID != nil {
			t.one(identityIIDs, place, *iid.IID)
		}
	}
}

func attackerTexts(a *Attacker, add func(searchText)) {
	t := textsOf{a.UUID, a.LastSeen, add}
	t.one(attackerUUID, 0, a.UUID)
	t.one(attackerIP, 0, a.IP)
	t.optional(attackerPTR, a.PTRRecord)
	t.optional(attackerASName, a.ASName)
	t.optional(attackerPrefix, a.BGPPrefix)
	t.optional(attackerLinkLocal, a.LastIPv6LinkLocal)
	if a.ASN != nil {
		t.one(attackerASN, 0, "AS"+strconv.Itoa(*a.ASN))
	}
	for place, name := range a.Deckies {
		add(searchText{field: deckyName, key: name, place: place, text: name})
	}
}

// searchedCommands are the commands of an attacker.
type searchedCommands struct {
	uuid string
	seen time.Time
	list commandIndex
}

var searchedCommandsTable = table[searchedCommands]{name: "attackers", list: "attackers", sorted: lastSeen, fields: []field[searchedCommands]{
	{"uuid", func(c *searchedCommands) cell { return text(&c.uuid) }, "", use{}},
	{"last_seen", func(c *searchedCommands) cell { return instant(&c.seen) }, "", use{kind: instantValues, order: string(AttackerLastSeen)}},
	{"commands", func(c *searchedCommands) cell { return cellFunc(c.list.take) }, "", use{wide: true}},
}}

func commandTextsOf(c *searchedCommands, add func(searchText)) {
	for place, command := range c.list.commands(c.list.places(nil)) {
		if command.Command != nil {
			t := textsOf{key: c.uuid, add: add}
			if command.Timestamp != nil {
				t.seen = *command.Timestamp
			}
			t.one(commandLine, place, *command.Command)
		}
	}
}

// searchedPrints are the texts in the fingerprints of an attacker.
type searchedPrints struct {
	uuid  string
	seen  time.Time
	texts []string
}

var searchedPrintsTable = table[searchedPrints]{name: "attackers", list: "attackers", sorted: lastSeen, fields: []field[searchedPrints]{
	{"uuid", func(p *searchedPrints) cell { return text(&p.uuid) }, "", use{}},
	{"last_seen", func(p *searchedPrints) cell { return instant(&p.seen) }, "", use{kind: instantValues, order: string(AttackerLastSeen)}},
	{"fingerprints", func(p *searchedPrints) cell {
		var entries []struct{}
		return records(&entries, func(r *record) struct{} {
			p.texts = appendPrintTexts(p.texts, r)
			return struct{}{}
		})
	}, "", use{wide: true}},
}}

func printTexts(p *searchedPrints, add func(searchText)) {
	textsOf{p.uuid, p.seen, add}.list(attackerPrints, p.texts)
}

// searchedState is a row of attacker_fingerprint_state.
type searchedState struct {
	uuid, attacker, hash string
	seen                 time.Time
}

var searchedStatesTable = table[searchedState]{
	name: "attacker_fingerprint_state", list: "fingerprintStates", sorted: []SortKey{{By: "LAST_SEEN", Descending: true}},
	fields: []field[searchedState]{
		{"uuid", func(f *searchedState) cell { return text(&f.uuid) }, "", use{}},
		{"attacker_uuid", func(f *searchedState) cell { return text(&f.attacker) }, "", use{}},
		{"last_hash", func(f *searchedState) cell { return text(&f.hash) }, "", use{}},
		{"last_seen", func(f *searchedState) cell { return instant(&f.seen) }, "", use{kind: instantValues, order: "LAST_SEEN"}},
	},
}

// stateTexts makes the place of a state of its uuid, since the states of an attacker are rows of their own.
func stateTexts(f *searchedState, add func(searchText)) {
	textsOf{f.attacker, f.seen, add}.one(attackerStates, int(crc32.ChecksumIEEE([]byte(f.uuid))>>1), f.hash)
}

// searchedRule is a row of ttp_rule.
type searchedRule struct {
	id, content string
	updated     time.Time
}

// ruleTable is a table of DECNET that a database may lack.
const ruleTable = "ttp_rule"

var searchedRules = table[searchedRule]{name: ruleTable, fields: []field[searchedRule]{
	{"rule_id", func(r *searchedRule) cell { return text(&r.id) }, "", use{}},
	{"yaml_content", func(r *searchedRule) cell { return text(&r.content) }, "", use{wide: true}},
	{"updated_at", func(r *searchedRule) cell { return instant(&r.updated) }, "", use{kind: instantValues}},
}}

func ruleTexts(r *searchedRule, add func(searchText)) {
	t := textsOf{r.id, r.updated, add}
	t.one(ruleNumber, 0, r.id)
	var content struct {
		Name string `yaml:"name"`
	}
	if yaml.Unmarshal([]byte(r.content), &content) == nil && content.Name != "" {
		t.one(ruleName, 0, content.Name)
	}
}

func tokenTexts(c *CanaryToken, add func(searchText)) {
	t := textsOf{c.UUID, c.PlacedAt, add}
	t.one(tokenUUID, 0, c.UUID)
	t.one(tokenPath, 0, c.PlacementPath)
	t.one(tokenCallback, 0, c.CallbackToken)
	add(searchText{field: deckyName, key: c.DeckyName, text: c.DeckyName})
}

func blobTexts(c *CanaryBlob, add func(searchText)) {
	t := textsOf{c.UUID, c.UploadedAt, add}
	t.one(blobUUID, 0, c.UUID)
	t.one(blobName, 0, c.Filename)
	t.one(blobSHA256, 0, c.SHA256)
}

func triggerTexts(c *CanaryTrigger, add func(searchText)) {
	t := textsOf{c.UUID, c.OccurredAt, add}
	t.one(triggerUUID, 0, c.UUID)
	t.one(triggerIP, 0, c.SrcIP)
	t.optional(triggerAgent, c.UserAgent)
	t.optional(triggerPath, c.RequestPath)
	t.optional(triggerQname, c.DNSQname)
}
