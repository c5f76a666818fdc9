package resolvers_test

import (
	"fmt"
	"strings"
)

// hostile is a request that is meant to take far more of a server than it takes of its sender.
type hostile struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName,omitempty"`
	Variables     map[string]any `json:"variables,omitempty"`
}

// list writes a pattern many times, with the number in place of each #.
func list(times int, pattern string) string {
	var text strings.Builder
	for i := range times {
		text.WriteString(strings.ReplaceAll(pattern, "#", fmt.Sprint(i)))
		text.WriteByte(' ')
	}
	return text.String()
}

// nest writes something inside many pairs of others.
func nest(times int, before, inside, after string) string {
	return strings.Repeat(before, times) + inside + strings.Repeat(after, times)
}

// hostiles makes the requests. Tokens is the number that a document may have: most of them come close to it.
func hostiles(tokens int) map[string]hostile {
	all := map[string]hostile{}
	add := func(fact string, h hostile) { all[fact] = h }
	document := func(fact, format string, args ...any) { add(fact, hostile{Query: fmt.Sprintf(format, args...)}) }
	addOverlaps(tokens, document)
	addFragments(tokens, add, document)
	addValues(tokens, document)
	addNames(tokens, add, document)
	addVariables(tokens, add)
	addFields(tokens, add, document)
	return all
}

type addDocument = func(fact, format string, args ...any)

// addOverlaps makes fields that have to be compared.
func addOverlaps(tokens int, document addDocument) {
	for _, depth := range []int{0, 5, 40, 90} {
		n := (tokens - 3*depth) / 8
		document(fmt.Sprintf("one field many times, %d deep", depth), "{%s}", nest(depth, "...{", strings.Repeat("__typename ", 7*n), "}"))
		document(fmt.Sprintf("conflicting pairs, %d deep", depth), "{campaigns{nodes{%s}}}", nest(depth, "...{", strings.Repeat("a:notes a:uuid ", n), "}"))
		document(fmt.Sprintf("conflicting types, %d deep", depth), "{campaigns{nodes{%s}}}", nest(depth, "...on Campaign{", strings.Repeat("a:uuid a:createdAt ", n), "}"))
		document(fmt.Sprintf("differing arguments, %d deep", depth), "{%s}", nest(depth, "...{", list(n/2, "campaigns(first:#){totalCount}"), "}"))
		document(fmt.Sprintf("distinct aliases, %d deep", depth), "{campaigns{nodes{%s}}}", nest(depth, "...{", list(2*n, "a#:uuid"), "}"))
		document(fmt.Sprintf("objects that merge, %d deep", depth), "{%s}", nest(depth, "...{", strings.Repeat("campaigns{nodes{uuid}} ", n), "}"))
	}
	document("conflicts below fields that merge", "{%s}", strings.Repeat("campaigns{nodes{a:notes}} campaigns{nodes{a:uuid}} ", tokens/18))
	document("conflicts deep below fields that merge", "{campaigns{nodes{%s %s}}}",
		nest(40, "survivor{", strings.Repeat("a:notes ", tokens/8), "}"), nest(40, "survivor{", strings.Repeat("a:uuid ", tokens/8), "}"))
	long := strings.Repeat("1 ", tokens/6)
	document("long arguments that are equal", "{%s}", strings.Repeat("a:nodes(ids:["+long+"]){id} ", 4))
	document("objects of several types", "{nodes(ids:[]){%s}}", list(tokens/25, "...on Campaign{a:id} ...on Identity{a:id} ...on Attacker{a:id}"))
	document("conflicts of several types", "{nodes(ids:[]){%s}}", list(tokens/24, "...on Campaign{a:uuid} ...on Identity{a:createdAt} ...on Attacker{a:ip}"))
	// Each set of fragments below "a" and "b" is another one, as in the construction of an automaton's sets of states.
	var sets strings.Builder
	states := min(tokens/40, 900)
	for i := range states {
		next := (i + 1) % states
		if next == 0 {
			fmt.Fprintf(&sets, "fragment f%d on Campaign{uuid}", i)
			continue
		}
		fmt.Fprintf(&sets, "fragment f%d on Campaign{a:survivor{...f%d} b:survivor{...f%d} a:survivor{...f%d}}", i, next, next, max(1, states-1-i))
	}
	document("sets of fragments, in the text's order", "{campaigns{nodes{...f0}}}%s", sets.String())
	for _, n := range []int{10, 20, 24} {
		var text strings.Builder
		fmt.Fprintf(&text, "{campaigns{nodes{...s0}}}")
		fmt.Fprintf(&text, "fragment s0 on Campaign{a:survivor{...s0x} b:survivor{...s0x} b:survivor{...t%d}}", n)
		fmt.Fprintf(&text, "fragment s0x on Campaign{%s}", "a:survivor{...r1} b:survivor{...r1} b:survivor{...t"+fmt.Sprint(n)+"}")
		for i := 1; i < n; i++ {
			fmt.Fprintf(&text, "fragment r%d on Campaign{a:survivor{...r%d} b:survivor{...r%d} b:survivor{...t%d}}", i, i+1, i+1, n)
		}
		fmt.Fprintf(&text, "fragment r%d on Campaign{uuid}", n)
		for i := n; i > 0; i-- {
			fmt.Fprintf(&text, "fragment t%d on Campaign{a:survivor{...t%d} b:survivor{...t%d}}", i, i-1, i-1)
		}
		text.WriteString("fragment t0 on Campaign{uuid}")
		document(fmt.Sprintf("exponentially many sets of fragments, %d", n), "%s", text.String())
	}
}

