package storage

import (
	"slices"
	"time"
)

// SearchKind is the kind of object that a hit is in.
type SearchKind string

// The kinds of hits, in the order in which equal hits are listed.
const (
	SearchCampaign      SearchKind = "CAMPAIGN"
	SearchIdentity      SearchKind = "IDENTITY"
	SearchAttacker      SearchKind = "ATTACKER"
	SearchCommand       SearchKind = "COMMAND"
	SearchTechnique     SearchKind = "TECHNIQUE"
	SearchRule          SearchKind = "RULE"
	SearchDecky         SearchKind = "DECKY"
	SearchCanaryToken   SearchKind = "CANARY_TOKEN"
	SearchCanaryBlob    SearchKind = "CANARY_BLOB"
	SearchCanaryTrigger SearchKind = "CANARY_TRIGGER"
	SearchTag           SearchKind = "TTP_TAG"
	SearchSession       SearchKind = "SESSION"
)

// The kinds of references to objects that other parts of the program have.
const (
	kindRule  Kind = "Rule"
	kindDecky Kind = "Decky"
)

// searchNodes are the kinds of the references to the objects of hits.
var searchNodes = map[SearchKind]Kind{
	SearchCampaign: KindCampaign, SearchIdentity: KindIdentity, SearchAttacker: KindAttacker, SearchCommand: KindAttacker,
	SearchTechnique: KindTechnique, SearchRule: kindRule, SearchDecky: kindDecky, SearchCanaryToken: KindCanaryToken,
	SearchCanaryBlob: KindCanaryBlob, SearchCanaryTrigger: KindCanaryTrigger, SearchTag: KindTTPTag, SearchSession: KindSession,
}

// searchField is a field whose texts are searched.
type searchField struct {
	code       int // in the index of our own tables, and the order of equal hits: it must never change
	kind       SearchKind
	coordinate string // in the schema
	address    bool   // its texts are addresses, perhaps with ports
}

// searchFields are all fields, by code.
var searchFields []*searchField

func newSearchField(code int, kind SearchKind, coordinate string) *searchField {
	f := &searchField{code: code, kind: kind, coordinate: coordinate}
	searchFields = append(searchFields, f)
	return f
}

func newAddressField(code int, kind SearchKind, coordinate string) *searchField {
	f := newSearchField(code, kind, coordinate)
	f.address = true
	return f
}

