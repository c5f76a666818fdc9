package storage_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// keepFilterValues lets the triggers on the values that filters look rows up by fire where PostgreSQL checks no links.
const keepFilterValues = `DO $$ DECLARE r record; BEGIN
	FOR r IN SELECT tgrelid::regclass AS t, tgname FROM pg_trigger WHERE tgname LIKE 'filter_value_%' AND tgenabled = 'O' LOOP
		EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', r.t, r.tgname);
	END LOOP;
END $$`

// mostly repeats a text until it has a length.
func mostly(text string, length int) string { return strings.Repeat(text, length)[:length] }

// listsWritten are what programs may write into a column with a list, and heldTexts are what filters may ask for.
var (
	listsWritten = []string{
		`[]`, ``, ` `, `null`, `"ssh"`, `ssh`, `{"a": "ssh"}`, `["ssh", "http"]`, `["ssh","ssh"]`, ` [ "ssh" ] `, `["ssh"`, `["ssh",]`, `[ssh]`,
		`[1, 1.50, -0, 1e2, true, false, null]`, `["1", "true", "null", ""]`, `["x", ["ssh"], {"ssh": "ssh"}]`,
		`["é", "E", "\u00e9", "e\u0301"]`, `["a ", " a", "a", "A", "a\t"]`, `["\ud83d\udd11"]`, `["🔑"]`, `["\ud800", "x"]`, `["\u0000x", "x"]`,
		`["x\"y\\\\", "x/y", "x\/y"]`, `["` + mostly("m", 79) + `"]`, `["` + mostly("m", 80) + `"]`, `["` + mostly("m", 81) + `", "x"]`,
		`["` + mostly("m", 3000) + `"]`, `["` + mostly("é", 2*39) + `x"]`, `["` + mostly("é", 2*45) + `"]`,
	}
	heldTexts = []string{
		"ssh", "http", "1", "1.50", "1.5", "-0", "0", "1e2", "100", "true", "false", "null", "", "x", "é", "E", "e", "e\u0301", "a", "a ", " a", "A", "a\t",
		"🔑", `x"y\\`, "x/y", "\x00x", "ssh\xff", "[]", `["ssh", "http"]`, mostly("m", 79), mostly("m", 80), mostly("m", 81), mostly("m", 82), mostly("m", 3000),
		mostly("é", 2*39) + "x", mostly("é", 2*45), mostly("é", 2*40),
	}
	addressesWritten = []string{
		"198.51.100.7", "::ffff:198.51.100.7", "::FFFF:c633:6407", "0:0:0:0:0:ffff:198.51.100.7", "0:0:0:0:0:FFFF:C633:6407", "2001:db8::1", "2001:DB8:0:0:0:0:0:1",
		"2001:0db8::0001", "2001:db8:0:0::0:1", "::", "::1", "1::", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", "fe80::1%eth0", "fe80::1", "::1.2.3.4",
		"64:ff9b::198.51.100.7", "0.0.0.0", "255.255.255.255", "01.2.3.4", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1e1.2.3.4", "::ffff:01.2.3.4", ":::", "1::2::3", "1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9", ":1:2:3:4:5:6:7", "12345::", "g::1", "no address", "", " 198.51.100.7", "198.51.100.7 ", "198.51.100.7/32", "::ffff:1.2.3.4.5", "::ffff:::1.2.3.4",
	}
	lookedUpBlocks = []string{
		"198.51.100.7/32", "198.51.100.0/24", "0.0.0.0/0", "::/0", "::/128", "2001:db8::1/128", "2001:db8::/32", "fe80::/10", "1.2.3.0/24", "10.2.3.4/32",
		"::ffff:198.51.100.7/128", "::ffff:0:0/96", "64:ff9b::/96", "::1.2.3.4/128", "1::/16", "203.0.113.9/32",
	}
)