// addFragments makes operations and fragments that reach the same fields many times.
func addFragments(tokens int, add func(string, hostile), document addDocument) {
	for _, operations := range []int{10, 50, 100, 101} {
		for _, depth := range []int{1, 40, 90} {
			add(fmt.Sprintf("%d operations over one fragment, %d deep", operations, depth), hostile{OperationName: "q0", Query: list(operations, "query q#{...F}") +
				"fragment F on Query{" + nest(depth, "...{", strings.Repeat("__typename ", tokens-7*operations-4*depth-20), "}") + "}"})
		}
	}
	document("operations without end", "%s", list(tokens/5, "query q#{a}"))
	document("one name for all operations", "%s", list(90, "query q{__typename}"))
	document("anonymous operations", "%s", list(90, "{__typename}"))
	for _, count := range []int{40, 90, 999, 1_001} {
		count = min(count, tokens/12)
		chain := list(count-1, "fragment f# on Campaign{survivor{...f#n}}")
		for i := range count {
			chain = strings.ReplaceAll(chain, fmt.Sprintf("f%dn}", i), fmt.Sprintf("f%d}", i+1))
		}
		document(fmt.Sprintf("a chain of %d fragments", count), "{campaigns{nodes{...f0}}}%s fragment f%d on Campaign{uuid}", chain, count-1)
		document(fmt.Sprintf("a cycle of %d fragments", count), "{campaigns{nodes{...f0}}}%s fragment f%d on Campaign{...f0}", chain, count-1)
	}
	document("fragments that spread themselves", "{__typename}%s", list(min(tokens/9, 999), "fragment f# on Query{...f#}"))
	document("each spread in each", "{%s}%s", list(50, "...f#"), list(50, "fragment f# on Query{"+list(tokens/100-9, "...f#")+"}"))
	document("spread by all", "{...all}fragment all on Query{%s}%s", list(min(tokens/16, 900), "...f#"), list(min(tokens/16, 900), "fragment f# on Query{__typename}"))
	doubled := list(60, "fragment f# on Campaign{a:survivor{...f#n} b:survivor{...f#n}}")
	for i := range 60 {
		doubled = strings.ReplaceAll(doubled, fmt.Sprintf("f%dn}", i), fmt.Sprintf("f%d}", i+1))
	}
	document("fragments that double", "{campaigns{nodes{...f0}}}%s fragment f60 on Campaign{uuid}", doubled)
	document("a long fragment in every object", "{campaigns{nodes{%s}}}fragment F on Campaign{%s}",
		list(tokens/20, "a#:survivor{...F}"), strings.Repeat("uuid ", tokens/2))
	document("a long fragment in every object of every object", "{campaigns{nodes{...G}}}fragment G on Campaign{%s}fragment H on Campaign{%s}fragment F on Campaign{%s}",
		list(tokens/30, "a#:survivor{...H}"), list(tokens/30, "a#:survivor{...F}"), strings.Repeat("uuid ", tokens/2))
	document("unused fragments", "{__typename}%s", list(min(tokens/9, 999), "fragment f# on Query{__typename}"))
	document("unknown fragments", "{%s}", list(tokens/3, "...f#"))
	document("fragments of one name", "{...f}%s", list(min(tokens/9, 999), "fragment f on Query{__typename}"))
	document("fragments on unknown types", "{__typename}%s", list(min(tokens/9, 999), "fragment f# on Campaignn{uuid}"))
	document("fragments that fit nowhere", "{campaigns{nodes{%s}}}", list(tokens/8, "...on Attacker{ip}"))
	document("fragments on scalars", "{campaigns{nodes{%s}}}", list(tokens/8, "...on String{ip}"))
}

