package transfer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage/engine/dsn"
)

// bad makes a row of a table that differs in some columns from the one that oneRowEach makes.
func bad(t *testing.T, name, changes string) string {
	t.Helper()
	tables, err := schema()
	require.NoError(t, err)
	given := map[string]string{}
	for one := range strings.SplitSeq(changes, "; ") {
		column, value, _ := strings.Cut(one, "=")
		given[column] = value
	}
	for _, one := range tables {
		if one.name != name {
			continue
		}
		var values []string
		for _, c := range one.columns {
			value, has := given[c.name]
			if !has {
				value = `"` + c.name + `"`
			}
			values = append(values, value)
		}
		return "INSERT INTO " + name + " SELECT " + strings.Join(values, ", ") + " FROM (SELECT * FROM " + name + " LIMIT 1)"
	}
	t.Fatal(name)
	return ""
}

func TestRowsThatDoNotFitAreSkippedWithTheReason(t *testing.T) {
	t.Parallel()
	const all, servers, mysql, postgres = "sqlite mysql postgres", "mysql postgres", "mysql", "postgres"
	type flaw struct{ table, changes, column, reason, on string } // without changes: what another engine says of the row before
	flaws := []flaw{
		{"campaigns", "uuid='c1'; identity_count='many'", "identity_count", reasonNotWhole, all},
		{"campaigns", "uuid='c2'; identity_count=1.5", "identity_count", reasonNotWhole, all},
		{"campaigns", "uuid='c3'; schema_version=2147483648", "schema_version", "out of the range of 32 bits", servers},
		{"campaigns", "uuid='c4'; confidence='high'", "confidence", reasonNotNumber, all},
		{"campaigns", "uuid='c5'; confidence=9e999", "confidence", reasonInfinite, mysql},
		{"campaigns", "uuid='c6'; created_at='soon'", "created_at", reasonNotTime, all},
		{"campaigns", "uuid='c7'; created_at=1777620157", "created_at", reasonNotTime, all},
		{"campaigns", "uuid='c8'; created_at='0999-01-01 00:00:00'", "created_at", "before the year 1000", mysql},
		{"campaigns", "uuid='c9'; notes='a' || char(0) || 'b'", "notes", "zero byte", postgres},
		{"campaigns", "uuid='c10'; notes=CAST(x'ff' AS TEXT)", "notes", "UTF-8", servers},
		{"campaigns", "uuid='c11'; notes=x'616263'", "notes", reasonNotText, all},
		{"campaigns", "uuid=CAST(x'fffe' AS TEXT)", "uuid", "UTF-8", servers},
		{"campaigns", "uuid=hex(zeroblob(200))", "uuid", "255 characters", mysql},
		{"campaigns", "uuid=hex(zeroblob(2000))", "uuid", "the primary key", postgres},
		{"campaigns", "", "uuid", "255 characters", mysql},
		{"attackers", "uuid='a1'; is_traversal=2", "is_traversal", reasonNotTruth, all},
		{"attackers", "uuid='a2'; ip=hex(zeroblob(2000))", "ip", "index ix_attackers_ip", postgres},
		{"attackers", "", "ip", "255 characters", mysql},
		{"attackers", "uuid='a3'; commands=hex(zeroblob(9000000))", "commands", "that the server takes at once", mysql},
		{"attacker_identities", "uuid='i1'; kd_digraph_simhash='12345678'", "kd_digraph_simhash", reasonNotBytes, all},
		{"attacker_identities", "uuid='i2'; kd_digraph_simhash=zeroblob(256)", "kd_digraph_simhash", "255 bytes", mysql},
		{"ttp_tag", "uuid='t1'; attacker_uuid='nobody'", "attacker_uuid", "no row of attackers", all},
		{"ttp_tag", "uuid='t2'; attacker_uuid='a1'", "attacker_uuid", "no row of attackers", all}, // its attacker is skipped
		{"ttp_tag", "uuid='t3'; identity_uuid='nobody'", "identity_uuid", "no row of attacker_identities", all},
		{"ttp_tag", "uuid='t4'; evidence=x'00'", "evidence", reasonNotText, all},
		{"observations", "id='o1'; attacker_uuid='nobody'; primitive='x'", "attacker_uuid", "no row of attackers", all},
		{"observations", "id='o2'; evidence_ref='k'", "evidence_ref", "must be unique", all},
		{"observations", "id='o3'; value=9e999; primitive='y'", "value", reasonInfinite, all},
		{"users", "uuid='u1'", "username", "same username", all},
		{"users", "uuid='u2'", "username", "same username", all},
		{"canary_tokens", "uuid='ct'", "callback_token", "same callback_token", all},
		{"canary_triggers", "uuid='tr'; token_uuid='ct'", "token_uuid", "no row of canary_tokens", all}, // its token is skipped
		{"state", "key='k '", "key", "takes for that of another row", mysql},
	}
	// Those that the constraints of DECNET keep out of a sound source.
	unsound := []flaw{
		{"ttp_tag", "uuid='t5'; confidence=1.5", "confidence", "ttp_tag_confidence_range", all},
		{"ttp_tag", "uuid='t6'; attacker_uuid=NULL; identity_uuid=NULL", "uuid", "ttp_tag_has_anchor", all},
	}
	statements := oneRowEach(t)
	rows := 39 + len(unsound)
	for _, f := range flaws {
		if f.changes != "" {
			statements = append(statements, bad(t, f.table, f.changes))
			rows++
		}
	}
	statements = append(statements, "PRAGMA ignore_check_constraints = ON")
	for _, f := range unsound {
		statements = append(statements, bad(t, f.table, f.changes))
	}
	flaws = append(flaws, unsound...)
	from := sourceFile(t, statements...)
	for _, migrated := range []bool{false, true} {
		t.Run(fmt.Sprintf("indexes stand before: %t", migrated), func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, to string) {
				t.Helper()
				if migrated {
					_, err := Migrate(t.Context(), parsed(t, to))
					require.NoError(t, err)
				}
				var list bytes.Buffer
				report := imported(t, from, to, func(o *Options) { o.Skipped = &list })
				form := parsed(t, to).Form
				var want, got []string
				for _, f := range flaws {
					if strings.Contains(f.on, form.Name) {
						want = append(want, f.table+"."+f.column+" "+f.reason)
					}
				}
				for decoder := json.NewDecoder(&list); decoder.More(); {
					var s Skip
					require.NoError(t, decoder.Decode(&s))
					got = append(got, s.Table+"."+s.Column+" "+s.Reason)
				}
				for _, one := range want {
					column, reason, _ := strings.Cut(one, " ")
					at := -1
					for i, skip := range got {
						if strings.HasPrefix(skip, column+" ") && strings.Contains(skip, reason) {
							at = i
							break
						}
					}
					require.GreaterOrEqual(t, at, 0, "%s is not among %q", one, got)
					got = append(got[:at], got[at+1:]...)
				}
				require.Empty(t, got, "rows that are well are not skipped")
				total := report.Total()
				require.EqualValues(t, len(want), total.Skipped)
				require.EqualValues(t, rows, total.Read)
				require.Equal(t, total.Read, total.Written+total.Skipped)
				for _, one := range report.Tables {
					require.LessOrEqual(t, len(one.First), firstRows)
					if one.Skipped > 0 {
						require.NotEmpty(t, one.Reasons)
					}
				}
				again := imported(t, from, to)
				require.Equal(t, Counts{Read: total.Read, There: total.Written, Skipped: total.Skipped}, again.Total())
				if form == dsn.SQLite {
					require.Zero(t, number(t, to, "SELECT COUNT(*) FROM pragma_foreign_key_check"))
				}
			})
		})
	}
}