// valuesGraph has three rows in each table with values by which filters look rows up. Nothing refers to the last one.
func valuesGraph() storagetest.Graph {
	g := storagetest.Crowd(60)
	g.Campaigns = append(g.Campaigns, g.Campaigns[0], g.Campaigns[0])[:3]
	g.Identities, g.Attackers, g.Tags = append(g.Identities, g.Identities[0], g.Identities[0])[:3], g.Attackers[:3], nil
	g.Tokens = []storage.CanaryToken{{UUID: "k0", Kind: "http", State: "planted"}}
	for n := range 3 {
		g.Campaigns[n].UUID, g.Identities[n].UUID, g.Attackers[n].UUID = fmt.Sprintf("c%d", n), fmt.Sprintf("i%d", n), fmt.Sprintf("a%d", n)
		g.Campaigns[n].MergedIntoUUID, g.Identities[n].MergedIntoUUID, g.Attackers[n].IdentityUUID = nil, nil, nil
		g.Behaviors = append(g.Behaviors, storage.AttackerBehavior{AttackerUUID: fmt.Sprintf("a%d", n)})
		g.Intel = append(g.Intel, storagetest.Intel{AttackerIntel: storage.AttackerIntel{UUID: fmt.Sprintf("n%d", n), AttackerUUID: fmt.Sprintf("a%d", n)}, Reports: storage.IntelReports{
			Greynoise: storage.JSON(`{}`), Abuseipdb: storage.JSON(`{}`), Feodo: storage.JSON(`{}`), Threatfox: storage.JSON(`{}`),
		}})
		g.Triggers = append(g.Triggers, storage.CanaryTrigger{UUID: fmt.Sprintf("h%d", n), TokenUUID: "k0", SrcIP: "203.0.113.9"})
	}
	return g
}

// write runs a statement as any program may, and reports whether the database took it.
func (b summing) write(r *rapid.T, text string) {
	if _, err := b.db.ExecContext(b.Context(), text); err != nil {
		require.Regexp(r, "(?i)foreign key|unique|duplicate", err.Error(), text)
	}
}