// addValues makes literals.
func addValues(tokens int, document addDocument) {
	for _, depth := range []int{50, 95, 101, 400} {
		document(fmt.Sprintf("lists %d deep", depth), "{nodes(ids:%s){id}}", nest(depth, "[", strings.Repeat("1 ", tokens-2*depth-20), "]"))
		document(fmt.Sprintf("objects %d deep", depth), "{campaign(by:%s){uuid}}", nest(min(depth, tokens/5), "{uuid:", `"x"`, "}"))
		document(fmt.Sprintf("JSON %d deep", depth), "mutation{insertTags(input:{tags:[{evidence:%s}]}){insertedCount}}",
			nest(min(depth, tokens/5), "{a:[", strings.Repeat("1 ", tokens/4), "]}"))
		document(fmt.Sprintf("types %d deep", depth), "query($a:%s){nodes(ids:$a){id}}", nest(min(depth, tokens/3), "[", "Int", "]"))
		document(fmt.Sprintf("selections %d deep", depth), "{campaigns{nodes{%s}}}", nest(min(depth, tokens/4), "survivor{", "uuid", "}"))
	}
	document("a list of ids", "{nodes(ids:[%s]){id}}", strings.Repeat("1 ", tokens-12))
	document("values of the wrong kind", "{nodes(ids:[%s]){id}}", strings.Repeat("1.5 ", tokens-12))
	document("an object of many fields", "{campaign(by:{%s}){uuid}}", list(tokens/3-6, "a#:1"))
	document("an object of one field many times", "{campaign(by:{%s}){uuid}}", strings.Repeat("uuid:1 ", tokens/3-6))
	document("arguments that there are not", "{campaigns(%s){totalCount}}", list(tokens/3-6, "a#:1"))
	document("one argument many times", "{campaigns(%s){totalCount}}", strings.Repeat("first:1 ", tokens/3-6))
	text := strings.Repeat("x", 900_000)
	document("a long text for an enum", "{campaigns(orderBy:{field:%q}){totalCount}}", text)
	document("a long text for an integer", "{campaigns(first:%q){totalCount}}", text)
	document("a long text for a UUID", "{campaign(by:{uuid:%q}){uuid}}", text)
	document("a long text for an id", "{node(id:%q){id}}", text)
	document("a long block text for an integer", `{campaigns(first:"""%s"""){totalCount}}`, strings.Repeat("x\n", 300_000))
	document("a long text where a name belongs", "{campaigns{%q}}", text)
	document("a text without an end", `{node(id:"%s){id}}`, text)
	document("a long number", "{campaigns(first:%s){totalCount}}", strings.Repeat("9", 900_000))
	document("a long fraction", "{campaigns(filter:{a:0.%s}){totalCount}}", strings.Repeat("9", 900_000))
	document("large numbers in JSON", "mutation{insertTags(input:{tags:[{evidence:[%s]}]}){insertedCount}}", strings.Repeat("1e999 99999999999999999999 ", tokens/3))
	document("long texts that are wrong", "{nodes(ids:[%s]){id}}", strings.Repeat(`{a:"`+strings.Repeat("x", 10_000)+`"} `, 80))
	document("comments", "%s{__typename}", strings.Repeat("#\n", 300_000))
	document("commas", "{__typename%s}", strings.Repeat(",", 900_000))
	document("quotes", "{node(id:%s){id}}", strings.Repeat(`"" `, 180_000))
	document("escapes", `{node(id:"%s"){id}}`, strings.Repeat(`\u0041`, 140_000))
}

