package resolverstest

import (
	"context"
	"path/filepath"
	"sync"

	"decnetgraph/storage"
	"decnetgraph/storage/engine"
	"decnetgraph/storage/transfer"
)

// records returns storage.Options.Records for a file in a folder. Without write there is no such file.
func records(folder string, write bool) func(context.Context) (*storage.Store, error) {
	if !write {
		return func(context.Context) (*storage.Store, error) { return nil, storage.ErrNoRecords }
	}
	path := filepath.Join(folder, "records.db")
	made := sync.OnceValue(func() error {
		file, err := engine.Parse(path)
		if err == nil {
			_, err = transfer.Migrate(context.Background(), file)
		}
		return err
	})
	return func(ctx context.Context) (*storage.Store, error) {
		if err := made(); err != nil {
			return nil, err
		}
		return storage.Open(ctx, path, storage.Options{Write: true})
	}
}
