package resolvers_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"decnetgraph/auth"
	"decnetgraph/graph"
	"decnetgraph/graph/exec"
	"decnetgraph/httpapi"
	"decnetgraph/resolvers"
	"decnetgraph/resolvers/resolverstest"
	"decnetgraph/storage"
)

// asRole returns a context of a principal with a role.
func asRole(t *testing.T, role string) context.Context {
	t.Helper()
	return auth.With(t.Context(), &auth.Principal{Name: "somebody", Way: auth.ByToken, Role: auth.Role(role)})
}

// doorstep runs documents until they would be admitted, so that nothing is resolved.
func doorstep(t *testing.T) *resolvers.Local {
	t.Helper()
	limits, err := resolvers.Limits{Timeout: time.Minute}.Verify()
	require.NoError(t, err)
	full := func(context.Context, int) (func(), error) { return nil, exec.OverloadError{RetryAfter: time.Second} }
	return resolvers.NewLocal(&resolvers.Resolver{Admit: full}, limits, slog.New(slog.DiscardHandler))
}

// codeOf is the code of the error that a document was refused with.
func codeOf(err error) string {
	refused, ok := errors.AsType[*gqlerror.Error](err)
	if !ok {
		return fmt.Sprint(err)
	}
	code, _ := refused.Extensions["code"].(string)
	return code
}

// TestEveryRoleMayUseWhatTheSchemaSaysAndNothingElse uses every field, every argument and every input field of the schema as each
// role, input fields in literals and in variables.
func TestEveryRoleMayUseWhatTheSchemaSaysAndNothingElse(t *testing.T) {
	schema, local := sdl(t), doorstep(t)
	whole := newWalk(schema, "")
	requireEverything(t, schema, whole)
	for _, role := range allRoles {
		t.Run(role, func(t *testing.T) {
			ctx, own := asRole(t, role), newWalk(schema, role)
			requireDecision := func(coordinate string, u usage, variables map[string]any, allowed bool) {
				t.Helper()
				err := local.Ask(ctx, u.open+u.close, variables, nil)
				want := map[bool]string{true: "UNAVAILABLE", false: "FORBIDDEN"}[allowed]
				if code := codeOf(err); code != want {
					t.Errorf("%s: %s, not %s: %v\n%s", coordinate, code, want, err, u.open+u.close)
				}
			}
			for coordinate, u := range whole.uses {
				allowed := slices.Contains(u.allowed(), role)
				_, reached := own.uses[coordinate]
				assert.True(t, reached || !allowed, coordinate)
				requireDecision(coordinate, u, nil, allowed)
				if byVariable, is := whole.byVariable[coordinate]; is {
					requireDecision(coordinate+" in a variable", byVariable, map[string]any{"v": whole.values[coordinate]}, allowed)
				}
			}
			for coordinate, u := range own.uses {
				requireDecision(coordinate, u, nil, true)
			}
			for coordinate, u := range own.byVariable {
				requireDecision(coordinate+" in a variable", u, map[string]any{"v": own.values[coordinate]}, true)
			}
		})
	}
}

// requireEverything shows that the walk has met every element of the schema that can be reached.
func requireEverything(t *testing.T, schema *ast.Schema, whole *walkUses) {
	t.Helper()
	for name, definition := range schema.Types {
		if definition.BuiltIn || !whole.types[name] && name != "Role" {
			assert.True(t, definition.BuiltIn, "%s cannot be reached", name)
			continue
		}
		for _, field := range definition.Fields {
			if len(field.Name) > 1 && field.Name[:2] == "__" {
				continue
			}
			assert.Contains(t, whole.uses, name+"."+field.Name)
			for _, argument := range field.Arguments {
				assert.Contains(t, whole.uses, fmt.Sprintf("%s.%s(%s:)", name, field.Name, argument.Name))
			}
		}
	}
}

