package resolvers_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/vektah/gqlparser/v2/ast"
)

// attackerControlled are the fields that are marked so in the schema.
var attackerControlled = []string{
	"Attachment.extensions", "Attachment.firstSubject", "Attacker.ptrRecord", "AttackerBehavior.kexOrderRaw", "AttackerBehavior.sshClientBanners",
	"AttackerCommands.entries",
	"AuditEntry.after", "AuditEntry.before", "Bounty.payload", "BountySecret.payload",
	"Campaign.c2Endpoints", "CanaryTrigger.dnsQname", "CanaryTrigger.rawHeaders",
	"CanaryTrigger.requestPath", "CanaryTrigger.srcIp", "CanaryTrigger.userAgent", "Command.command", "Credential.fields", "Credential.principal",
	"CredentialSecret.base64", "CredentialSecret.printable", "Event.fields", "Event.message", "EventSecret.fields", "EventSecret.message",
	"EventSecret.rawLine", "Fingerprint.payload", "Identity.c2Endpoints", "Identity.httpVersionsSeen", "Identity.ja4hHashes", "IntelReports.abuseipdb",
	"IntelReports.feodo", "IntelReports.greynoise", "IntelReports.threatfox", "SMTPTarget.domain", "SearchSnippet.text", "SharedCredential.principal",
	"TTPTag.evidence",
}

// TestFieldsWithTextsOfAttackersAreMarked fails for a field that loses its mark, and for a new one that is not listed here.
func TestFieldsWithTextsOfAttackersAreMarked(t *testing.T) {
	var marked []string
	ours(func(definition *ast.Definition) {
		for _, field := range definition.Fields {
			if field.Directives.ForName("attackerControlled") != nil {
				marked = append(marked, definition.Name+"."+field.Name)
			}
		}
	})
	slices.Sort(marked)
	assert.Equal(t, attackerControlled, marked)
}

// TestFieldsOfAnyShapeAreMarkedOrMadeByDECNET: a JSON value can quote what an attacker has sent, so each field that has one is
// either marked or known to hold what DECNET has computed.
func TestFieldsOfAnyShapeAreMarkedOrMadeByDECNET(t *testing.T) {
	computed := []string{"Observation.value", "ObservedValue.value", "AttributionState.currentValue"}
	ours(func(definition *ast.Definition) {
		if definition.Kind != ast.Object {
			return
		}
		for _, field := range definition.Fields {
			coordinate := definition.Name + "." + field.Name
			if field.Type.Name() == "JSON" && !slices.Contains(computed, coordinate) {
				assert.NotNil(t, field.Directives.ForName("attackerControlled"), coordinate)
			}
		}
	})
}

// TestTextsOfAttackersAreMarkedByName: a field with a name of what attackers send is marked, whatever its type is.
func TestTextsOfAttackersAreMarkedByName(t *testing.T) {
	ours(func(definition *ast.Definition) {
		for _, field := range definition.Fields {
			leaf := field.Type.Name() == "String" || field.Type.Name() == "JSON"
			if leaf && definition.Kind == ast.Object && slices.Contains([]string{
				"command", "payload", "evidence", "userAgent", "requestPath", "dnsQname", "rawHeaders", "ptrRecord", "banner", "banners", "sshClientBanners",
				"username", "password", "subject", "filename", "eventText", "rawLine", "snippet", "body",
			}, field.Name) && definition.Name+"."+field.Name != "CanaryBlob.filename" { // which operators upload
				assert.NotNil(t, field.Directives.ForName("attackerControlled"), "%s.%s", definition.Name, field.Name)
			}
		}
	})
}
