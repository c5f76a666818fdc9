package resolvers_test

// goldenDifference is an answer that differs from DECNET's on purpose.
type goldenDifference struct{ name, reason string }

// goldenDifferences are all of them. docs/compatibility.md explains each to users under the same name,
// and TestGolden fails if one of them no longer happens.
var goldenDifferences = []goldenDifference{
	// Merges and members.
	{"merge length", "DECNET stops after reading eight rows of a merge chain and answers a merged-away row; we follow a chain to its end"},
	{"merge ring", "DECNET answers whichever row of a ring it stops at; we answer the row asked for"},
	{"resolved by default", "DECNET counts only literal rows, and a campaign only tags that carry an identity; we follow merges and attackers unless asked for LITERAL"},
	{"recorded counters", "DECNET's stored counters are never updated; they are named recorded…, and the true ones are counted"},
	{"campaign tags", "DECNET refuses to list the tags of a campaign; we list them"},
	// Lists.
	{"total order", "DECNET leaves the order of equal sort keys open, and rollups have no order at all; our lists end in the row's key"},
	{"page size", "DECNET's repository takes any limit; our pages have 1 to 200 items, and longer lists are read by cursor"},
	{"unknown owner", "DECNET answers an empty list for a key that it does not know; we answer null"},
	{"technique numbers", "DECNET answers an empty list for a text that is no technique number; we refuse it"},
	{"one behaviour at a time", "DECNET lists the observations of all behaviours of an attacker by window; we list one behaviour, by the time of observation"},
	{"skipped attackers", "DECNET's bulk read of commands leaves out attackers whose commands it cannot read; we list them, without commands"},
	// Values.
	{"times with Z", "DECNET writes UTC without a zone; we write RFC 3339 with Z"},
	{"epochs", "DECNET gives some instants as seconds since 1970; we give a DateTime to the microsecond"},
	{"time zone", "DECNET reads stored UTC in the time zone of its host when it computes decky phases; we read it as UTC"},
	{"decoded lists", "DECNET hands the hash lists of campaigns and identities out as JSON text; we decode them"},
	{"null lists", "DECNET answers null for a list that was never written; we answer an empty one"},
	{"malformed content", "DECNET hands stored text that is not the JSON it should be out as it is; we leave the field empty and log it"},
	{"empty objects", "DECNET answers {} for behaviour that was not measured; we answer null"},
	{"entries that are no objects", "such entries of commands have no fields to serve; we leave them out"},
	{"entries that are no texts", "in lists of texts we write numbers as texts and leave other entries out"},
	{"other members", "members of commands, prints and behaviour that DECNET's profiler does not write have no field"},
	{"command_text", "DECNET's readers take a command from command or command_text; we have one field for both"},
	{"raw headers", "DECNET's repository gives the stored text; we decode it, and what is no object is an empty one, as in DECNET's REST answer"},
	{"keystroke hash", "DECNET decodes its eight bytes as text and fails where that cannot be; we write 16 hexadecimal digits"},
	{"verdicts", "attribution states are an enum; a word that is none of the five is null"},
	{"names", "DECNET takes ATT&CK names from a bundle that must be loaded; we have a catalogue of our own"},
	{"row numbers", "DECNET gives the row numbers of smtp targets, which mean nothing outside; we do not"},
	{"secrets", "DECNET's repository gives a token's seed and nonce, which its REST API hides; we never read them"},
}