var (
	campaignUUID      = newSearchField(1, SearchCampaign, "Campaign.uuid")
	campaignNotes     = newSearchField(2, SearchCampaign, "Campaign.notes")
	campaignJA3       = newSearchField(3, SearchCampaign, "Campaign.ja3Hashes")
	campaignHASSH     = newSearchField(4, SearchCampaign, "Campaign.hasshHashes")
	campaignTLS       = newSearchField(5, SearchCampaign, "Campaign.tlsCertSha256")
	campaignPayloads  = newSearchField(6, SearchCampaign, "Campaign.payloadSimhashes")
	campaignEndpoints = newAddressField(7, SearchCampaign, "Campaign.c2Endpoints")

	identityUUID       = newSearchField(11, SearchIdentity, "Identity.uuid")
	identityNotes      = newSearchField(12, SearchIdentity, "Identity.notes")
	identityJA3        = newSearchField(13, SearchIdentity, "Identity.ja3Hashes")
	identityHASSH      = newSearchField(14, SearchIdentity, "Identity.hasshHashes")
	identityJA4H       = newSearchField(15, SearchIdentity, "Identity.ja4hHashes")
	identityJA4QUIC    = newSearchField(16, SearchIdentity, "Identity.ja4QuicHashes")
	identityTLS        = newSearchField(17, SearchIdentity, "Identity.tlsCertSha256")
	identityPayloads   = newSearchField(18, SearchIdentity, "Identity.payloadSimhashes")
	identityEndpoints  = newAddressField(19, SearchIdentity, "Identity.c2Endpoints")
	identityKeystrokes = newSearchField(20, SearchIdentity, "Identity.kdDigraphSimhash")
	identityIIDs       = newSearchField(21, SearchIdentity, "Identity.ipv6LinkLocalIids")

	attackerUUID      = newSearchField(31, SearchAttacker, "Attacker.uuid")
	attackerIP        = newAddressField(32, SearchAttacker, "Attacker.ip")
	attackerPTR       = newSearchField(33, SearchAttacker, "Attacker.ptrRecord")
	attackerASName    = newSearchField(34, SearchAttacker, "Attacker.asName")
	attackerASN       = newSearchField(35, SearchAttacker, "Attacker.asn")
	attackerPrefix    = newSearchField(36, SearchAttacker, "Attacker.bgpPrefix")
	attackerPrints    = newSearchField(37, SearchAttacker, "Attacker.fingerprints")
	attackerStates    = newSearchField(38, SearchAttacker, "Attacker.fingerprintStates")
	attackerLinkLocal = newAddressField(39, SearchAttacker, "Attacker.lastIpv6LinkLocal")

	commandLine = newSearchField(41, SearchCommand, "Command.command")

	techniqueNumber = newSearchField(51, SearchTechnique, "Technique.attackId")
	techniqueName   = newSearchField(52, SearchTechnique, "Technique.name")

	ruleNumber = newSearchField(61, SearchRule, "Rule.ruleId")
	ruleName   = newSearchField(62, SearchRule, "Rule.name")

	deckyName = newSearchField(71, SearchDecky, "Decky.name")

	tokenUUID     = newSearchField(81, SearchCanaryToken, "CanaryToken.uuid")
	tokenPath     = newSearchField(82, SearchCanaryToken, "CanaryToken.placementPath")
	tokenCallback = newSearchField(83, SearchCanaryToken, "CanaryToken.callbackToken")

	blobUUID   = newSearchField(91, SearchCanaryBlob, "CanaryBlob.uuid")
	blobName   = newSearchField(92, SearchCanaryBlob, "CanaryBlob.filename")
	blobSHA256 = newSearchField(93, SearchCanaryBlob, "CanaryBlob.sha256")

	triggerUUID  = newSearchField(101, SearchCanaryTrigger, "CanaryTrigger.uuid")
	triggerIP    = newAddressField(102, SearchCanaryTrigger, "CanaryTrigger.srcIp")
	triggerAgent = newSearchField(103, SearchCanaryTrigger, "CanaryTrigger.userAgent")
	triggerPath  = newSearchField(104, SearchCanaryTrigger, "CanaryTrigger.requestPath")
	triggerQname = newSearchField(105, SearchCanaryTrigger, "CanaryTrigger.dnsQname")

	tagUUID = newSearchField(111, SearchTag, "TTPTag.uuid")

	sessionID = newSearchField(121, SearchSession, "Session.sessionId")
)

// SearchFields are the fields that hits can have, as SearchHit.Field writes them.
func SearchFields() []string {
	names := make([]string, len(searchFields))
	for i, f := range searchFields {
		names[i] = f.coordinate
	}
	return names
}

// fieldsOf returns the fields of some kinds, or of all with nil.
func fieldsOf(kinds []SearchKind) []*searchField {
	if kinds == nil {
		return searchFields
	}
	var fields []*searchField
	for _, f := range searchFields {
		if slices.Contains(kinds, f.kind) {
			fields = append(fields, f)
		}
	}
	return fields
}

// fieldByCode returns the field of a code, nil for a code that a later release may have written.
func fieldByCode(code int) *searchField {
	for _, f := range searchFields {
		if f.code == code {
			return f
		}
	}
	return nil
}

// searchText is a text that may be a hit.
type searchText struct {
	field *searchField
	key   string
	place int
	text  string
	seen  time.Time // zero if it has none
}
