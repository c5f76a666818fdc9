package golden_test

import (
	"fmt"

	"github.com/stretchr/testify/require"

	"decnetgraph/resolvers"
)

// goldenPages is an answer about paging: the count of a list and some of its pages.
type goldenPages struct {
	Args  []string
	Count int
	Pages []struct {
		Limit, Offset int
		Rows          []any
		Ties          bool // some rows share their sort key
	}
}

func (r *goldenRun) campaignPages() { r.rootPages("campaigns", goldenCampaign) }

func (r *goldenRun) identityPages() { r.rootPages("identities", goldenIdentity) }

// rootPages compares pages of a list of the root, which takes an offset like DECNET's.
func (r *goldenRun) rootPages(field string, s goldenShape) {
	var golden []goldenPages
	r.load(&golden)
	list := goldenList{field: field, offset: true, rows: s}
	whole, _ := r.walk(list, 7)
	require.Positive(r.t, r.cutBetweenTies(list, whole, "updated_at"))
	first, _ := r.page(list, nil)
	require.Len(r.t, first.rows, min(resolvers.DefaultPage, len(whole.rows)), "without arguments")
	r.refused(list.query(), goldenRow{"offset": resolvers.MaxOffset + 1})
	for _, g := range golden {
		require.Len(r.t, whole.rows, g.Count, "count of %s", field)
		for _, page := range g.Pages {
			what := fmt.Sprintf("%s, limit %d, offset %d", field, page.Limit, page.Offset)
			if page.Ties {
				r.differs("total order")
			}
			r.sameRows(what, s, "updated_at", []string{"uuid"}, page.Rows, whole.rows, page.Offset)
			r.sameRootPage(what, list, whole, page.Limit, page.Offset, len(page.Rows))
		}
		r.answered()
	}
}

func (r *goldenRun) sameRootPage(what string, list goldenList, whole goldenPage, limit, offset, length int) {
	r.t.Helper()
	arguments := goldenRow{"first": limit, "offset": offset}
	if limit < 1 || limit > resolvers.MaxPage {
		r.differs("page size")
		r.refused(list.query(), arguments)
		if limit < 1 {
			return
		}
		arguments["first"] = resolvers.MaxPage
	}
	ours, _ := r.page(list, arguments)
	start := min(offset, len(whole.rows))
	require.Equal(r.t, whole.cursors[start:start+length], append([]string{}, ours.cursors...), what)
	require.Equal(r.t, start+length < len(whole.rows), ours.next, what)
	require.Equal(r.t, offset > 0, ours.back, what)
}

func (r *goldenRun) campaignIdentityPages() {
	r.ownedPages("Campaign", "identities", goldenIdentity, "updated_at", "identityCount(membership: LITERAL)")
}

func (r *goldenRun) identityAttackerPages() {
	r.ownedPages("Identity", "attackers", goldenAttacker, "last_seen", "attackerCount(membership: LITERAL)")
}

// ownedPages compares pages of a list that a row owns. It has no offset: the page after the row before
// it is asked for instead.
func (r *goldenRun) ownedPages(kind, field string, s goldenShape, sortBy, count string) {
	var golden []goldenPages
	r.load(&golden)
	for _, g := range golden {
		key := g.Args[0]
		list := goldenList{kind: kind, key: key, field: field, arguments: "membership: LITERAL", rows: s}
		whole, ok := r.walk(list, 3)
		require.True(r.t, ok, key)
		require.Len(r.t, whole.rows, g.Count, "count of %s", key)
		counted := r.nodes(kind, []string{key}, "count: "+count)[key]
		require.Equal(r.t, fmt.Sprint(g.Count), fmt.Sprint(counted["count"]))
		for _, page := range g.Pages {
			what := fmt.Sprintf("%s of %s, limit %d, offset %d", field, key, page.Limit, page.Offset)
			require.False(r.t, page.Ties, what)
			r.sameRows(what, s, sortBy, []string{"uuid"}, page.Rows, whole.rows, page.Offset)
			arguments := goldenRow{"first": page.Limit}
			if page.Offset > 0 && len(whole.cursors) > 0 {
				arguments["after"] = whole.cursors[min(page.Offset, len(whole.cursors))-1]
			}
			ours, _ := r.page(list, arguments)
			require.Len(r.t, ours.rows, len(page.Rows), what)
			r.sameRows(what, s, sortBy, []string{"uuid"}, page.Rows, ours.rows, 0)
		}
		r.answered()
	}
}
