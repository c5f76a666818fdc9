package storage

import (
	"context"
	"time"
)

// AttackerIntel is a row of table attacker_intel without the providers' reports, which IntelReports reads.
type AttackerIntel struct {
	UUID                     string
	AttackerUUID             string
	AttackerIP               string
	SchemaVersion            int
	AggregateVerdict         *string
	CachedAt                 time.Time
	ExpiresAt                time.Time
	GreynoiseClassification  *string
	GreynoiseName            *string
	GreynoiseTags            []string
	GreynoiseQueriedAt       *time.Time
	AbuseipdbScore           *int
	AbuseipdbCategories      []int
	AbuseipdbQueriedAt       *time.Time
	FeodoListed              *bool
	FeodoMalwareFamily       *string
	FeodoQueriedAt           *time.Time
	ThreatfoxListed          *bool
	ThreatfoxThreatTypes     []string
	ThreatfoxIocTypes        []string
	ThreatfoxMalwareFamilies []string
	ThreatfoxQueriedAt       *time.Time
}

var intels = table[AttackerIntel]{name: "attacker_intel", fields: []field[AttackerIntel]{
	{"uuid", func(i *AttackerIntel) cell { return text(&i.UUID) }, ""},
	{"attacker_uuid", func(i *AttackerIntel) cell { return text(&i.AttackerUUID) }, ""},
	{"attacker_ip", func(i *AttackerIntel) cell { return text(&i.AttackerIP) }, "AttackerIP"},
	{"schema_version", func(i *AttackerIntel) cell { return whole(&i.SchemaVersion) }, "SchemaVersion"},
	{"aggregate_verdict", func(i *AttackerIntel) cell { return optionalText(&i.AggregateVerdict) }, "AggregateVerdict"},
	{"cached_at", func(i *AttackerIntel) cell { return instant(&i.CachedAt) }, "CachedAt"},
	{"expires_at", func(i *AttackerIntel) cell { return instant(&i.ExpiresAt) }, "ExpiresAt"},
	{"greynoise_classification", func(i *AttackerIntel) cell { return optionalText(&i.GreynoiseClassification) }, "GreynoiseClassification"},
	{"greynoise_name", func(i *AttackerIntel) cell { return optionalText(&i.GreynoiseName) }, "GreynoiseName"},
	{"greynoise_tags", func(i *AttackerIntel) cell { return texts(&i.GreynoiseTags) }, "GreynoiseTags"},
	{"greynoise_queried_at", func(i *AttackerIntel) cell { return optional(instant, &i.GreynoiseQueriedAt) }, "GreynoiseQueriedAt"},
	{"abuseipdb_score", func(i *AttackerIntel) cell { return optional(whole, &i.AbuseipdbScore) }, "AbuseipdbScore"},
	{"abuseipdb_categories", func(i *AttackerIntel) cell { return wholes(&i.AbuseipdbCategories) }, "AbuseipdbCategories"},
	{"abuseipdb_queried_at", func(i *AttackerIntel) cell { return optional(instant, &i.AbuseipdbQueriedAt) }, "AbuseipdbQueriedAt"},
	{"feodo_listed", func(i *AttackerIntel) cell { return optional(flag, &i.FeodoListed) }, "FeodoListed"},
	{"feodo_malware_family", func(i *AttackerIntel) cell { return optionalText(&i.FeodoMalwareFamily) }, "FeodoMalwareFamily"},
	{"feodo_queried_at", func(i *AttackerIntel) cell { return optional(instant, &i.FeodoQueriedAt) }, "FeodoQueriedAt"},
	{"threatfox_listed", func(i *AttackerIntel) cell { return optional(flag, &i.ThreatfoxListed) }, "ThreatfoxListed"},
	{"threatfox_threat_types", func(i *AttackerIntel) cell { return texts(&i.ThreatfoxThreatTypes) }, "ThreatfoxThreatTypes"},
	{"threatfox_ioc_types", func(i *AttackerIntel) cell { return texts(&i.ThreatfoxIocTypes) }, "ThreatfoxIocTypes"},
	{"threatfox_malware_families", func(i *AttackerIntel) cell { return texts(&i.ThreatfoxMalwareFamilies) }, "ThreatfoxMalwareFamilies"},
	{"threatfox_queried_at", func(i *AttackerIntel) cell { return optional(instant, &i.ThreatfoxQueriedAt) }, "ThreatfoxQueriedAt"},
}}

// Intel finds what reputation services say of each attacker.
func (s *Store) Intel(ctx context.Context, attackers []string) (map[string]*AttackerIntel, error) {
	return lookupBy(ctx, s, intels, "attacker_uuid", attackers)
}

// IntelReports are the providers' answers as they came.
type IntelReports struct {
	UUID                                   string
	Greynoise, Abuseipdb, Feodo, Threatfox JSON
}

var intelReports = table[IntelReports]{name: "attacker_intel", fields: []field[IntelReports]{
	{"uuid", func(r *IntelReports) cell { return text(&r.UUID) }, ""},
	{"greynoise_raw", func(r *IntelReports) cell { return anyJSON(&r.Greynoise) }, "Greynoise"},
	{"abuseipdb_raw", func(r *IntelReports) cell { return anyJSON(&r.Abuseipdb) }, "Abuseipdb"},
	{"feodo_raw", func(r *IntelReports) cell { return anyJSON(&r.Feodo) }, "Feodo"},
	{"threatfox_raw", func(r *IntelReports) cell { return anyJSON(&r.Threatfox) }, "Threatfox"},
}}

// IntelReports finds the providers' answers by the uuid of the intel row.
func (s *Store) IntelReports(ctx context.Context, uuids []string) (map[string]*IntelReports, error) {
	return lookup(ctx, s, intelReports, uuids)
}
