// Package golden_test compares every answer that DECNET gave with the answer of this server from the same data.
package golden_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/attack"
	"decnetgraph/httpapi"
	"decnetgraph/resolvers"
	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/storage"
)

// goldenFile is one file of answers of one method of DECNET's repository classes.
type goldenFile struct {
	name    string
	compare func(*goldenRun)
	reason  string // why the schema cannot express the answers, where compare is nil
}

// goldenFiles must name every file of each folder.
var goldenFiles = []goldenFile{
	{name: "compute_tag_uuid", reason: "no field answers it; storage/golden_insert_test.go compares it"},
	{name: "get_attacker_behavior", compare: (*goldenRun).attackerBehavior},
	{name: "get_attacker_by_uuid", compare: (*goldenRun).attackersByUUID},
	{name: "get_attacker_intel_by_uuid", compare: (*goldenRun).attackerIntel},
	{name: "get_attribution_state_for_identity", compare: (*goldenRun).attributionStates},
	{name: "get_campaign_by_uuid", compare: (*goldenRun).campaignsByUUID},
	{name: "get_identity_by_uuid", compare: (*goldenRun).identitiesByUUID},
	{name: "insert_tags_load_batches", reason: "storage/golden_insert_test.go compares it"},
	{name: "iter_attacker_commands_since", compare: (*goldenRun).commandsSince},
	{name: "iter_canary_triggers_since", compare: (*goldenRun).triggersSince},
	{name: "latest_observation_per_primitive", compare: (*goldenRun).latestObservations},
	{name: "list_all_campaigns", compare: (*goldenRun).allCampaigns},
	{name: "list_all_identities", compare: (*goldenRun).allIdentities},
	{name: "list_campaigns", compare: (*goldenRun).campaignPages},
	{name: "list_canary_tokens", compare: (*goldenRun).canaryTokens},
	{name: "list_canary_triggers", compare: (*goldenRun).tokenTriggers},
	{name: "list_distinct_techniques", compare: (*goldenRun).fleetTechniques},
	{name: "list_identities", compare: (*goldenRun).identityPages},
	{name: "list_identities_for_campaign", compare: (*goldenRun).campaignIdentityPages},
	{name: "list_multi_actor_identities", compare: (*goldenRun).multiActorIdentities},
	{name: "list_observations_by_attacker", compare: (*goldenRun).attackerObservations},
	{name: "list_observations_for_identity", compare: (*goldenRun).identityAttackerPages},
	{name: "list_smtp_targets", compare: (*goldenRun).smtpTargets},
	{name: "list_tags_by_scope_and_technique", compare: (*goldenRun).scopeTags},
	{name: "list_techniques_by_attacker", compare: (*goldenRun).attackerTechniques},
	{name: "list_techniques_by_campaign", compare: (*goldenRun).campaignTechniques},
	{name: "list_techniques_by_identity", compare: (*goldenRun).identityTechniques},
	{name: "list_techniques_by_session", compare: (*goldenRun).sessionTechniques},
	{name: "list_ttp_decky_phases", compare: (*goldenRun).deckyPhases},
	{name: "list_ttp_decky_phases.tz-UTC-4", compare: (*goldenRun).deckyPhasesElsewhere},
	{name: "list_ttp_tags_by_attacker", compare: (*goldenRun).attackerTags},
	{name: "observations_time_series", compare: (*goldenRun).observationSeries},
	{name: "smtp_target_seen", compare: (*goldenRun).smtpTargetSeen},
}

// goldenClaims are what docs/compatibility.md says beyond the files: about merges, and about content
// that DECNET's own database does not hold.
var goldenClaims = []goldenFile{
	{name: "merges lead to the surviving row", compare: (*goldenRun).survivors},
	{name: "merged rows share their members", compare: (*goldenRun).resolvedMembers},
	{name: "recorded counters are not the true ones", compare: (*goldenRun).recordedCounters},
	{name: "secrets are not in the schema", compare: (*goldenRun).noSecretsInSchema},
	{name: "a total is the length of the list", compare: (*goldenRun).totals},
	{name: "content that DECNET did not write", compare: (*goldenRun).oddContent},
}

// goldenRun compares the answers of a file and keeps the account of what was compared. The account is
// shared by all files of a database.
type goldenRun struct {
	t       *testing.T
	file    string
	handler http.Handler
	*goldenAccount
}

type goldenAccount struct {
	base    goldenBase
	answers map[string]int  // golden answers compared, per file
	values  map[string]int  // values compared in them, per file
	seen    map[string]bool // differences that happened
	ran     int
}