// addNames adds documents with long, unknown and repeated names of types, fields, arguments and fragments.
func addNames(tokens int, add func(string, hostile), document addDocument) {
	for _, length := range []int{200, 201, 900_000} {
		name := strings.Repeat("x", length)
		for fact, format := range map[string]string{
			"type": "{...F}fragment F on %s{a}", "field": "{%s}", "alias": "{%s:__typename}", "fragment": "{...%s}", "argument": "{campaigns(%s:1){totalCount}}",
			"directive": "{__typename@%s}", "variable": "query($%s:Int){__typename}", "enum value": "{campaigns(orderBy:{field:%s}){totalCount}}",
			"operation": "query %s{a}", "member": "{campaign(by:{%s:1}){uuid}}", "type of a variable": "query($a:%s){node(id:$a){id}}",
		} {
			document(fmt.Sprintf("a name of %d characters for a %s", length, fact), format, name)
		}
		add(fmt.Sprintf("an operation's name of %d characters", length), hostile{Query: "query a{__typename}", OperationName: name})
	}
	near := strings.Repeat("x", 180)
	document("fields that are nearly known", "{campaigns{nodes{%s}}}", list(tokens/2, "attackerCoun#"))
	for _, spreads := range []int{10, 90} {
		add(fmt.Sprintf("errors that %d operations reach", spreads), hostile{OperationName: "q0", Query: list(spreads, "query q#{...F}") +
			"fragment F on Query{campaigns{nodes{" + list(min(tokens/2-6*spreads-30, 49), near+"#") + strings.Repeat("uuid ", tokens/2-6*spreads-30) + "}}}"})
	}
	document("fields that nothing is near", "{campaigns{nodes{%s}}}", list(min(tokens/2, 3_000), near+"#"))
	document("types that nothing is near", "{...f0}%s", list(min(tokens/9, 900), "fragment f# on "+near+"#{a}"))
	document("enum values that nothing is near", "{%s}", list(min(tokens/14, 3_000), "campaigns(orderBy:{field:"+near+"#}){totalCount}"))
}

// addVariables makes variables.
func addVariables(tokens int, add func(string, hostile)) {
	some := func(times int, value any) []any {
		values := make([]any, times)
		for i := range values {
			values[i] = value
		}
		return values
	}
	const mutation = "mutation($tags:[TagInput!]!){insertTags(input:{tags:$tags}){insertedCount}}"
	const ids = "query($ids:[ID!]!){nodes(ids:$ids){id}}"
	for fact, value := range map[string]any{
		"ids of nothing": some(200_000, "x"), "ids of a kind": some(150_000, "eDo"), "numbers": some(400_000, 1), "fractions": some(200_000, 1.5),
		"nulls": some(180_000, nil), "objects": some(300_000, map[string]any{}), "lists": some(300_000, []any{}),
		"a list of a list": []any{some(400_000, 1)}, "a long text": strings.Repeat("x", 900_000),
	} {
		add("ids: "+fact, hostile{Query: ids, Variables: map[string]any{"ids": value}})
		add("tags: "+fact, hostile{Query: mutation, Variables: map[string]any{"tags": value}})
		add("ids in many fields: "+fact, hostile{
			Query: "query($ids:[ID!]!){" + list(tokens/13, "a#:nodes(ids:$ids){id}") + "}", Variables: map[string]any{"ids": value},
		})
	}
	members := map[string]any{}
	for i := range 45_000 {
		members[fmt.Sprintf("member%d", i)] = nil
	}
	deep := any(1)
	for range 9_000 {
		deep = []any{deep}
	}
	order := map[string]any{"field": strings.Repeat("x", 900_000)}
	add("an object of many members", hostile{Query: mutation, Variables: map[string]any{"tags": []any{members}}})
	add("a lookup of many members", hostile{Query: "query($by:CampaignLookup!){campaign(by:$by){uuid}}", Variables: map[string]any{"by": members}})
	add("a deep list", hostile{Query: ids, Variables: map[string]any{"ids": deep}})
	add("a long enum value", hostile{Query: "query($by:AttackerOrder){attackers(orderBy:$by){totalCount}}", Variables: map[string]any{"by": order}})
	add("variables that the document has not", hostile{Query: "{__typename}", Variables: members})
	add("many variables", hostile{Query: "query(" + list(tokens/8, "$a#:ID!") + "){nodes(ids:[" + list(tokens/8, "$a#") + "]){id}}"})
	add("unused variables", hostile{Query: "query(" + list(tokens/4-3, "$a#:Int") + "){__typename}"})
	add("undefined variables", hostile{Query: "{nodes(ids:[" + list(tokens/2-9, "$a#") + "]){id}}"})
	add("undefined variables in a fragment of many operations", hostile{
		Query: list(90, "query q#{...F}") + "fragment F on Query{nodes(ids:[" + list(tokens/2-400, "$a#") + "]){id}}", OperationName: "q0",
	})
	add("many variables in many places", hostile{Query: "query(" + list(tokens/9, "$a#:ID!") + "){nodes(ids:[" + strings.Repeat(fmt.Sprintf("$a%d ", tokens/9-1), tokens/5) + "]){id}}"})
	add("one variable many times", hostile{Query: "query(" + strings.Repeat("$a:Int ", tokens/4-9) + "){campaigns(first:$a){totalCount}}"})
	add("long defaults", hostile{Query: "query($ids:[ID!]!=[" + strings.Repeat("1 ", tokens-40) + "]){nodes(ids:$ids){id}}"})
	add("a long default in many fields", hostile{Query: "query($ids:[ID!]!=[" + strings.Repeat("1 ", tokens/2) + "]){" + list(tokens/24-4, "a#:nodes(ids:$ids){id}") + "}"})
	add("variables of unknown types", hostile{Query: "query(" + list(tokens/4-9, "$a#:Strin") + "){__typename}"})
}

