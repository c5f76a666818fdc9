package migrations

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pressly/goose/v3/database"
	"github.com/stretchr/testify/require"

	"decnetgraph/storage/engine"
)

// The indexes come after the rows, which they may find to be wrong.
func TestMigrationThatFailsIsRunAgain(t *testing.T) {
	onEach(t, func(t subject) {
		db := t.open()
		report, err := UpTo(t.Context(), db, t.engine, 1, nil)
		require.NoError(t, err)
		require.EqualValues(t, 1, report.To)
		tables := describe(t.T, db, t.engine)
		for _, one := range tables {
			require.Empty(t, one.Indexes)
		}
		add := t.adder(db)
		for _, uuid := range []string{"1", "2"} {
			require.NoError(t, add("users", map[string]any{"uuid": uuid, "username": "admin"}))
		}

		report, err = Up(t.Context(), db, t.engine, nil)
		require.ErrorContains(t, err, "migrate the database to version 2")
		require.Equal(t, Report{From: 1, To: 1}, report)
		if t.engine != engine.MySQL {
			require.Equal(t, tables, describe(t.T, db, t.engine), "all of it is taken back")
		}

		must(t.T, db, "DELETE FROM users WHERE uuid = '2'")
		report, err = Up(t.Context(), db, t.engine, nil)
		require.NoError(t, err)
		require.Equal(t, []int64{1, newest}, []int64{report.From, report.To})
	})
}

func TestMySQLRecoversAfterACrash(t *testing.T) {
	whole := empty(t, engine.MySQL)()
	_, err := Up(t.Context(), whole, engine.MySQL, nil)
	require.NoError(t, err)
	want := describe(t, whole, engine.MySQL)

	for version, name := range map[int64]string{1: "mysql/00001_tables.sql", 2: "mysql/00002_indexes.sql", 3: "mysql/00003_covering.sql", 4: "mysql/00004_rollups.sql", 6: "mysql/00006_search.sql"} {
		text, err := files.ReadFile(name)
		require.NoError(t, err)
		all := statements(string(text))
		for _, done := range map[int64][]int{1: {0, len(all) / 2}, 2: {len(all) / 2, len(all)}, 3: {len(all) / 2, len(all)}, 4: {len(all) / 2, len(all)}}[version] {
			t.Run(fmt.Sprintf("version %d, %d of %d statements", version, done, len(all)), func(t *testing.T) {
				db := empty(t, engine.MySQL)()
				before := int64(0)
				if at := slices.Index(known, version); at > 0 {
					before = known[at-1]
				}
				if version == 1 { // the crash may come between the making of this table and its first row
					store, err := database.NewStore(database.DialectMySQL, versionTable)
					require.NoError(t, err)
					require.NoError(t, store.CreateVersionTable(t.Context(), db))
				} else {
					_, err := UpTo(t.Context(), db, engine.MySQL, before, nil)
					require.NoError(t, err)
				}
				must(t, db, all[:done]...)
				report, err := Up(t.Context(), db, engine.MySQL, nil)
				require.NoError(t, err)
				require.Equal(t, []int64{before, newest}, []int64{report.From, report.To})
				require.Equal(t, want, describe(t, db, engine.MySQL))
				require.Equal(t, 1, count(t, db, "alembic_version"))
			})
		}
	}
}

func TestStatementsOfAFile(t *testing.T) {
	require.Equal(t, []string{"A\n  (b);c", "D"}, statements("-- One;\n\n-- +goose Up\n\nA\n  (b);c;\n-- Two;\nD;\n"))
	require.Equal(t, []string{"A", "B;\nC;", "D"}, statements("A;\n-- +goose StatementBegin\nB;\nC;\n-- +goose StatementEnd\nD;\n"))
	for _, version := range []string{"00001_tables.sql", "00002_indexes.sql"} {
		text, err := files.ReadFile("mysql/" + version)
		require.NoError(t, err)
		for _, statement := range statements(string(text)) {
			if strings.HasPrefix(statement, "ALTER TABLE") {
				_, first, _ := strings.Cut(statement, "\n")
				require.Regexp(t, `^ +ADD (UNIQUE )?INDEX`, first, "what tells that the statement has run already")
			}
		}
	}
}