// TestGolden compares every answer that DECNET gives with the answer that this server gives from
// the same data.
func TestGolden(t *testing.T) {
	if _, err := os.Stat(goldenOracle); errors.Is(err, fs.ErrNotExist) {
		if os.Getenv("CI") == "true" {
			fmt.Fprintf(os.Stderr, "%s: no %s here, so answers were NOT compared with DECNET's\n", t.Name(), goldenOracle)
		}
		t.Skipf("NOT COMPARED WITH DECNET: the folder %s (databases made by DECNET and its answers) is absent", goldenOracle)
	}
	for _, base := range goldenBases {
		t.Run(base.name, func(t *testing.T) {
			t.Parallel()
			base.requireEveryFile(t)
			account := &goldenAccount{base: base, answers: map[string]int{}, values: map[string]int{}, seen: map[string]bool{}}
			account.compare(t)
		})
	}
}

// compare compares all that there is for the database, or what was not filtered out.
func (a *goldenAccount) compare(t *testing.T) {
	t.Helper()
	handler := goldenHandler(t, a.base.source(t, filepath.Join(goldenOracle, "decnet.db")), slog.New(slog.DiscardHandler))
	expected := a.base.expected()
	for _, f := range expected {
		t.Run(f.name, func(t *testing.T) {
			a.ran++
			if f.compare == nil {
				t.Logf("not expressible: %s", f.reason)
				return
			}
			f.compare(&goldenRun{t, f.name, handler, a})
		})
	}
	if a.ran == len(expected) { // none was filtered out
		a.requireComplete(t)
	}
}

// expected is the files and claims that the database must stand up to.
func (b goldenBase) expected() []goldenFile {
	return slices.DeleteFunc(slices.Concat(goldenFiles, goldenClaims), func(f goldenFile) bool { return f.name == b.lacks })
}

// requireEveryFile checks that every file of the folder is compared or explained.
func (b goldenBase) requireEveryFile(t *testing.T) {
	t.Helper()
	found, err := os.ReadDir(filepath.Dir(b.path("")))
	require.NoError(t, err)
	var names, known []string
	for _, file := range found {
		names = append(names, strings.TrimSuffix(file.Name(), ".json"))
	}
	for _, f := range goldenFiles {
		if f.name != b.lacks {
			known = append(known, f.name)
		}
		require.NotEqual(t, f.compare == nil, f.reason == "", "%s is either compared or explained", f.name)
	}
	require.ElementsMatch(t, names, known)
}

// requireComplete checks that each answer of each file was compared and each difference happened.
func (a *goldenAccount) requireComplete(t *testing.T) {
	t.Helper()
	answers, values := 0, 0
	for _, f := range a.base.expected() {
		if f.compare == nil || slices.ContainsFunc(goldenClaims, func(c goldenFile) bool { return c.name == f.name }) {
			continue
		}
		var whole any
		(&goldenRun{t: t, file: f.name, goldenAccount: a}).load(&whole)
		want := 0
		switch w := whole.(type) {
		case []any:
			want = len(w)
		case goldenRow:
			want = len(w)
		}
		if a.answers[f.name] != want {
			t.Errorf("%s: %d of %d answers were compared", f.name, a.answers[f.name], want)
		}
		t.Logf("%-36s %4d answers, %6d values", f.name, want, a.values[f.name])
		answers, values = answers+want, values+a.values[f.name]
	}
	t.Logf("%s: in all %d answers, %d values", a.base.name, answers, values)
	for _, d := range goldenDifferences {
		if d.on(a.base) != a.seen[d.name] {
			t.Errorf("the difference %q happened: %t; either the list is wrong, or nothing tests it", d.name, a.seen[d.name])
		}
	}
}

// differs notes that a deliberate difference has happened.
func (r *goldenRun) differs(name string) {
	r.t.Helper()
	if !slices.ContainsFunc(goldenDifferences, func(d goldenDifference) bool { return d.name == name }) {
		r.t.Errorf("the difference %q is not in the list", name)
	}
	r.seen[name] = true
}

// answered notes that one answer of the file was compared.
func (r *goldenRun) answered() { r.answers[r.file]++ }

// load reads the file of the run; numbers keep their digits.
func (r *goldenRun) load(into any) { r.loadFile(r.file, into) }

func (r *goldenRun) loadFile(name string, into any) {
	r.t.Helper()
	goldenJSON(r.t, r.base.path(name), into)
}

func goldenJSON(t *testing.T, path string, into any) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(into), path)
}

// goldenHandler serves a database as the program does.
func goldenHandler(t *testing.T, source string, log *slog.Logger) http.Handler {
	t.Helper()
	limits, err := resolvers.Limits{Edges: 2_000}.Verify() // a query of all attackers at once has an alias for each
	require.NoError(t, err)
	store, err := storage.Open(t.Context(), source, storage.Options{Log: log})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	resolver := &resolvers.Resolver{Store: store, Catalogue: attack.Default()}
	return resolverstest.AsLocal(httpapi.NewHandler(resolvers.NewExecutor(resolver, limits, slog.New(slog.DiscardHandler)), limits))
}
