package auth_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"decnetgraph/auth"
)

func TestASecretIsReadBackAndNoOtherTextIsOne(t *testing.T) {
	secret, digest := auth.NewSecret()
	assert.Len(t, secret, 52)
	assert.Equal(t, sha256.Sum256([]byte(secret)), digest)
	read, ok := auth.ParseSecret(secret)
	assert.True(t, ok)
	assert.Equal(t, digest, read)

	other, otherDigest := auth.NewSecret()
	assert.NotEqual(t, secret, other)
	assert.NotEqual(t, digest, otherDigest)

	for i := range secret { // each character, so the prefix, the random bytes and the checksum as well
		for _, by := range []string{"A", "B", "/", " ", "\n", ""} {
			if changed := secret[:i] + by + secret[i+1:]; changed != secret {
				_, ok := auth.ParseSecret(changed)
				assert.False(t, ok, changed)
			}
		}
	}
	for _, text := range []string{"", "dgt_", secret + "=", secret + "A", secret[:51], strings.ToUpper(secret), "DGT_" + secret[4:], secret[4:], secret + "\r\n"} {
		_, ok := auth.ParseSecret(text)
		assert.False(t, ok, text)
	}
}