func TestRowsThatTheSchemaTakes(t *testing.T) {
	onEach(t, func(t subject) {
		db := t.open()
		_, err := Up(t.Context(), db, t.engine, nil)
		require.NoError(t, err)
		add := t.adder(db)
		take := func(name string, given map[string]any) {
			t.Helper()
			require.NoError(t, add(name, given))
		}
		refuse := func(name string, given map[string]any) {
			t.Helper()
			require.Error(t, add(name, given))
		}

		// Numbers of DECNET's 64 bits, ids that a row brings along, and ids that it does not.
		take("attackers", map[string]any{"uuid": "a", "asn": int64(4294967295), "event_count": int64(1 << 40)})
		take("smtp_targets", map[string]any{"id": 7, "attacker_uuid": "a", "domain": "b"})
		must(t.T, db, strings.ReplaceAll("INSERT INTO logs (timestamp, decky, service, event_type, attacker_ip, raw_line, fields)"+
			" VALUES (?, 'd', 's', 'e', 'i', 'r', 'f')", "?", "'2026-05-01 07:21:37.654321'"))
		require.Equal(t, 1, count(t.T, db, "logs WHERE id = 1"))

		// References that may be NULL may also dangle.
		take("attackers", map[string]any{"uuid": "dangling", "identity_id": "nobody"})
		take("attacker_identities", map[string]any{"uuid": "i", "campaign_id": "nothing", "merged_into_uuid": "nobody", "kd_digraph_simhash": []byte("\x00\xff345678")})
		take("campaigns", map[string]any{"uuid": "c", "merged_into_uuid": "nothing"})
		take("canary_tokens", map[string]any{"uuid": "t", "blob_uuid": "nothing"})
		take("credentials", map[string]any{"id": 1, "attacker_uuid": "nobody"})
		take("topologies", map[string]any{"id": "t", "target_host_uuid": "nothing"})
		refuse("observations", map[string]any{"id": "o", "attacker_uuid": "nobody"})
		refuse("canary_triggers", map[string]any{"uuid": "x", "token_uuid": "nothing"})

		// Tags have an anchor that exists, and go with it.
		refuse("ttp_tag", map[string]any{"uuid": "none"})
		refuse("ttp_tag", map[string]any{"uuid": "dangling", "attacker_uuid": "nobody"})
		refuse("ttp_tag", map[string]any{"uuid": "sure", "identity_uuid": "i", "confidence": 1.5})
		take("ttp_tag", map[string]any{"uuid": "1", "attacker_uuid": "dangling", "evidence": "{malformed"})
		take("ttp_tag", map[string]any{"uuid": "2", "identity_uuid": "i", "confidence": 0.9})
		require.Equal(t, 1, count(t.T, db, "ttp_tag WHERE confidence = 0.9"), "in 64 bits")
		must(t.T, db, "DELETE FROM attackers WHERE uuid = 'dangling'", "DELETE FROM attacker_identities WHERE uuid = 'i'")
		require.Zero(t, count(t.T, db, "ttp_tag"))
		refuse("attackers", map[string]any{"uuid": "a"})

		// Text differs in case and accents, and keeps its microseconds.
		for i, name := range []string{"root", "Root", "röot"} {
			take("users", map[string]any{"uuid": fmt.Sprint(i), "username": name})
		}
		refuse("users", map[string]any{"uuid": "9", "username": "root"})
		require.Equal(t, 2, count(t.T, db, "attackers WHERE updated_at = '2026-05-01 07:21:37.654321'")+count(t.T, db, "logs WHERE timestamp = '2026-05-01 07:21:37.654321'"))

		// The widest keys hold four bytes for each character.
		wide := func(n int) string { return strings.Repeat("𝕏", n) }
		credential := map[string]any{"id": 2, "attacker_ip": wide(64), "decky_name": wide(255), "service": wide(64), "secret_kind": wide(32), "secret_sha256": wide(64), "principal_key": wide(256)}
		if t.engine == engine.Postgres { // whose pages hold 2704 bytes of a key; what DECNET writes is far below
			credential["decky_name"], credential["principal_key"] = wide(64), wide(128)
		}
		take("credentials", credential)
		credential["id"] = 3
		refuse("credentials", credential)
		take("observations", map[string]any{"id": "w", "attacker_uuid": "a", "evidence_ref": wide(255), "primitive": wide(255)})
		take("synthetic_files", map[string]any{"uuid": "w", "decky_uuid": wide(64), "path": wide(512)})
		take("credential_reuse", map[string]any{"id": "w", "secret_sha256": wide(64), "secret_kind": wide(32), "principal_key": wide(256)})
		take("canary_triggers", map[string]any{"uuid": "w", "token_uuid": "t", "user_agent": wide(5000), "request_path": wide(5000)})
	})
}
