package storage

import (
	"crypto/sha1" //nolint:gosec // version 5 uuids are SHA-1 hashes; nothing secret depends on it
	"encoding/hex"
	"strconv"
	"strings"
)

// tagNamespace is the namespace 1ca31f08-5522-5aae-8371-fe81f0e39de3. DECNET derives it from the URL namespace and the
// name decnet:ttp_tag:v1.
var tagNamespace = [16]byte{0x1c, 0xa3, 0x1f, 0x08, 0x55, 0x22, 0x5a, 0xae, 0x83, 0x71, 0xfe, 0x81, 0xf0, 0xe3, 0x9d, 0xe3}

// TagUUID returns the key of a tag, computed as DECNET does from its source, its rule and its technique: the same
// finding has the same key, whichever program writes it. A nil sub-technique counts as empty text.
func TagUUID(sourceKind, sourceID, ruleID string, ruleVersion int, technique string, subTechnique *string) string {
	var sub string
	if subTechnique != nil {
		sub = *subTechnique
	}
	name := strings.Join([]string{sourceKind, sourceID, ruleID, strconv.Itoa(ruleVersion), technique, sub}, "|") // DECNET escapes nothing
	sum := sha1.Sum(append(tagNamespace[:], name...))                                                            //nolint:gosec // see above
	raw := versioned([16]byte(sum[:16]), 5)
	digits := hex.EncodeToString(raw[:])
	return digits[:8] + "-" + digits[8:12] + "-" + digits[12:16] + "-" + digits[16:20] + "-" + digits[20:]
}

// versioned sets the version and the variant of a uuid.
func versioned(raw [16]byte, version byte) [16]byte {
	raw[6] = raw[6]&0x0f | version<<4
	raw[8] = raw[8]&0x3f | 0x80
	return raw
}
