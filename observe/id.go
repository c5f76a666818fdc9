package observe

import (
	"crypto/rand"
	"strings"
	"unicode/utf8"
)

// mostID is the length of the longest id of a request that is taken from a client.
const mostID = 128

// requestID is the id of a request: the one that the client, or a proxy, has given it, or a random one if that has none or
// one that could be taken for other parts of a log line.
func requestID(given string) string {
	if given == "" || len(given) > mostID || strings.ContainsFunc(given, isNotInID) {
		return rand.Text()
	}
	return given
}

// idCharacters are those of UUIDs, ULIDs, base64 and the ids of common proxies.
const idCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/+="

func isNotInID(c rune) bool { return !strings.ContainsRune(idCharacters, c) }

// cut shortens a text to a number of characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := most
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