// addFields makes fields that cost much to plan or to answer, and directives.
func addFields(tokens int, add func(string, hostile), document addDocument) {
	document("one directive many times", "{__typename %s}", strings.Repeat("@skip(if:false) ", tokens/8))
	document("unknown directives", "{__typename %s}", list(tokens/2-2, "@a#"))
	document("directives in wrong places", "query %s{__typename}", strings.Repeat("@skip(if:false) ", tokens/8))
	document("conditions", "{%s}", strings.Repeat("__typename@include(if:true) ", tokens/9))
	document("conditions without an argument", "{%s}", strings.Repeat("__typename@include ", tokens/4))
	document("all fields of the root", "{%s}", list(tokens/7, "a#:campaigns{totalCount}"))
	document("pages of pages", "{campaigns(first:200){nodes{%s}}}", nest(8, "identities(first:200){nodes{campaign{", "uuid", "}}}"))
	for _, deep := range []string{`tags(after:"x"){totalCount}`, `tags(first:0){totalCount}`, "tagsByDay(from:\"2026-05-02\",to:\"2026-05-01\"){count}"} {
		document("an error for each of many parents: "+deep, "{attackers(first:200){nodes{tags(first:200){nodes{attacker{%s}}}}}}", deep)
	}
	document("a long list in a fragment of many fields", "{%s}fragment F on Query{nodes(ids:[%s]){id}}",
		list(tokens/80, "...{a#:node(id:1){id}} ...F"), strings.Repeat("1 ", tokens/2))
	document("a long literal under many names", "{%s}", list(20, "a#:nodes(ids:["+strings.Repeat(`"VGVjaG5pcXVlOlQxMTEw" `, min(tokens/25, 1_500))+"]){id}"))
	for name, counts := range map[string][3]int{"few": {3, 10, 10}, "many": {40, 40, 10}, "most": {150, 150, 150}} {
		document("introspection by "+name+" aliases", "%s", withFragments(counts))
	}
	document("introspection, deep", "{__schema{types{%s}}}", nest(80, "ofType{", "name", "}"))
	document("introspection, deeper lists", "{__schema{types{%s}}}", nest(20, "fields{type{", "name", "}}"))
	document("types by name", "{%s}", list(tokens/16, `a#:__type(name:"Campaign"){fields{name}}`))
	add("an empty document", hostile{Query: " "})
	document("braces without end", "%s", strings.Repeat("{a", 300_000))
	document("brackets without end", "{node(id:%s", strings.Repeat("[", 900_000))
	document("parentheses", "%s", strings.Repeat("(", 900_000))
	document("one brace closes", "%s", strings.Repeat("}", 900_000))
	document("spreads without names", "{%s}", strings.Repeat("... ", tokens-2))
	document("names without end", "%s", strings.Repeat("query ", tokens-2))
	document("mutations that fail", "mutation{%s}", list(tokens/18, `a#:clearRuleState(input:{ruleId:"x"}){userErrors{code}}`))
}
