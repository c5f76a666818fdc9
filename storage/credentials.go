package storage

import (
	"context"
	"time"
)

// Credential is a row of table credentials: a secret that was tried from one address at one service of a decky.
type Credential struct {
	CredentialID    int
	AttackerIP      string
	AttackerUUID    *string
	Decky           string
	Service         string
	Principal       *string
	SecretKind      string
	SecretSHA256    string
	Outcome         *string
	RawFields       JSON // may hold the secret
	FirstSeen       time.Time
	LastSeen        time.Time
	AttemptCount    int
	SecretBase64    *string
	SecretPrintable *string
}

// Fields are the fields of the first attempt without those that hold a secret; nil if they are no object.
func (c *Credential) Fields() JSON {
	shown, _ := withhold(c.RawFields)
	return shown
}

// Withheld names the fields that hold a secret; see withhold.
func (c *Credential) Withheld() []string {
	_, names := withhold(c.RawFields)
	return names
}

// Secret is the secret itself.
func (c *Credential) Secret() *CredentialSecret {
	return &CredentialSecret{c.SecretBase64, c.SecretPrintable}
}

// CredentialSecret is a secret itself.
type CredentialSecret struct {
	Base64    *string
	Printable *string
}

// LastSeenOrder is the sort key of the own order of credentials, shared credentials and attachments.
const LastSeenOrder = "LAST_SEEN"

var credentials = table[Credential]{
	name: "credentials", list: "credentials",
	sorted: []SortKey{{By: LastSeenOrder, Descending: true}},
	fields: []field[Credential]{
		{"id", func(c *Credential) cell { return safeInt(&c.CredentialID) }, "", use{}},
		{"attacker_ip", func(c *Credential) cell { return text(&c.AttackerIP) }, "AttackerIP", use{kind: textValues, filter: "AttackerIP", index: noIndex}},
		{"attacker_uuid", func(c *Credential) cell { return optionalText(&c.AttackerUUID) }, "AttackerUUID|Attacker", use{kind: textValues}},
		{"decky_name", func(c *Credential) cell { return text(&c.Decky) }, "Decky", use{kind: textValues, filter: "Decky", open: true, index: "ix_credentials_decky_name"}},
		{"service", func(c *Credential) cell { return text(&c.Service) }, "Service", use{kind: textValues, filter: "Service", open: true, index: "ix_credentials_service"}},
		{"principal", func(c *Credential) cell { return optionalText(&c.Principal) }, "Principal", use{kind: textValues, filter: "Principal", open: true, index: "ix_credentials_principal"}},
		{"secret_kind", func(c *Credential) cell { return text(&c.SecretKind) }, "SecretKind", use{kind: textValues, filter: "SecretKind", open: true, index: "ix_credentials_secret_kind"}},
		{"secret_sha256", func(c *Credential) cell { return text(&c.SecretSHA256) }, "SecretSHA256", use{kind: textValues, filter: "SecretSHA256", open: true, index: "ix_credentials_secret_sha256"}},
		{"outcome", func(c *Credential) cell { return optionalText(&c.Outcome) }, "Outcome", use{kind: textValues, filter: "Outcome", open: true, index: noIndex}},
		{"fields", func(c *Credential) cell { return storedObject(&c.RawFields) }, "RawFields|Fields|Withheld", use{}},
		{"first_seen", func(c *Credential) cell { return instant(&c.FirstSeen) }, "FirstSeen", use{kind: instantValues, filter: "FirstSeen", order: "FIRST_SEEN", index: "ix_credentials_first_seen"}},
		{"last_seen", func(c *Credential) cell { return instant(&c.LastSeen) }, "LastSeen", use{kind: instantValues, filter: "LastSeen", order: LastSeenOrder, since: true, uniform: true, index: "ix_credentials_last_seen"}},
		{"attempt_count", func(c *Credential) cell { return safeInt(&c.AttemptCount) }, "AttemptCount", use{kind: wholeValues, filter: "AttemptCount", order: "ATTEMPT_COUNT", index: noIndex}},
		{"secret_b64", func(c *Credential) cell { return optionalText(&c.SecretBase64) }, "SecretBase64|Secret", use{}},
		{"secret_printable", func(c *Credential) cell { return optionalText(&c.SecretPrintable) }, "SecretPrintable|Secret", use{}},
	},
}

// AttackerCredentials lists the secrets that were tried from the address of each attacker, seen last first, as DECNET does:
// it fills in the attacker of a row later, or never.
func (s *Store) AttackerCredentials(o ListOptions) List[Credential] {
	return listOf(s, credentials, s.dialect.byAddress(KindAttacker, Resolved, credentials.name), o)
}