// literal writes a text as SQL.
func (b summing) literal(text string) string {
	text = strings.ReplaceAll(text, "'", "''")
	if b.mysql {
		text = strings.ReplaceAll(text, `\`, `\\`)
	}
	return "'" + text + "'"
}

// changeValues changes rows of the tables with values by which filters look rows up.
func (b summing) changeValues(r *rapid.T, engine string, columns []storage.ValueColumn) {
	c := rapid.SampledFrom(columns).Draw(r, "column")
	var row string
	require.NoError(r, b.db.QueryRowContext(b.Context(), "SELECT COALESCE(MIN("+c.Key+"), '') FROM "+c.Table+" WHERE "+c.Key+" >= "+
		b.literal(rapid.SampledFrom([]string{"", "a1", "c1", "i1", "n2", "h2", "x"}).Draw(r, "from"))).Scan(&row))
	where := " WHERE " + c.Key + " = " + b.literal(row)
	value := b.literal(rapid.SampledFrom(listsWritten).Draw(r, "list"))
	if c.Addresses {
		value = b.literal(rapid.SampledFrom(addressesWritten).Draw(r, "address"))
	}
	switch rapid.IntRange(0, 11).Draw(r, "change") {
	case 0:
		b.write(r, "UPDATE "+c.Table+" SET "+c.Column+" = "+value) // all rows
	case 1:
		b.write(r, "DELETE FROM "+c.Table+where)
	case 2:
		b.write(r, "INSERT INTO "+c.Table+" SELECT * FROM kept_"+c.Table+" WHERE "+c.Key+" NOT IN (SELECT "+c.Key+" FROM "+c.Table+")")
	case 3:
		b.write(r, "UPDATE "+c.Table+" SET "+c.Key+" = "+b.literal(rapid.SampledFrom([]string{"a1", "x", "X", "i1", "c2"}).Draw(r, "key"))+where)
	case 4:
		switch engine {
		case "SQLite":
			b.write(r, "INSERT OR REPLACE INTO "+c.Table+" SELECT * FROM kept_"+c.Table)
			b.write(r, "UPDATE "+c.Table+" SET "+c.Column+" = "+rapid.SampledFrom([]string{"X'5b22737368225d'", "7", "1.5", "X'ff'", "CAST(X'3100' AS TEXT)", "CAST(X'5b22ff225d' AS TEXT)"}).Draw(r, "odd")+where)
		case "MariaDB":
			b.write(r, "REPLACE INTO "+c.Table+" SELECT * FROM kept_"+c.Table)
		default:
			b.write(r, "INSERT INTO "+c.Table+" SELECT * FROM kept_"+c.Table+" ON CONFLICT ("+c.Key+") DO UPDATE SET "+c.Column+" = "+value)
		}
	default:
		b.write(r, "UPDATE "+c.Table+" SET "+c.Column+" = "+value+where)
	}
}

// checkValues compares the rows that are looked up with those that conditions find in the columns themselves.
func (b summing) checkValues(r *rapid.T, columns []storage.ValueColumn) {
	for _, c := range columns {
		var conditions []func(plain bool) storage.RandomCondition
		if c.Addresses {
			for _, block := range lookedUpBlocks {
				conditions = append(conditions, func(plain bool) storage.RandomCondition { return c.Within(plain, netip.MustParsePrefix(block)) })
			}
		} else {
			for _, text := range heldTexts {
				conditions = append(conditions, func(plain bool) storage.RandomCondition { return c.Holding(plain, text) })
			}
			conditions = append(conditions, func(plain bool) storage.RandomCondition { return c.Holding(plain, heldTexts...) },
				func(plain bool) storage.RandomCondition { return c.Holding(plain) })
		}
		for n, condition := range conditions {
			want, err := b.store.KeysWhere(b.Context(), c, condition(true))
			require.NoError(r, err)
			found, err := b.store.KeysWhere(b.Context(), c, condition(false))
			require.NoError(r, err)
			require.Equal(r, want, found, "%s.%s, condition %d", c.Table, c.Column, n)
			found, err = b.store.KeysWhere(b.Context(), c, storage.Not(storage.Not(condition(false))))
			require.NoError(r, err)
			require.Equal(r, want, found, "%s.%s, condition %d, negated twice", c.Table, c.Column, n)
		}
	}
}

// checkOwners finds values of rows that are not there.
func (b summing) checkOwners(r *rapid.T, columns []storage.ValueColumn) {
	var known []string
	for _, c := range columns {
		known = append(known, fmt.Sprint(c.Number))
		var without int
		require.NoError(r, b.db.QueryRowContext(b.Context(), fmt.Sprintf("SELECT COUNT(*) FROM filter_value WHERE field = %d AND owner NOT IN (SELECT %s FROM %s)", c.Number, c.Key, c.Table)).Scan(&without))
		require.Zero(r, without, "values of rows of %s that are not there", c.Table)
	}
	var unknown int
	require.NoError(r, b.db.QueryRowContext(b.Context(), "SELECT COUNT(*) FROM filter_value WHERE field NOT IN ("+strings.Join(known, ", ")+")").Scan(&unknown))
	require.Zero(r, unknown)
}

func TestFilterValuesEqualTheRowsAfterAnyWrite(t *testing.T) {
	t.Parallel()
	onceWithoutDetector(t)
	columns := storage.ValueColumns()
	require.Len(t, columns, 19)
	numbers := map[int]bool{}
	for _, c := range columns {
		numbers[c.Number] = true
	}
	require.Len(t, numbers, len(columns), "each has a number of its own")
	for _, b := range ownBackends() {
		engine, _, _ := strings.Cut(b.name, ",")
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := newSumming(t, b)
			s.fillValues(b)
			var tables []string
			for _, c := range columns {
				if !slices.Contains(tables, c.Table) {
					tables = append(tables, c.Table)
					execute(t, s.db, "CREATE TABLE kept_"+c.Table+" AS SELECT * FROM "+c.Table)
				}
			}
			const enough = 6 // each asks for every value after every step
			passed := 0
			rapid.Check(t, func(r *rapid.T) {
				if passed++; passed > enough {
					return
				}
				defer func() {
					if r.Failed() { // so that it can be made smaller
						passed = 0
					}
				}()
				for range rapid.IntRange(8, 25).Draw(r, "steps") {
					s.changeValues(r, engine, columns)
				}
				s.checkValues(r, columns)
				s.checkOwners(r, columns)
			})
		})
	}
}

// fillValues writes the rows of valuesGraph below the store.
func (b summing) fillValues(of backend) {
	of.fill(b.T, b.source, valuesGraph())
}
