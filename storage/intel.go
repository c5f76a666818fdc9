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
	{"uuid", func(i *AttackerIntel) cell { return text(&i.UUID) }, "", use{}},
	{"attacker_uuid", func(i *AttackerIntel) cell { return text(&i.AttackerUUID) }, "", use{}},
	{"attacker_ip", func(i *AttackerIntel) cell { return text(&i.AttackerIP) }, "AttackerIP", use{}},
	{"schema_version", func(i *AttackerIntel) cell { return whole(&i.SchemaVersion) }, "SchemaVersion", use{}},
	{"aggregate_verdict", func(i *AttackerIntel) cell { return optionalText(&i.AggregateVerdict) }, "AggregateVerdict", use{kind: textValues, filter: "AggregateVerdict", open: true, index: "ix_attacker_intel_aggregate_verdict"}},
	{"cached_at", func(i *AttackerIntel) cell { return instant(&i.CachedAt) }, "CachedAt", use{kind: instantValues, filter: "CachedAt", index: noIndex}},
	{"expires_at", func(i *AttackerIntel) cell { return instant(&i.ExpiresAt) }, "ExpiresAt", use{kind: instantValues, filter: "ExpiresAt", index: noIndex}},
	{"greynoise_classification", func(i *AttackerIntel) cell { return optionalText(&i.GreynoiseClassification) }, "GreynoiseClassification", use{kind: textValues, filter: "GreynoiseClassification", open: true, index: noIndex}},
	{"greynoise_name", func(i *AttackerIntel) cell { return optionalText(&i.GreynoiseName) }, "GreynoiseName", use{kind: textValues, filter: "GreynoiseName", open: true, index: noIndex}},
	{"greynoise_tags", func(i *AttackerIntel) cell { return texts(&i.GreynoiseTags) }, "GreynoiseTags", use{kind: textValues, filter: "GreynoiseTags", open: true, index: noIndex}},
	{"greynoise_queried_at", func(i *AttackerIntel) cell { return optional(instant, &i.GreynoiseQueriedAt) }, "GreynoiseQueriedAt", use{kind: instantValues}},
	{"abuseipdb_score", func(i *AttackerIntel) cell { return optional(whole, &i.AbuseipdbScore) }, "AbuseipdbScore", use{kind: wholeValues, filter: "AbuseipdbScore", index: noIndex}},
	{"abuseipdb_categories", func(i *AttackerIntel) cell { return wholes(&i.AbuseipdbCategories) }, "AbuseipdbCategories", use{}},
	{"abuseipdb_queried_at", func(i *AttackerIntel) cell { return optional(instant, &i.AbuseipdbQueriedAt) }, "AbuseipdbQueriedAt", use{kind: instantValues}},
	{"feodo_listed", func(i *AttackerIntel) cell { return optional(flag, &i.FeodoListed) }, "FeodoListed", use{kind: truthValues, filter: "FeodoListed", index: noIndex}},
	{"feodo_malware_family", func(i *AttackerIntel) cell { return optionalText(&i.FeodoMalwareFamily) }, "FeodoMalwareFamily", use{kind: textValues, filter: "FeodoMalwareFamily", open: true, index: noIndex}},
	{"feodo_queried_at", func(i *AttackerIntel) cell { return optional(instant, &i.FeodoQueriedAt) }, "FeodoQueriedAt", use{kind: instantValues}},
	{"threatfox_listed", func(i *AttackerIntel) cell { return optional(flag, &i.ThreatfoxListed) }, "ThreatfoxListed", use{kind: truthValues, filter: "ThreatfoxListed", index: noIndex}},
	{"threatfox_threat_types", func(i *AttackerIntel) cell { return texts(&i.ThreatfoxThreatTypes) }, "ThreatfoxThreatTypes", use{kind: textValues, filter: "ThreatfoxThreatTypes", open: true, index: noIndex}},
	{"threatfox_ioc_types", func(i *AttackerIntel) cell { return texts(&i.ThreatfoxIocTypes) }, "ThreatfoxIocTypes", use{kind: textValues, filter: "ThreatfoxIocTypes", open: true, index: noIndex}},
	{"threatfox_malware_families", func(i *AttackerIntel) cell { return texts(&i.ThreatfoxMalwareFamilies) }, "ThreatfoxMalwareFamilies", use{kind: textValues, filter: "ThreatfoxMalwareFamilies", open: true, values: intelMalwareFamiliesValues, index: filterValues}},
	{"threatfox_queried_at", func(i *AttackerIntel) cell { return optional(instant, &i.ThreatfoxQueriedAt) }, "ThreatfoxQueriedAt", use{kind: instantValues}},
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
	{"uuid", func(r *IntelReports) cell { return text(&r.UUID) }, "", use{}},
	{"greynoise_raw", func(r *IntelReports) cell { return anyJSON(&r.Greynoise) }, "Greynoise", use{}},
	{"abuseipdb_raw", func(r *IntelReports) cell { return anyJSON(&r.Abuseipdb) }, "Abuseipdb", use{}},
	{"feodo_raw", func(r *IntelReports) cell { return anyJSON(&r.Feodo) }, "Feodo", use{}},
	{"threatfox_raw", func(r *IntelReports) cell { return anyJSON(&r.Threatfox) }, "Threatfox", use{}},
}}

// IntelReports finds the providers' answers by the uuid of the intel row.
func (s *Store) IntelReports(ctx context.Context, uuids []string) (map[string]*IntelReports, error) {
	return lookup(ctx, s, intelReports, uuids)
}