// TestIntrospectionHasWhatTheRoleCanReach compares the names in the answer to the introspection query that GraphiQL and code
// generators send with what a walk over schema.graphqls reaches with the role.
func TestIntrospectionHasWhatTheRoleCanReach(t *testing.T) {
	path, err := samplePath()
	require.NoError(t, err)
	limits, err := resolvers.Limits{Timeout: time.Minute}.Verify()
	require.NoError(t, err)
	var statements atomic.Int64
	observe := func(context.Context, storage.Statement) { statements.Add(1) }
	local := resolvers.NewLocal(resolverstest.Open(t, path, storage.Options{Observe: observe}), limits, slog.New(slog.DiscardHandler))
	before := statements.Load()
	schema := sdl(t)
	for _, role := range allRoles {
		t.Run(role, func(t *testing.T) {
			var data struct {
				Schema introspected `json:"__schema"`
			}
			require.NoError(t, local.Ask(asRole(t, role), introspectionQuery(t), nil, &data))
			walk := newWalk(schema, role)
			require.Equal(t, reachable(schema, walk), data.Schema.names())
			for name := range schema.Types {
				var one struct{ A *struct{ Name string } }
				require.NoError(t, local.Ask(asRole(t, role), `query($n: String!) { a: __type(name: $n) { name } }`, map[string]any{"n": name}, &one))
				require.Equal(t, slices.Contains(data.Schema.names(), "type "+name) || schema.Types[name].BuiltIn && name[:2] == "__", one.A != nil, name)
			}
		})
	}
	require.Equal(t, before, statements.Load())
}

// introspected is the part of an answer to introspection that has names.
type introspected struct {
	Types []struct {
		Name   string
		Fields []struct {
			Name string
			Args []struct{ Name string }
		}
		InputFields, Interfaces, EnumValues, PossibleTypes []struct{ Name string }
	}
	QueryType, MutationType *struct{ Name string }
}

