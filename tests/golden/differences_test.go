package golden_test

// goldenDifference is an answer that differs from DECNET's on purpose.
type goldenDifference struct {
	name, reason string
	folder       string // of the answers that it happens to; empty for all
}

func (d goldenDifference) on(b goldenBase) bool { return d.folder == "" || d.folder == b.folder }

// goldenDifferences are all of them. docs/compatibility.md explains each to users under the same name,
// and TestGolden fails if one of them no longer happens.
var goldenDifferences = []goldenDifference{
	// Merges and members.
	{name: "merge length", reason: "DECNET stops after reading eight rows of a merge chain and answers a merged-away row; we follow a chain to its end"},
	{name: "merge ring", reason: "DECNET answers whichever row of a ring it stops at; we answer the row asked for"},
	{name: "resolved by default", reason: "DECNET counts only literal rows, and a campaign only tags that carry an identity; we follow merges and attackers unless asked for LITERAL"},
	{name: "recorded counters", reason: "DECNET's stored counters are never updated; they are named recorded…, and the true ones are counted"},
	{name: "campaign tags", reason: "DECNET refuses to list the tags of a campaign; we list them"},
	// Lists.
	{name: "total order", reason: "DECNET leaves the order of equal sort keys open, and rollups have no order at all; our lists end in the row's key"},
	{name: "page size", reason: "DECNET's repository takes any limit; our pages have 1 to 200 items, and longer lists are read by cursor"},
	{name: "unknown owner", reason: "DECNET answers an empty list for a key that it does not know; we answer null"},
	{name: "technique numbers", reason: "DECNET answers an empty list for a text that is no technique number; we refuse it"},
	{name: "one behaviour at a time", reason: "DECNET lists the observations of all behaviours of an attacker by window; we list one behaviour, by the time of observation"},
	{name: "skipped attackers", reason: "DECNET's bulk read of commands leaves out attackers whose commands it cannot read and does not say so; ours counts them"},
	{name: "zone of since", reason: "DECNET drops the zone of the instant that a bulk read starts at; we convert it to UTC", folder: "sqlite"},
	{name: "letter case", reason: "on MySQL DECNET takes texts for equal that differ in case, accents or trailing blanks; we compare byte by byte", folder: "mysql"},
	// Values.
	{name: "times with Z", reason: "DECNET writes UTC without a zone; we write RFC 3339 with Z"},
	{name: "epochs", reason: "DECNET gives some instants as seconds since 1970; we give a DateTime to the microsecond"},
	{name: "six digits", reason: "on MySQL DECNET gets six digits of a number in a FLOAT column; we get all that its 32 bits hold", folder: "mysql"},
	{name: "time zone", reason: "DECNET reads stored UTC in the time zone of its host when it computes decky phases; we read it as UTC", folder: "sqlite"},
	{name: "decoded lists", reason: "DECNET hands the hash lists of campaigns and identities out as JSON text; we decode them"},
	{name: "null lists", reason: "DECNET answers null for a list that was never written; we answer an empty one"},
	{name: "malformed content", reason: "DECNET hands stored text that is not the JSON it should be out as it is; we leave the field empty and log it"},
	{name: "empty objects", reason: "DECNET answers {} for behaviour that was not measured; we answer null"},
	{name: "entries that are no objects", reason: "such entries of commands have no fields to serve; we leave them out"},
	{name: "entries that are no texts", reason: "in lists of texts we write numbers as texts and leave other entries out"},
	{name: "other members", reason: "members of commands, prints and behaviour that DECNET's profiler does not write have no field"},
	{name: "digits", reason: "DECNET reads the numbers in stored commands, so that -0 becomes 0 and 1e400 an infinity; in entries we keep their digits"},
	{name: "command_text", reason: "DECNET's readers take a command from command or command_text; we have one field for both"},
	{name: "raw headers", reason: "DECNET's repository gives the stored text; we decode it, and what is no object is an empty one, as in DECNET's REST answer"},
	{name: "keystroke hash", reason: "DECNET decodes its eight bytes as text and fails where that cannot be; we write 16 hexadecimal digits"},
	{name: "verdicts", reason: "attribution states are an enum; a word that is none of the five is null"},
	{name: "names", reason: "DECNET takes ATT&CK names from a bundle that must be loaded; we have a catalogue of our own"},
	{name: "row numbers", reason: "DECNET gives the row numbers of smtp targets, which mean nothing outside; we do not"},
	{name: "secrets", reason: "DECNET's repository gives a token's seed and nonce, which its REST API hides; we never read them"},
}
