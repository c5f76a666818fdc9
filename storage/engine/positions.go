package engine

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Positions are how the servers of an engine say which changes they have. A position is a text of the server, such as an LSN
// of PostgreSQL or the GTIDs of MariaDB.
type Positions struct {
	// Written selects the primary's position after a commit. It is empty if the server keeps none.
	Written string
	// Applied selects the position of a replica: it has all changes up to there.
	Applied string
	// Here selects the position of a server that may be a replica or the primary: allChanges if no other server can be ahead,
	// otherwise what Applied selects.
	Here string
	// Valid reports whether a text is a position. Others never reach Reached.
	Valid func(position string) bool
	// Reached reports whether a server at a position has all changes up to another one.
	Reached func(at, wanted string) bool
}

const (
	// unknownPosition stands for the position of a write if the primary could not be asked, or keeps no positions. No replica
	// reaches it.
	unknownPosition = "?"
	// allChanges is the position of a server that has all changes there are.
	allChanges = "*"
	// maxPosition is the most bytes of a position in a token. A server whose position is longer has many GTIDs.
	maxPosition = 600
)

// reached reports whether a server at a position has all changes up to some others.
func (p *Positions) reached(at string, wanted []string) bool {
	return at == allChanges || at != "" && !slices.ContainsFunc(wanted, func(position string) bool {
		return position == unknownPosition || !p.Reached(at, position)
	})
}

// IsPosition reports whether a text is what Pools.Position returns on a database of this dialect.
func (d *Dialect) IsPosition(text string) bool {
	if d.Positions == nil || text == unknownPosition {
		return text == "" || text == unknownPosition
	}
	return len(text) <= maxPosition && d.Positions.Valid(text)
}

// postgresPositions are places in the write-ahead log. A session that commits asynchronously returns before its changes are
// written, so its position is where the next change will be inserted.
var postgresPositions = &Positions{
	Written: "SELECT CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_lsn() END::text",
	Applied: "SELECT COALESCE(pg_last_wal_replay_lsn()::text, '')",
	Here:    "SELECT CASE WHEN pg_is_in_recovery() THEN COALESCE(pg_last_wal_replay_lsn()::text, '') ELSE '" + allChanges + "' END",
	Valid:   regexp.MustCompile(`^[0-9A-F]{1,8}/[0-9A-F]{1,8}$`).MatchString,
	Reached: func(at, wanted string) bool { return lsn(at) >= lsn(wanted) },
}

// lsn returns the number of an LSN such as 16/B374D848.
func lsn(text string) uint64 {
	high, low, _ := strings.Cut(text, "/")
	first, _ := strconv.ParseUint(high, 16, 32)
	second, _ := strconv.ParseUint(low, 16, 32)
	return first<<32 | second
}

// mariaDBPositions are lists of GTIDs, one for each domain, such as 0-1-100. The position of a replica leaves out what was
// written to it directly, unless it may be the primary itself.
var mariaDBPositions = &Positions{
	Written: "SELECT @@GLOBAL.gtid_binlog_pos",
	Applied: "SELECT @@GLOBAL.gtid_slave_pos",
	Here: "SELECT CASE @@GLOBAL.gtid_slave_pos WHEN '' THEN '" + allChanges + "'" + // it has never followed another server
		" ELSE CONCAT(@@GLOBAL.gtid_slave_pos, ',', @@GLOBAL.gtid_binlog_pos) END",
	Valid: regexp.MustCompile(`^[0-9]{1,10}-[0-9]{1,10}-[0-9]{1,20}(,[0-9]{1,10}-[0-9]{1,10}-[0-9]{1,20})*$`).MatchString,
	Reached: func(at, wanted string) bool {
		has := lastOfDomains(at)
		for domain, number := range lastOfDomains(wanted) {
			if last, ok := has[domain]; !ok || last < number {
				return false
			}
		}
		return true
	},
}

// lastOfDomains returns the last sequence number of each domain in a list of MariaDB's GTIDs.
func lastOfDomains(list string) map[string]uint64 {
	last := map[string]uint64{}
	for gtid := range strings.SplitSeq(list, ",") {
		parts := strings.Split(gtid, "-")
		if len(parts) != 3 {
			continue
		}
		if number, err := strconv.ParseUint(parts[2], 10, 64); err == nil {
			last[parts[0]] = max(last[parts[0]], number)
		}
	}
	return last
}

// mysqlPositions are sets of GTIDs, such as 3E11FA47-71CA-11E1-9E33-C80AA9429562:1-100. They are empty unless gtid_mode is on.
var mysqlPositions = &Positions{
	Written: "SELECT REPLACE(@@GLOBAL.gtid_executed, '\n', '')",
	Applied: "SELECT REPLACE(@@GLOBAL.gtid_executed, '\n', '')",
	Here: "SELECT CASE WHEN @@GLOBAL.gtid_executed = '' AND NOT @@GLOBAL.read_only THEN '" + allChanges + "'" +
		" ELSE REPLACE(@@GLOBAL.gtid_executed, '\n', '') END",
	Valid: regexp.MustCompile(`^[0-9A-Fa-f-]{36}(:[0-9A-Za-z_-]{1,41})+(,[0-9A-Fa-f-]{36}(:[0-9A-Za-z_-]{1,41})+)*$`).MatchString,
	Reached: func(at, wanted string) bool {
		has := gtidSet(at)
		for source, intervals := range gtidSet(wanted) {
			for _, one := range intervals {
				if !slices.ContainsFunc(has[source], func(other gtidInterval) bool { return other.first <= one.first && one.last <= other.last }) {
					return false
				}
			}
		}
		return true
	},
}

// gtidInterval is a range of transactions, both ends included.
type gtidInterval struct{ first, last uint64 }

// gtidSet returns the intervals of each source, and of each of its tags, in a set of MySQL's GTIDs. The server writes a set in
// its shortest form, in which intervals do not touch.
func gtidSet(text string) map[string][]gtidInterval {
	set := map[string][]gtidInterval{}
	for part := range strings.SplitSeq(text, ",") {
		source, rest, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), ":")
		key := source
		for one := range strings.SplitSeq(rest, ":") {
			low, high, isRange := strings.Cut(one, "-")
			first, err := strconv.ParseUint(low, 10, 64)
			if err != nil { // a tag, to which the following intervals belong
				key = source + ":" + one
				continue
			}
			last := first
			if isRange {
				last, _ = strconv.ParseUint(high, 10, 64)
			}
			set[key] = append(set[key], gtidInterval{first, last})
		}
	}
	return set
}
