package storage_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"decnetgraph/storage"
	"decnetgraph/storage/storagetest"
)

// TestARollupOnMariaDBKeepsNoRowsAside: temporary tables take most of a rollup's time there, if they hold its
// rows, and more on disk. What is left are the members and the groups.
func TestARollupOnMariaDBKeepsNoRowsAside(t *testing.T) {
	onceWithoutDetector(t)
	t.Parallel()
	source := createMariaDB(t)
	crowd := storagetest.Crowd(400)
	graph := storagetest.Graph{Campaigns: crowd.Campaigns[:1], Identities: crowd.Identities[:1], Attackers: crowd.Attackers[:1]}
	for _, tag := range crowd.Tags {
		tag.AttackerUUID, tag.IdentityUUID, tag.Confidence = &graph.Attackers[0].UUID, nil, 0.7
		graph.Tags = append(graph.Tags, tag)
	}
	allBackends[2].fill(t, source, graph)
	store := openStore(t, source, storagetest.Options())
	db, _ := openSQL(t, source)
	defer db.Close()
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	defer conn.Close()
	count := func(name string) (n int) {
		t.Helper()
		require.NoError(t, conn.QueryRowContext(t.Context(), "SHOW SESSION STATUS LIKE '"+name+"'").Scan(&name, &n))
		return n
	}
	for scope, owner := range map[storage.Scope]string{
		{Of: storage.KindIdentity, Membership: storage.Resolved}: graph.Identities[0].UUID,
		{Of: storage.KindIdentity, Membership: storage.Literal}:  graph.Identities[0].UUID,
		{Of: storage.KindCampaign, Membership: storage.Resolved}: graph.Campaigns[0].UUID,
	} {
		tags, groups := 0, 0
		statements, err := storagetest.Statements(t.Context(), func(ctx context.Context) error {
			found, err := store.Techniques(scope, nil)(ctx, []string{owner})
			for _, row := range found[owner] {
				tags, groups = tags+row.Count, groups+1
				require.Equal(t, 0.7, row.ConfidenceMax) //nolint:testifylint // not even by the last digit: they are of 32 bits there
			}
			return err
		})
		require.NoError(t, err)
		require.Len(t, statements, 1)
		require.Equal(t, len(graph.Tags), tags, scope)
		require.Less(t, groups, tags/4, scope)
		onDisk, written := count("Created_tmp_disk_tables"), count("Handler_tmp_write")
		execute(t, conn, statements[0].SQL, statements[0].Args...)
		require.Equal(t, onDisk, count("Created_tmp_disk_tables"), scope)
		require.Less(t, count("Handler_tmp_write")-written, tags/2, scope)
	}
}
