package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// accessOf reads the rules of the project's schema after a change, which must change something.
func accessOf(t *testing.T, old, replacement string) (access, error) {
	t.Helper()
	text, err := os.ReadFile("../../schema.graphqls")
	require.NoError(t, err)
	sdl := string(text)
	if old != "" {
		require.Contains(t, sdl, old)
		sdl = strings.Replace(sdl, old, replacement, 1)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: sdl})
	require.NoError(t, err)
	return newAccess(schema)
}

// TestAnElementWithoutARuleIsRefused: nothing is readable because somebody forgot to say who may read it.
func TestAnElementWithoutARuleIsRefused(t *testing.T) {
	_, err := accessOf(t, "", "")
	require.NoError(t, err)
	const told = ": no rule says who may use it; write @access(roles: [VIEWER])"
	for at, change := range map[string][2]string{
		"TagDay.hidden":            {"type TagDay {", "type TagDay {\n  hidden: String"},
		"PageInfo.of":              {"type PageInfo {", "type PageInfo {\n  of: Int"},
		"TextFilter.like":          {"input TextFilter {", "input TextFilter {\n  like: String"},
		"Query.node(version:)":     {"\n  node(\n", "\n  node(\n    version: Int\n"},
		"TagDay.of(day:)":          {"type TagDay {", "type TagDay {\n  of(day: Date): Int @access(roles: [VIEWER])"},
		"CredentialSecret.comment": {"type CredentialSecret {", "type CredentialSecret {\n  comment: String"},
		"New.field":                {"type PageInfo {", "type New {\n  field: Int\n}\ntype PageInfo {"},
		"Query.new":                {"type PageInfo {", "type Other { a: Int @access(roles: [VIEWER]) }\nextend type Query {\n  new: Int\n}\ntype PageInfo {"},
	} {
		t.Run(at, func(t *testing.T) {
			_, err := accessOf(t, change[0], change[1])
			require.ErrorContains(t, err, at+told)
		})
	}
}

func TestARuleNamesRolesThatThereAre(t *testing.T) {
	for told, rule := range map[string]string{
		"TagDay.x: @access names OWNER, which is no role; the roles are VIEWER, INGEST, ADMIN": "@access(roles: [VIEWER, OWNER])",
		"TagDay.x: @access names no role; write [ADMIN]":                                       "@access(roles: [])",
	} {
		_, err := accessOf(t, "type TagDay {", "type TagDay {\n  x: Int "+rule)
		require.ErrorContains(t, err, told)
	}
	_, err := accessOf(t, "type TagDay {", "type TagDay {\n  x: Int @access(roles: ADMIN)")
	require.NoError(t, err, "a single value stands for a list")
}

// TestTheSchemaOfARoleIsASchema: a rule that would leave a role an empty type, or without an argument that it must give, is
// refused.
func TestTheSchemaOfARoleIsASchema(t *testing.T) {
	for told, change := range map[string][2]string{
		"TagDay.x: VIEWER may use it, but no field of CredentialSecret, which it leads to": {
			"type TagDay {", "type TagDay {\n  x: CredentialSecret @access(roles: [VIEWER])",
		},
		"TagDay.x: INGEST may use it, but no field of Activity, which it leads to": {
			"type TagDay {", "type TagDay {\n  x: Activity @access(roles: [VIEWER, INGEST])",
		},
		"TagDay.x(by:): the argument is required, but VIEWER may use only the field": {
			"type TagDay {", "type TagDay {\n  x(by: Int! @access(roles: [ADMIN])): Int @access(roles: [VIEWER])",
		},
		"Query.attackers(filter:): VIEWER may use it, but not AttackerFilter.must, which is required": {
			"input AttackerFilter {", "input AttackerFilter {\n  must: Int! @access(roles: [ADMIN])",
		},
		"Campaign.id: INGEST may use Node.id, but not the field of this type": {
			"interface Node {\n  \"Global id for `Query.node`: opaque, and stable for the life of the object.\"\n  id: ID! @access(roles: [VIEWER])",
			"interface Node {\n  id: ID! @access(roles: [VIEWER, INGEST])",
		},
	} {
		_, err := accessOf(t, change[0], change[1])
		require.ErrorContains(t, err, told, told)
	}
	_, err := accessOf(t, "type TagDay {", "type TagDay {\n  x(by: Int! = 3 @access(roles: [ADMIN])): Int @access(roles: [VIEWER])")
	require.NoError(t, err, "an argument with a default need not be given")
}

// TestOnlyInputsThatRestrictARoleAreLookedAt: where whoever may use a field may give all that its arguments take, the values
// of variables need not be looked at when an operation is checked.
func TestOnlyInputsThatRestrictARoleAreLookedAt(t *testing.T) {
	rules, err := accessOf(t, "", "")
	require.NoError(t, err)
	viewers := rules.all() &^ (1 << 1)
	require.Equal(t, map[string]roleSet{"CanaryTriggerFilter": viewers, "CredentialFilter": viewers, "SharedCredentialFilter": viewers}, rules.restricting)

	rules, err = accessOf(t, "input BehaviorFilter {", "input BehaviorFilter {\n  guess: String @access(roles: [ADMIN])")
	require.NoError(t, err)
	for _, name := range []string{"BehaviorFilter", "AttackerFilter", "TTPTagFilter", "CampaignFilter", "MemberTagsFilter", "SearchFilter"} {
		require.Equal(t, viewers, rules.restricting[name], name)
	}
	require.NotContains(t, rules.restricting, "TextFilter")
}