// IdentityCredentials lists the secrets that were tried from the addresses of each identity.
func (s *Store) IdentityCredentials(m Membership, o ListOptions) List[Credential] {
	return listOf(s, credentials, s.dialect.byAddress(KindIdentity, m, credentials.name), o)
}

// SharedCredential is a row of table credential_reuse: a secret that was tried on more than one service of the fleet.
type SharedCredential struct {
	UUID          string
	SecretSHA256  string
	SecretKind    string
	Principal     *string
	AttackerUUIDs []string
	AttackerIPs   []string
	Deckies       []string
	Services      []string
	TargetCount   int
	AttemptCount  int
	Confidence    float64
	FirstSeen     time.Time
	LastSeen      time.Time
	UpdatedAt     time.Time

	principalKey string
}

// ID is the reference to the row.
func (c *SharedCredential) ID() Ref { return Ref{KindSharedCredential, c.UUID} }

// SecretKey says which secret a SharedCredential is about.
type SecretKey struct{ SHA256, Kind, Principal string }

// SecretKey is the key of the secret, for SharedSecrets.
func (c *SharedCredential) SecretKey() SecretKey {
	return SecretKey{c.SecretSHA256, c.SecretKind, c.principalKey}
}

var sharedCredentials = table[SharedCredential]{
	name: "credential_reuse", list: "sharedCredentials",
	sorted: []SortKey{{By: LastSeenOrder, Descending: true}},
	fields: []field[SharedCredential]{
		{"id", func(c *SharedCredential) cell { return text(&c.UUID) }, "", use{}},
		{"secret_sha256", func(c *SharedCredential) cell { return text(&c.SecretSHA256) }, "SecretSHA256|Secret", use{kind: textValues, filter: "SecretSHA256", open: true, index: "ix_credential_reuse_secret_sha256"}},
		{"secret_kind", func(c *SharedCredential) cell { return text(&c.SecretKind) }, "SecretKind|Secret", use{kind: textValues, filter: "SecretKind", open: true, index: "ix_credential_reuse_secret_kind"}},
		{"principal", func(c *SharedCredential) cell { return optionalText(&c.Principal) }, "Principal", use{kind: textValues, filter: "Principal", open: true, index: noIndex}},
		{"principal_key", func(c *SharedCredential) cell { return text(&c.principalKey) }, "Secret", use{}},
		{"attacker_uuids", func(c *SharedCredential) cell { return texts(&c.AttackerUUIDs) }, "AttackerUUIDs|Attackers", use{}},
		{"attacker_ips", func(c *SharedCredential) cell { return texts(&c.AttackerIPs) }, "AttackerIPs", use{}},
		{"deckies", func(c *SharedCredential) cell { return texts(&c.Deckies) }, "Deckies", use{kind: textValues, filter: "Deckies", open: true, index: noIndex}},
		{"services", func(c *SharedCredential) cell { return texts(&c.Services) }, "Services", use{kind: textValues, filter: "Services", open: true, index: noIndex}},
		{"target_count", func(c *SharedCredential) cell { return safeInt(&c.TargetCount) }, "TargetCount", use{kind: wholeValues, filter: "TargetCount", order: "TARGET_COUNT", index: "ix_credential_reuse_target_count"}},
		{"attempt_count", func(c *SharedCredential) cell { return safeInt(&c.AttemptCount) }, "AttemptCount", use{kind: wholeValues, filter: "AttemptCount", order: "ATTEMPT_COUNT", index: noIndex}},
		{"confidence", func(c *SharedCredential) cell { return finite(&c.Confidence) }, "Confidence", use{kind: numberValues, filter: "Confidence", order: "CONFIDENCE", index: noIndex}},
		{"first_seen", func(c *SharedCredential) cell { return instant(&c.FirstSeen) }, "FirstSeen", use{kind: instantValues, filter: "FirstSeen", order: "FIRST_SEEN", index: "ix_credential_reuse_first_seen"}},
		{"last_seen", func(c *SharedCredential) cell { return instant(&c.LastSeen) }, "LastSeen", use{kind: instantValues, filter: "LastSeen", order: LastSeenOrder, since: true, index: "ix_credential_reuse_last_seen"}},
		{"updated_at", func(c *SharedCredential) cell { return instant(&c.UpdatedAt) }, "UpdatedAt", use{kind: instantValues, filter: "UpdatedAt", order: "UPDATED_AT", index: "ix_credential_reuse_updated_at"}},
	},
}

