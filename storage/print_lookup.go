package storage

import (
	"errors"
	"reflect"
)

// FingerprintLookup names the fingerprint to look for. Exactly one field is set.
type FingerprintLookup struct {
	JA3, HASSH, JA4H, JA4QUIC, TLSCertSHA256, C2Endpoint *string
	PayloadSimhash, KeystrokeSimhash                     *SimHashLookup
}

// SimHashLookup is a SimHash, and the largest number of bits in which others may differ from it.
type SimHashLookup struct {
	Value  string
	Within int
}

// Print returns the fingerprint that is named, and the name of its field in the schema. It fails with ErrInvalid if nothing
// can have the fingerprint.
func (l *FingerprintLookup) Print() (field string, named Print, err error) {
	for _, text := range []struct {
		field string
		kind  PrintKind
		value *string
	}{
		{"ja3", PrintJA3, l.JA3},
		{"hassh", PrintHASSH, l.HASSH},
		{"ja4h", PrintJA4H, l.JA4H},
		{"ja4Quic", PrintJA4QUIC, l.JA4QUIC},
		{"tlsCertSha256", PrintTLSCertSHA256, l.TLSCertSHA256},
		{"c2Endpoint", PrintC2Endpoint, l.C2Endpoint},
	} {
		if text.value != nil {
			field, named = text.field, Print{Kind: text.kind, Value: *text.value}
		}
	}
	switch {
	case l.PayloadSimhash != nil:
		field, named = "payloadSimhash", Print{PrintPayloadSimhash, l.PayloadSimhash.Value, l.PayloadSimhash.Within}
	case l.KeystrokeSimhash != nil:
		field, named = "keystrokeSimhash", Print{PrintKeystrokeSimhash, l.KeystrokeSimhash.Value, l.KeystrokeSimhash.Within}
	}
	if field == "" {
		return "", named, Invalid("name the fingerprint by one field")
	}
	return field, named, named.Check()
}

// mostPrints is the most fingerprints of a filter: each is looked for before the statement that has the filter.
const mostPrints = 10

// showFingerprint makes the condition that attackers show a fingerprint.
func showFingerprint(w *filterWalk, given reflect.Value) (and, error) {
	field, named, err := given.Addr().Interface().(*FingerprintLookup).Print()
	if err != nil {
		if invalid, is := errors.AsType[*Error](err); is {
			return nil, w.invalid(field, "%s", invalid.Message)
		}
		return nil, err
	}
	if w.prints++; w.prints > mostPrints {
		return nil, w.invalid("", "the filter has more than %d fingerprints; ask in several requests", mostPrints)
	}
	w.note(openValue{[]openPlace{
		{attackers.name, showsPrint{named, showsAttacker}},
		{identities.name, showsPrint{named, showsIdentity}},
		{campaigns.name, showsPrint{named, showsCampaign}},
	}, UnknownValue{named.Value, append(w.place(), field)}})
	return and{hasPrint{named}}, nil
}