// names are the names that introspection has, in coordinates, without those of introspection itself.
func (i introspected) names() []string {
	names := map[string]bool{}
	for _, of := range i.Types {
		if of.Name[:2] == "__" {
			continue
		}
		names["type "+of.Name] = true
		for _, field := range of.Fields {
			names[of.Name+"."+field.Name] = true
			for _, argument := range field.Args {
				names[fmt.Sprintf("%s.%s(%s:)", of.Name, field.Name, argument.Name)] = true
			}
		}
		for _, field := range of.InputFields {
			names[of.Name+"."+field.Name] = true
		}
		for _, value := range of.EnumValues {
			names["value "+of.Name+"."+value.Name] = true
		}
		for _, implemented := range of.Interfaces {
			names[of.Name+" implements "+implemented.Name] = true
		}
		for _, possible := range of.PossibleTypes {
			names[of.Name+" may be "+possible.Name] = true
		}
	}
	if i.MutationType != nil {
		names["mutations"] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// reachable are the names that introspection must have after a walk.
func reachable(schema *ast.Schema, walk *walkUses) []string {
	names := map[string]bool{}
	for coordinate := range walk.uses {
		names[coordinate] = true
	}
	for _, name := range []string{"Role", "Int", "String", "Boolean"} { // of directives and introspection
		walk.types[name] = true
	}
	for name := range walk.types {
		definition := schema.Types[name]
		names["type "+name] = true
		for _, value := range definition.EnumValues {
			names["value "+name+"."+value.Name] = true
		}
		for _, implemented := range definition.Interfaces {
			if walk.types[implemented] {
				names[name+" implements "+implemented] = true
				names[implemented+" may be "+name] = true
			}
		}
		for _, possible := range definition.Types {
			names[name+" may be "+possible] = true
		}
	}
	if walk.types["Mutation"] {
		names["mutations"] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// TestWhatARoleMayNotUseIsRefusedHoweverItIsAskedFor sends documents that hide what they use.
func TestWhatARoleMayNotUseIsRefusedHoweverItIsAskedFor(t *testing.T) {
	local := doorstep(t)
	const credentials = `attackers { nodes { credentials(filter: %s) { totalCount } } }`
	for fact, c := range map[string]struct {
		role, document, variables, needs string // needs is empty if the role may run it
	}{
		"an alias":                         {"VIEWER", `{ a: canaryTokens { nodes { uuid: callbackToken } } }`, "", "CanaryToken.callbackToken needs the role ADMIN, and yours is VIEWER"},
		"a fragment":                       {"VIEWER", `{ canaryTokens { nodes { ...F } } } fragment F on CanaryToken { ... { callbackToken } }`, "", "CanaryToken.callbackToken needs the role ADMIN"},
		"an interface":                     {"VIEWER", `{ node(id: "x") { ... on CanaryTrigger { requestPath } } }`, "", "CanaryTrigger.requestPath needs the role ADMIN"},
		"several nodes":                    {"VIEWER", `{ nodes(ids: ["x"]) { id ... on Node { ... on SharedCredential { secret { __typename } } } } }`, "", "SharedCredential.secret needs the role ADMIN"},
		"a union":                          {"VIEWER", `{ tags { nodes { source { ... on AttackerIntel { raw { feodo } } } } } }`, "", "AttackerIntel.raw needs the role ADMIN"},
		"a field that is skipped":          {"VIEWER", `{ canaryTokens { nodes { uuid callbackToken @skip(if: true) } } }`, "", ""},
		"a field that a variable includes": {"VIEWER", `query($a: Boolean!) { canaryTokens { nodes { uuid callbackToken @include(if: $a) } } }`, `{"a": true}`, "CanaryToken.callbackToken"},
		"one that the variable leaves out": {"VIEWER", `query($a: Boolean!) { canaryTokens { nodes { uuid callbackToken @include(if: $a) } } }`, `{"a": false}`, ""},
		"a filter":                         {"VIEWER", "{" + fmt.Sprintf(credentials, `{secretSha256: {startsWith: "a"}}`) + "}", "", "CredentialFilter.secretSha256 needs the role ADMIN"},
		"a filter within others":           {"VIEWER", "{" + fmt.Sprintf(credentials, `{or: [{not: {and: {secretSha256: null}}}]}`) + "}", "", "CredentialFilter.secretSha256"},
		"a filter in a variable":           {"VIEWER", `query($f: CredentialFilter) {` + fmt.Sprintf(credentials, "$f") + "}", `{"f": {"and": {"not": {"secretSha256": null}}}}`, "CredentialFilter.secretSha256"},
		"a filter in a list of variables":  {"VIEWER", `query($f: CredentialFilter!) {` + fmt.Sprintf(credentials, "{or: [$f]}") + "}", `{"f": {"or": [{}, {"secretSha256": {"present": true}}]}}`, "CredentialFilter.secretSha256"},
		"a default of a variable":          {"VIEWER", `query($f: CredentialFilter = {secretSha256: {equals: "a"}}) {` + fmt.Sprintf(credentials, "$f") + "}", "", "CredentialFilter.secretSha256"},
		"a variable for the value":         {"VIEWER", `query($f: TextFilter) {` + fmt.Sprintf(credentials, "{secretSha256: $f}") + "}", "", "CredentialFilter.secretSha256"},
		"another filter":                   {"VIEWER", `query($f: CredentialFilter) {` + fmt.Sprintf(credentials, "$f") + "}", `{"f": {"and": {"principal": {"equals": "root"}}}}`, ""},
		"a mutation":                       {"VIEWER", `mutation { insertTags(input: {tags: []}) { __typename } }`, "", "Mutation.insertTags needs the role INGEST or ADMIN, and yours is VIEWER"},
		"a mutation of administrators":     {"INGEST", `mutation { clearRuleState(input: {ruleId: "R1"}) { __typename } }`, "", "Mutation.clearRuleState needs the role ADMIN"},
		"a mutation of detectors":          {"INGEST", `mutation { insertTags(input: {tags: []}) { results { tag { uuid id createdAt } } } }`, "", ""},
		"what leads on from a payload":     {"INGEST", `mutation { insertTags(input: {tags: []}) { results { tag { attacker { ip } } } } }`, "", "TTPTag.attacker needs the role VIEWER or ADMIN, and yours is INGEST"},
		"an identity's edges":              {"INGEST", `mutation { ensureStubIdentity(input: {attackerUuid: "x"}) { identity { attackers { totalCount } } } }`, "", "Identity.attackers needs"},
		"one of several mutations":         {"INGEST", `mutation { a: insertTags(input: {tags: []}) { __typename } clearRuleState(input: {ruleId: "R1"}) { __typename } }`, "", "Mutation.clearRuleState"},
		"a read by a detector":             {"INGEST", `{ viewer { role } campaigns { totalCount } }`, "", "Query.campaigns needs the role VIEWER or ADMIN"},
		"who a detector is":                {"INGEST", `{ viewer { role } about { version } __typename __schema { queryType { name } } }`, "", ""},
		"a role that there is not":         {"OWNER", `{ viewer { role } }`, "", "Query.viewer needs the role"},
		"no role":                          {"", `{ viewer { role } }`, "", "Query.viewer needs the role"},
	} {
		t.Run(fact, func(t *testing.T) {
			var variables map[string]any
			if c.variables != "" {
				require.NoError(t, json.Unmarshal([]byte(c.variables), &variables))
			}
			err := local.Ask(asRole(t, c.role), c.document, variables, nil)
			if c.needs == "" {
				require.Equal(t, "UNAVAILABLE", codeOf(err), err)
				return
			}
			require.Equal(t, "FORBIDDEN", codeOf(err), err)
			require.ErrorContains(t, err, c.needs)
		})
	}
}

// TestErrorsNameNothingThatTheRoleMayNotUse compares what is suggested to administrators and to others.
func TestErrorsNameNothingThatTheRoleMayNotUse(t *testing.T) {
	local := doorstep(t)
	for document, secret := range map[string]string{
		`{ canaryTokens { nodes { callbackTokn } } }`:                                                    `"callbackToken"`,
		`{ canaryTriggers { nodes { rawHeader } } }`:                                                     `"rawHeaders"`,
		`{ attackers { nodes { credentials(filter: {secretSha25: null}) { totalCount } } } }`:            `secretSha256`,
		`mutation { setRuleStat(input: {ruleId: "x"}) { __typename } }`:                                  `setRuleState`,
		`mutation { setRuleState(input: {ruleId: "x", state: CLIPPE}) { __typename } }`:                  `CLIPPED`,
		`mutation($s: SetRuleStateInput!) { setRuleState(input: $s) { __typename } }`:                    `state`,
		`query($f: CredentialFilter!) { attackers { nodes { credentials(filter: $f) { totalCount } } }}`: ``,
	} {
		variables := map[string]any{"s": map[string]any{"ruleId": "x"}, "f": map[string]any{"secretSha25": nil}}
		known := local.Ask(asRole(t, "ADMIN"), document, variables, nil)
		require.Equal(t, errcode.ValidationFailed, codeOf(known), document)
		require.ErrorContains(t, known, cmp.Or(secret, "secretSha25"), document)
		unknown := local.Ask(asRole(t, "VIEWER"), document, variables, nil)
		require.Error(t, unknown)
		if secret != "" {
			require.NotContains(t, unknown.Error(), secret, document)
		}
	}
}

// TestNobodyIsAnswered: an executor without a principal answers nothing, not even an error that says what is wrong.
func TestNobodyIsAnswered(t *testing.T) {
	limits, err := resolvers.Limits{}.Verify()
	require.NoError(t, err)
	executor := resolvers.NewExecutor(&resolvers.Resolver{}, limits, slog.New(slog.DiscardHandler))
	for _, document := range []string{`{ __typename }`, `{ __schema { queryType { name } } }`, `{ nope }`, `{`} {
		answer := answerOf(t, httpapi.NewHandler(executor, limits), operation{Query: document})
		require.Len(t, answer.Errors, 1)
		require.Equal(t, answerError{
			Message: "could not validate credentials", Extensions: map[string]any{"code": "UNAUTHENTICATED"},
		}, answer.Errors[0])
		require.Empty(t, answer.Data)
	}
}

// TestARoleIsAnsweredWhatItMayUse runs operations on data: what is allowed has an answer, and what is not runs no statement.
func TestARoleIsAnsweredWhatItMayUse(t *testing.T) {
	limits, err := resolvers.Limits{Timeout: time.Minute}.Verify()
	require.NoError(t, err)
	var statements atomic.Int64
	observe := func(context.Context, storage.Statement) { statements.Add(1) }
	resolver := resolverstest.Open(t, resolverstest.CopySample(t), storage.Options{Write: true, Observe: observe})
	handler := httpapi.NewHandler(resolvers.NewExecutor(resolver, limits, slog.New(slog.DiscardHandler)), limits)
	ask := func(role auth.Role, document string) answer {
		p := &auth.Principal{Name: "eve", Way: auth.ByToken, Role: role, ExpiresAt: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
		return answerOf(t, resolverstest.As(p, handler), operation{Query: document})
	}
	found := ask(auth.Admin, `{ attackers(first: 1) { nodes { uuid } } canaryTokens(first: 1) { nodes { callbackToken } } }`)
	require.Empty(t, found.Errors)
	var data struct {
		Attackers    struct{ Nodes []struct{ UUID string } }
		CanaryTokens struct {
			Nodes []struct{ CallbackToken string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(found.Data), &data))
	slug, attacker := data.CanaryTokens.Nodes[0].CallbackToken, data.Attackers.Nodes[0].UUID

	who := ask(auth.Ingest, `{ viewer { name role way expiresAt limits { bodyBytes timeout pageItems objects rate { remaining } } } about { version database backend writes attackRelease startedAt } }`)
	require.JSONEq(t, `{"viewer": {"name": "eve", "role": "INGEST", "way": "TOKEN", "expiresAt": "2030-01-02T03:04:05Z",
		"limits": {"bodyBytes": 4194304, "timeout": 60, "pageItems": 200, "objects": 50000, "rate": null}},
		"about": {"version": "test", "database": "SQLite", "backend": "DECNET", "writes": true, "attackRelease": "19.1", "startedAt": "2026-05-01T00:00:00Z"}}`, who.Data)

	search := fmt.Sprintf(`{ search(text: %q) { totalCount nodes { field } } }`, slug)
	require.Contains(t, ask(auth.Admin, search).Data, "CanaryToken.callbackToken")
	hidden := ask(auth.Viewer, search)
	require.Empty(t, hidden.Errors)
	require.JSONEq(t, `{"search": {"totalCount": 0, "nodes": []}}`, hidden.Data, "a search finds no secret")
	refused := ask(auth.Viewer, `{ search(text: "abc", filter: {fields: ["CanaryToken.callbackToken"]}) { totalCount } }`)
	require.Len(t, refused.Errors, 1)
	require.Contains(t, refused.Errors[0].Message, "is no field that is searched; they are Campaign.uuid")
	require.NotContains(t, refused.Errors[0].Message, "requestPath")

	stub := fmt.Sprintf(`mutation { ensureStubIdentity(input: {attackerUuid: %q}) { created identity { uuid } userErrors { code } } }`, attacker)
	require.Empty(t, ask(auth.Ingest, stub).Errors)
	before := statements.Load()
	for role, document := range map[auth.Role]string{
		auth.Viewer: stub,
		auth.Ingest: `{ attackers(first: 1) { nodes { uuid } } }`,
		"":          `{ attackers(first: 1) { nodes { uuid } } }`,
	} {
		refused := ask(role, document)
		require.Len(t, refused.Errors, 1)
		require.Equal(t, "FORBIDDEN", refused.Errors[0].Extensions["code"])
		require.Empty(t, refused.Data)
	}
	require.Equal(t, before, statements.Load())
}

// TestFieldsOfHitsAreFieldsOfTheSchema: a hit in a field that the schema does not have would be hidden from everybody.
func TestFieldsOfHitsAreFieldsOfTheSchema(t *testing.T) {
	for _, field := range storage.SearchFields() {
		require.True(t, graph.MayRead(auth.Admin, field), field)
	}
	hidden := slices.DeleteFunc(storage.SearchFields(), func(field string) bool { return graph.MayRead(auth.Viewer, field) })
	require.Equal(t, []string{"CanaryToken.callbackToken", "CanaryTrigger.requestPath", "CanaryTrigger.dnsQname"}, hidden)
}