// SharedCredentialRows finds shared credentials by uuid.
func (s *Store) SharedCredentialRows(ctx context.Context, uuids []string) (map[string]*SharedCredential, error) {
	return lookup(ctx, s, sharedCredentials, uuids)
}

// SharedCredentialAttackers finds the attackers that each shared credential names, in its order. Those without a row are left
// out.
func (s *Store) SharedCredentialAttackers(ctx context.Context, rows []*SharedCredential) (map[*SharedCredential][]*Attacker, error) {
	var uuids []string
	for _, row := range rows {
		uuids = append(uuids, row.AttackerUUIDs...)
	}
	named := make(map[*SharedCredential][]*Attacker, len(rows))
	known := map[string]*Attacker{}
	if len(uuids) > 0 {
		var err error
		if known, err = s.Attackers(ctx, uuids); err != nil {
			return nil, err
		}
	}
	for _, row := range rows {
		named[row] = []*Attacker{}
		for _, uuid := range row.AttackerUUIDs {
			if a := known[uuid]; a != nil {
				named[row] = append(named[row], a)
			}
		}
	}
	return named, nil
}

// AttackerSharedCredentials lists the shared credentials that name each attacker, by its uuid or its address, seen last
// first.
func (s *Store) AttackerSharedCredentials(o ListOptions) List[SharedCredential] {
	return listOf(s, sharedCredentials, s.namedIn(KindAttacker, Resolved), o)
}

// IdentitySharedCredentials lists the shared credentials that name an attacker of each identity.
func (s *Store) IdentitySharedCredentials(m Membership, o ListOptions) List[SharedCredential] {
	return listOf(s, sharedCredentials, s.namedIn(KindIdentity, m), o)
}

// namedIn is the relation of attackers or identities to the shared credentials that name one of their attackers. DECNET keeps
// these names as lists in JSON; our own tables have them one by one as well. The names have no character that JSON escapes.
func (s *Store) namedIn(kind Kind, m Membership) relation {
	d := s.dialect
	from, owner, with := "requested"+d.join("attackers a", "a.uuid", "requested.k"), "requested.owner", ""
	if kind == KindIdentity {
		with, owner, from = d.members(kind, m), "m.owner", "members m"+d.join("attackers a", "a.identity_id", "m.uuid")
	}
	parties := "parties(owner, party) AS (SELECT " + owner + ", a.uuid FROM " + from + " UNION SELECT " + owner + ", a.ip FROM " + from + ")"
	finding := "SELECT DISTINCT p.owner, c.reuse_id FROM parties p" + d.join("credential_reuse_party c", "c.party", "p.party")
	if !s.facts().parties {
		name := "CONCAT('\"', p.party, '\"')"
		finding = "SELECT DISTINCT p.owner, c.id FROM parties p CROSS JOIN credential_reuse c WHERE " +
			holdsText("c.attacker_uuids", name) + " OR " + holdsText("c.attacker_ips", name)
	}
	return relation{
		with: expressions(with, parties, "findings(owner, id) AS ("+finding+")"),
		arms: []arm{{owner: "n.owner", from: "findings n", steps: []step{{"credential_reuse t", "t.id", "n.id"}}}},
	}
}

// SharedSecrets finds the secrets that shared credentials are about, which only rows of table credentials have. A secret
// without one is left out.
func (s *Store) SharedSecrets(ctx context.Context, keys []SecretKey) (map[SecretKey]*CredentialSecret, error) {
	hashes, found := make([]string, len(keys)), make(map[SecretKey]*CredentialSecret, len(keys))
	for i, key := range keys {
		hashes[i], found[key] = key.SHA256, nil
	}
	q, err := s.keyed(hashes, "")
	if err != nil {
		return nil, err
	}
	d := s.dialect
	q.add("SELECT requested.owner, MIN(c.secret_kind), MIN(c.principal_key), MIN(c.secret_b64), MIN(c.secret_printable) FROM requested" +
		d.lastJoin("credentials c", "c.secret_sha256", "requested.k") +
		" GROUP BY requested.owner, " + d.GroupKey("c.secret_kind") + ", " + d.GroupKey("c.principal_key"))
	var key SecretKey
	var secret CredentialSecret
	dest := []scanner{
		{Into: text(&key.SHA256)},
		{Into: text(&key.Kind)},
		{Into: text(&key.Principal)},
		{Into: optionalText(&secret.Base64)},
		{Into: optionalText(&secret.Printable)},
	}
	err = s.scanRows(ctx, q, dest, func() error {
		if _, wanted := found[key]; wanted {
			kept := secret
			found[key] = &kept
		}
		return nil
	})
	return found, err
}
