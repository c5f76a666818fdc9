package sample

import (
	"crypto/sha1" // the algorithm of version 5 uuids, not used for security
	"strconv"
)

// tagNamespace is 1ca31f08-5522-5aae-8371-fe81f0e39de3: the v5 uuid of "decnet:ttp_tag:v1" in the URL namespace.
var tagNamespace = [16]byte{0x1c, 0xa3, 0x1f, 0x08, 0x55, 0x22, 0x5a, 0xae, 0x83, 0x71, 0xfe, 0x81, 0xf0, 0xe3, 0x9d, 0xe3}

// tagUUID returns the key that DECNET gives a tag. Attacker, identity, evidence and time are not part of it, so a second
// match of the same event by the same rule is the same row.
func tagUUID(kind, source, rule string, version int, technique, sub string) string {
	name := make([]byte, 0, 160)
	name = append(name, tagNamespace[:]...)
	name = append(name, kind...)
	name = append(name, '|')
	name = append(name, source...)
	name = append(name, '|')
	name = append(name, rule...)
	name = append(name, '|')
	name = strconv.AppendInt(name, int64(version), 10)
	name = append(name, '|')
	name = append(name, technique...)
	name = append(name, '|')
	name = append(name, sub...)

	sum := sha1.Sum(name)
	sum[6] = sum[6]&0x0f | 0x50
	sum[8] = sum[8]&0x3f | 0x80
	return dashed(sum[:16])
}
