package storage

import (
	"strconv"

	"decnetgraph/storage/engine"
)

// TagFacet is what tags can be counted by.
type TagFacet string

// What tags can be counted by. A sub-technique counts for itself under TECHNIQUE, and for its parent under
// PARENT_TECHNIQUE. Country and the like are those of the tag's attacker.
const (
	TagsByTechnique     TagFacet = "TECHNIQUE"
	TagsByParent        TagFacet = "PARENT_TECHNIQUE"
	TagsByTactic        TagFacet = "TACTIC"
	TagsByRule          TagFacet = "RULE"
	TagsByDecky         TagFacet = "DECKY"
	TagsBySourceKind    TagFacet = "SOURCE_KIND"
	TagsByAttackRelease TagFacet = "ATTACK_RELEASE"
	TagsByCountry       TagFacet = "COUNTRY"
	TagsByASN           TagFacet = "ASN"
	TagsByASName        TagFacet = "AS_NAME"
)

// AttackerFacet is what attackers can be counted by.
type AttackerFacet string

// What attackers can be counted by.
const (
	AttackersByCountry    AttackerFacet = "COUNTRY"
	AttackersByASN        AttackerFacet = "ASN"
	AttackersByASName     AttackerFacet = "AS_NAME"
	AttackersByPrefix     AttackerFacet = "BGP_PREFIX"
	AttackersByRPKIStatus AttackerFacet = "RPKI_STATUS"
	AttackersByService    AttackerFacet = "SERVICE"
	AttackersByDecky      AttackerFacet = "DECKY"
	AttackersByIdentity   AttackerFacet = "IDENTITY"
)

// IdentityFacet is what identities can be counted by.
type IdentityFacet string

// What identities can be counted by.
const (
	IdentitiesByCampaign   IdentityFacet = "CAMPAIGN"
	IdentitiesByJA3        IdentityFacet = "JA3"
	IdentitiesByHASSH      IdentityFacet = "HASSH"
	IdentitiesByJA4H       IdentityFacet = "JA4H"
	IdentitiesByTLSCert    IdentityFacet = "TLS_CERT"
	IdentitiesByC2Endpoint IdentityFacet = "C2_ENDPOINT"
)

// facets has what the rows of each table can be counted by.
var facets = map[string]map[string]facet{
	"ttp_tag": {
		string(TagsByTechnique):     {sql: "COALESCE(NULLIF(t.sub_technique_id, ''), t.technique_id)", summed: true},
		string(TagsByParent):        {sql: "t.technique_id", summed: true},
		string(TagsByTactic):        {sql: "t.tactic", summed: true},
		string(TagsByRule):          {sql: "t.rule_id"},
		string(TagsByDecky):         {sql: "t.decky_id"},
		string(TagsBySourceKind):    {sql: "t.source_kind"},
		string(TagsByAttackRelease): {sql: "t.attack_release"},
		string(TagsByCountry):       {sql: "country_code", attacker: true},
		string(TagsByASN):           {sql: "asn", attacker: true, number: true},
		string(TagsByASName):        {sql: "as_name", attacker: true},
	},
	"attackers": {
		string(AttackersByCountry):    {sql: "t.country_code"},
		string(AttackersByASN):        {sql: "t.asn", number: true},
		string(AttackersByASName):     {sql: "t.as_name"},
		string(AttackersByPrefix):     {sql: "t.bgp_prefix"},
		string(AttackersByRPKIStatus): {sql: "t.rpki_status"},
		string(AttackersByService):    {sql: "t.services", list: true},
		string(AttackersByDecky):      {sql: "t.deckies", list: true},
		string(AttackersByIdentity):   {sql: "t.identity_id"},
	},
	"attacker_identities": {
		string(IdentitiesByCampaign):   {sql: "t.campaign_id"},
		string(IdentitiesByJA3):        {sql: "t.ja3_hashes", list: true},
		string(IdentitiesByHASSH):      {sql: "t.hassh_hashes", list: true},
		string(IdentitiesByJA4H):       {sql: "t.ja4h_hashes", list: true},
		string(IdentitiesByTLSCert):    {sql: "t.tls_cert_sha256", list: true},
		string(IdentitiesByC2Endpoint): {sql: "t.c2_endpoints", list: true},
	},
}

// facet is a value that rows of a table, with the alias t, are counted by.
type facet struct {
	sql      string // the value
	attacker bool   // whether sql is a column of the tag's attacker, with the alias of
	number   bool   // whether the value is a number
	list     bool   // whether the value is a JSON list of texts, for each of which the row counts
	summed   bool   // whether sums by day and technique have the value, too
}

// columns are the columns of a row that group and join need.
func (f facet) columns(alias string) string {
	if f.attacker {
		return "t.attacker_uuid AS " + alias
	}
	return f.sql + " AS " + alias
}

// join is the join of the attackers of rows c, which group needs for some facets.
func (f facet) join(alias string, d dialect) string {
	if !f.attacker {
		return ""
	}
	return " LEFT JOIN attackers " + f.alias(alias) + " ON " + d.Equal(f.alias(alias)+".uuid", "c."+alias)
}

// alias names the attackers that are joined for a column.
func (f facet) alias(column string) string { return "of_" + column }

// group is the expression that rows c are grouped by.
func (f facet) group(alias string, d dialect) string {
	value := "c." + alias
	if f.attacker {
		value = f.alias(alias) + "." + f.sql
	}
	if f.number {
		return value
	}
	return d.GroupKey(value)
}

// facetValue takes a value that rows are grouped by, a number as its digits.
func facetValue(target **string) cell {
	return cellFunc(func(v *value) bool {
		if *target = nil; v.IsNull() {
			return true
		}
		content, ok := v.Text()
		if v.Kind() == engine.Integer {
			content, ok = strconv.FormatInt(v.Int(), 10), true
		}
		*target = &content
		return ok
	})
}
